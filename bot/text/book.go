package text

import (
	"fmt"
	"html"
	"strconv"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// HTML is finished markup: T puts it into a text as it is.
type HTML string

// Book holds every text in every language. It never changes after NewBook.
type Book struct {
	langs    []string
	raw      map[string]map[string]string
	plain    map[string]map[string]template // those of raw that hold plain placeholders only
	speakers map[string]*i18n.Localizer     // for the others
	zone     *time.Location
	nearest  language.Matcher // to one of langs, by its place; making one takes longer than an update
}

// NewBook builds a book from messages by language and key; langs[0] is the default language.
// Times are said in zone. An unreadable template or language tag is an error that names its key.
func NewBook(langs []string, messages map[string]map[string]string, zone *time.Location) (*Book, error) {
	if len(langs) == 0 {
		return nil, fmt.Errorf("text: no languages")
	}
	b := &Book{langs: langs, speakers: map[string]*i18n.Localizer{}, raw: messages, plain: map[string]map[string]template{}, zone: zone}
	var tags []language.Tag
	for _, lang := range langs {
		tag, err := language.Parse(lang)
		if err != nil {
			return nil, fmt.Errorf("text: language %s: %w", lang, err)
		}
		// A bundle for each language: a missing key must be found by the tests, not be filled in from another language.
		bundle := i18n.NewBundle(tag)
		b.plain[lang] = map[string]template{}
		for key, s := range messages[lang] {
			if t, ok := compile(s); ok {
				b.plain[lang][key] = t
				continue
			}
			if err := bundle.AddMessages(tag, &i18n.Message{ID: key, Other: s}); err != nil {
				return nil, fmt.Errorf("text: %s: %s: %w", lang, key, err)
			}
		}
		b.speakers[lang] = i18n.NewLocalizer(bundle, lang)
		tags = append(tags, tag)
	}
	b.nearest = language.NewMatcher(tags)
	return b, nil
}

// Languages lists the languages, the default first.
func (b *Book) Languages() []string { return b.langs }

// Zone is where the organisation's days begin and end.
func (b *Book) Zone() *time.Location { return b.zone }

// Pick gives lang when the book has it, otherwise the default language.
func (b *Book) Pick(lang string) string {
	if _, ok := b.speakers[lang]; ok {
		return lang
	}
	return b.langs[0]
}

// Match gives the book's language nearest to what a client reports ("zh-hant-tw", "en-GB").
func (b *Book) Match(reported string) string {
	tag, err := language.Parse(reported)
	if err != nil {
		return b.langs[0]
	}
	_, i, confidence := b.nearest.Match(tag)
	if confidence == language.No {
		return b.langs[0]
	}
	return b.langs[i]
}

// Has says whether there is a text under key in lang.
func (b *Book) Has(lang, key string) bool {
	_, ok := b.raw[lang][key]
	return ok
}

// T is the markup under key; data are pairs of a name and a value. Values are escaped unless they are HTML.
// A key that is missing shows as itself: it is better read than nothing, and a test finds it.
func (b *Book) T(lang, key string, data ...any) string {
	return b.localize(lang, key, data, func(s string) string { return html.EscapeString(s) })
}

// Label is the plain text under key, for buttons, placeholders, toasts and lists; values stay as they are.
func (b *Book) Label(lang, key string, data ...any) string {
	return b.localize(lang, key, data, func(s string) string { return s })
}

func (b *Book) localize(lang, key string, data []any, clean func(string) string) string {
	lang = b.Pick(lang)
	raw, ok := b.raw[lang][key]
	if !ok {
		return key
	}
	if len(data) == 0 {
		return raw
	}
	say := func(v any) string {
		switch v := v.(type) {
		case HTML:
			return string(v)
		case string:
			return clean(v)
		case int:
			return strconv.Itoa(v)
		}
		return clean(fmt.Sprint(v))
	}
	if t, ok := b.plain[lang][key]; ok {
		return t.fill(data, say)
	}
	values := make(map[string]any, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		name, _ := data[i].(string)
		values[name] = say(data[i+1])
	}
	s, err := b.speakers[lang].Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: values})
	if err != nil {
		return raw
	}
	return s
}

// Day says a date as people of the language write it.
func (b *Book) Day(lang string, t time.Time) string {
	t = t.In(b.zone)
	if b.Pick(lang) == "zh-Hans" {
		return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
	}
	return strconv.Itoa(t.Day()) + " " + t.Month().String() + " " + strconv.Itoa(t.Year())
}

// NamedDay says a date with its day of the week.
func (b *Book) NamedDay(lang string, t time.Time) string {
	day := t.In(b.zone).Weekday()
	if b.Pick(lang) == "zh-Hans" {
		return b.Day(lang, t) + "（星期" + [...]string{"日", "一", "二", "三", "四", "五", "六"}[day] + "）"
	}
	return day.String() + " " + b.Day(lang, t)
}

// Moment says a date and a time of day.
func (b *Book) Moment(lang string, t time.Time) string {
	return b.Day(lang, t) + " " + t.In(b.zone).Format("15:04")
}

// ISODay says a day that is stored as YYYY-MM-DD; anything else comes back as it is.
func (b *Book) ISODay(lang, day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, b.zone)
	if err != nil {
		return day
	}
	return b.Day(lang, t)
}
