package flows

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/width"
)

// Span is a day, several days, or something that has not ended. Days are YYYY-MM-DD; a single day has no To.
type Span struct {
	From, To string
	Ongoing  bool
}

// Why words are not a date.
var (
	ErrDateFuture  = errors.New("the date lies ahead")
	ErrDateUnclear = errors.New("not a date")
)

const (
	dayLayout = "2006-01-02"
	longest   = 80 // bytes of text that may be a date
)

// ParseDate reads a date that somebody typed, in Chinese or English: a day, a month, a year, a range, or
// "since" one of them. A missing year is the latest past one. Today is now's day in now's location.
func ParseDate(text string, now time.Time) (Span, error) {
	if len(text) > longest {
		return Span{}, ErrDateUnclear
	}
	t := cases.Fold().String(width.Fold.String(text))
	t = strings.Trim(strings.Join(strings.Fields(t), " "), " .。,，!")
	if t == "" {
		return Span{}, ErrDateUnclear
	}
	r := reader{today: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)}
	if ahead(t) {
		return Span{}, ErrDateFuture
	}
	if r.ongoing(t) {
		return Span{Ongoing: true}, nil
	}
	if rest, ok := since(t); ok {
		days, err := r.days(rest)
		if err != nil {
			return Span{}, err
		}
		return r.span(days.from, days.from, true)
	}
	days, err := r.days(t)
	if err == nil {
		return r.span(days.from, days.to, false)
	}
	if ranged, rangeErr := r.pair(t); rangeErr == nil {
		return r.span(ranged.from, ranged.to, false)
	} else if errors.Is(rangeErr, ErrDateFuture) {
		err = rangeErr
	}
	return Span{}, err
}

// reader reads dates as seen from a day. Days are counted in UTC, where every day has 24 hours.
type reader struct{ today time.Time }

// days is what one expression covers.
type days struct {
	from, to time.Time
	guessed  bool // the year was not said
}

func (r reader) span(from, to time.Time, ongoing bool) (Span, error) {
	if from.After(r.today) {
		return Span{}, ErrDateFuture
	}
	if from.Year() < 1950 {
		return Span{}, ErrDateUnclear
	}
	s := Span{From: from.Format(dayLayout), Ongoing: ongoing}
	if !ongoing && !to.Equal(from) {
		s.To = to.Format(dayLayout)
	}
	return s, nil
}

func (r reader) ongoing(t string) bool {
	switch t {
	case "ongoing", "still", "still going on", "going on", "still ongoing", "it is still going on", "every day",
		"一直", "一直在", "还在继续", "还在发生", "一直在发生", "仍在继续", "仍在发生", "持续", "持续中", "还在", "每天", "天天", "没有结束", "还没结束":
		return true
	}
	return false
}

// ahead says whether a word means a day that has not come.
func ahead(t string) bool {
	switch t {
	case "tomorrow", "the day after tomorrow", "next week", "next month", "next year",
		"明天", "明日", "后天", "大后天", "下周", "下星期", "下个月", "下月", "明年", "后年":
		return true
	}
	return false
}

// since takes the words off "since X", "从X到现在", "X起" and the like.
func since(t string) (rest string, ok bool) {
	for _, p := range []string{"ever since ", "since ", "自从", "自", "从", "from "} {
		if after, cut := strings.CutPrefix(t, p); cut {
			t, ok = after, p != "从" && p != "自" && p != "from "
			break
		}
	}
	for _, e := range []string{
		"一直到现在", "一直持续到现在", "持续到现在", "持续至今", "一直到今天", "到现在为止", "直到现在", "到现在", "到目前为止", "到目前", "到今天", "至今为止", "至今", "至现在",
		"开始", "以来", "起", "until now", "till now", "to now", "up to now", "to date", "onwards", "on",
	} {
		if before, cut := strings.CutSuffix(t, e); cut {
			return strings.Trim(before, " ,，-~"), true
		}
	}
	return strings.TrimSpace(t), ok
}

// pair reads "X to Y". The words before the first separator that leaves two dates win.
func (r reader) pair(t string) (days, error) {
	for _, p := range []string{"between ", "from ", "从", "自"} {
		t = strings.TrimPrefix(t, p)
	}
	err := ErrDateUnclear
	for _, sep := range []string{" until ", " till ", " to ", " and ", "到", "至", "–", "—", "~", " - ", "-"} {
		for at := 0; ; {
			i := strings.Index(t[at:], sep)
			if i < 0 {
				break
			}
			left, right := strings.TrimSpace(t[:at+i]), strings.TrimSpace(t[at+i+len(sep):])
			at += i + len(sep)
			d, pairErr := r.join(left, right)
			if pairErr == nil {
				return d, nil
			}
			if errors.Is(pairErr, ErrDateFuture) {
				err = pairErr
			}
		}
	}
	return days{}, err
}

func (r reader) join(left, right string) (days, error) {
	from, err := r.days(left)
	if err != nil {
		return days{}, err
	}
	to, err := r.days(right)
	if n := dayOnly(right); err != nil && n > 0 {
		// "3月5日到8日": the month is the first one's.
		day := time.Date(from.from.Year(), from.from.Month(), n, 0, 0, 0, 0, time.UTC)
		if day.Month() != from.from.Month() {
			return days{}, ErrDateUnclear
		}
		to, err = days{from: day, to: day}, nil
		if day.After(r.today) {
			err = ErrDateFuture
		}
	}
	if err != nil {
		return days{}, err
	}
	if to.to.Before(from.from) && from.guessed {
		from.from = from.from.AddDate(-1, 0, 0)
	}
	if to.to.Before(from.from) {
		return days{}, ErrDateUnclear
	}
	return days{from: from.from, to: to.to}, nil
}
