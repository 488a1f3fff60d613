package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"huiyin/flows"
)

// counts are the counts of the guide that are not zero, as Prometheus would read them.
func (w *world) counts() map[string]float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			if n := m.GetCounter().GetValue(); n != 0 {
				out[f.GetName()+" "+strings.Join(labels, " ")] = n
			}
		}
	}
	return out
}

// open taps the newest button with a label of this text.
func (w *world) open(chat int64, label string) string {
	w.t.Helper()
	for _, m := range slices.Backward(w.chats[chat]) {
		for _, b := range m.buttons {
			if b.Text == label {
				return w.pressData(chat, m.id, b.Data)
			}
		}
	}
	w.t.Fatalf("no button %q:\n%s", label, w.shows(chat))
	return ""
}

func (w *world) title(article string) string {
	w.t.Helper()
	a, ok := w.config.Guide.Article(w.lang, article)
	if !ok {
		w.t.Fatalf("no article %s", article)
	}
	return a.Title
}

// TestGuideKeepsNothing: what is looked for and read stands neither in the session nor in a count that moves with it.
func TestGuideKeepsNothing(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		w := newWorld(t, lang)
		typed := map[string]string{"en": "overtime marker-7Q", "zh-Hans": "加班费 marker-7Q"}[lang]
		w.says(1, "/guide", typed)
		w.open(1, w.title("overtime"))
		raw, err := json.Marshal(w.session(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"marker", "overtime", "加班"} {
			if strings.Contains(string(raw), word) {
				t.Errorf("%s: the session holds %q: %s", lang, word, raw)
			}
		}
		if got := w.session(1).Screen; got != (flows.Screen{Name: "guide"}) {
			t.Errorf("%s: the screen is %+v", lang, got)
		}
		for _, m := range w.chats[1] {
			for _, b := range m.buttons {
				if strings.Contains(b.Data, "marker") || len(b.Data) > 64 {
					t.Errorf("%s: a button holds %q", lang, b.Data)
				}
			}
		}
		if got := w.counts(); len(got) != 0 {
			t.Errorf("%s: the counts of a day move during the day: %v", lang, got)
		}
	}
}

func TestGuideCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(1, "/guide", "wages")
	w.open(1, w.title("wages"))
	w.press(1, "way.page_next")
	w.press(1, "way.page_prev") // shown again, and counted again
	w.press(1, "guide.button.helped")
	w.says(2, "/guide", "injury")
	w.open(2, w.title("injury"))
	w.press(2, "guide.button.file")
	w.pressData(1, w.chats[1][0].id, "h.guide.yes.marker") // no article: nothing to count
	w.pressData(1, w.chats[1][0].id, "h.guide.a.marker..0")
	if got := w.counts(); len(got) != 0 {
		t.Errorf("counted during the day: %v", got)
	}
	w.store.now = w.store.now.Add(24 * time.Hour)
	want := map[string]float64{
		"huiyin_guide_total article=wages outcome=shown": 2, "huiyin_guide_total article=wages outcome=helped": 1,
		"huiyin_guide_total article=injury outcome=shown": 1, "huiyin_guide_total article=injury outcome=not_helped": 1,
	}
	if got := w.counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if got := w.counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("reading the counts changes them: %v", got)
	}
}

// TestGuideCountsOnce: a turn that is played again because the session was written in between counts once.
func TestGuideCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(1, "/guide", "wages")
	w.conflicts = 2
	w.open(1, w.title("wages"))
	if w.conflicts != 0 {
		t.Fatal("nothing was played again")
	}
	w.store.now = w.store.now.Add(24 * time.Hour)
	if got := w.counts()["huiyin_guide_total article=wages outcome=shown"]; got != 1 {
		t.Errorf("counted %v times", got)
	}
}

// TestGuideFiles: from an article on to the form, with the kind known where a choice has it.
func TestGuideFiles(t *testing.T) {
	t.Parallel()
	kind := func(w *world) string {
		d, ok := w.session(1).Draft(w.session(1).Active)
		if !ok || d.Flow != "complaint" {
			w.t.Fatalf("no complaint is open:\n%s", w.shows(1))
		}
		return d.Answers["kind"].Option
	}
	t.Run("known", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "en")
		w.says(1, "/guide", "wages")
		w.open(1, w.title("wages"))
		if said := w.press(1, "guide.button.file"); !strings.Contains(said, w.book.Label("en", "complaint.kind.pay")) {
			t.Errorf("not told what is known: %s", said)
		}
		if got := kind(w); got != "pay" {
			t.Errorf("kind %q", got)
		}
		w.press(1, "way.exit")
		if got := w.session(1).Screen.Name; got != "" {
			t.Errorf("the form leads back to %q", got)
		}
	})
	t.Run("begun before", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "en")
		w.says(1, "/file", "/guide", "wages")
		w.open(1, w.title("wages"))
		w.press(1, "guide.button.file")
		if got := kind(w); got != "" {
			t.Errorf("a form that was open got the kind %q", got)
		}
	})
	t.Run("no such choice", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "en")
		w.says(1, "/guide", "injury") // the short complaint has no kind of that name
		w.open(1, w.title("injury"))
		w.press(1, "guide.button.file")
		if got := kind(w); got != "" {
			t.Errorf("kind %q", got)
		}
	})
	t.Run("no kind", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "en")
		w.says(1, "/guide", "anonymous")
		w.open(1, w.title("modes"))
		w.press(1, "guide.button.file")
		if got := kind(w); got != "" {
			t.Errorf("kind %q", got)
		}
	})
}

// TestGuideButtonsOutliveTheSession: every button of the guide is good in a chat of which nothing is remembered.
func TestGuideButtonsOutliveTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	for _, id := range w.config.Guide.IDs() {
		a, _ := w.config.Guide.Article("en", id)
		for page := range a.Pages {
			w.says(1, "/guide")
			m := w.chats[1][len(w.chats[1])-1]
			clear(w.sessions)
			said := w.pressData(1, m.id, fmt.Sprintf("h.guide.a.%s..%d", id, page))
			if want := "<b>" + strings.ReplaceAll(a.Title, "'", "&#39;") + "</b>\n\n" + a.HTML(page); !strings.Contains(said, want) {
				t.Errorf("%s, page %d: %s", id, page, said)
			}
		}
	}
	for _, data := range []string{"h.guide", "h.guide.", "h.guide.k.none", "h.guide.a.none", "h.guide.zz.wages", "h.guide.a.wages.pay.99999999999999999999", "h.guide.a.wages.pay.-4"} {
		m := w.chats[1][len(w.chats[1])-1]
		if said := w.pressData(1, m.id, data); said == "" {
			t.Errorf("%s: nothing is said", data)
		}
	}
}

// TestGuideWaitsForTheReceipt: a receipt that is not saved stays on the screen.
func TestGuideWaitsForTheReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	_, receipt := w.file(1, "anonymous", false)
	for _, said := range []string{w.says(1, "/guide"), w.pressData(1, w.chats[1][len(w.chats[1])-1].id, "h.guide.a.wages")} {
		if !strings.Contains(said, receipt) || strings.Contains(said, w.title("wages")) {
			t.Errorf("the receipt gave way: %s", said)
		}
	}
}

// TestGuideTakesWordsOnly: a picture is not looked up, and a caption is not lost for it.
func TestGuideTakesWordsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	w.says(1, "/guide")
	m := w.types(1, "")
	m.Photo = []models.PhotoSize{{FileID: "p"}}
	if err := w.router.Handle(context.Background(), &models.Update{ID: w.update, Message: m}); err != nil {
		t.Fatal(err)
	}
	if said := w.since(1, m.ID); said != w.book.T("en", "guide.words_only") {
		t.Errorf("%s", said)
	}
}
