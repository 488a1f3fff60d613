package desk_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"huiyin/cases"
)

func ageKey(t *testing.T) *age.X25519Identity {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// opened gives the files of a parcel.
func opened(t *testing.T, k age.Identity, raw []byte) map[string][]byte {
	t.Helper()
	plain, err := age.Decrypt(bytes.NewReader(raw), k)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestExport(t *testing.T) {
	t.Parallel()
	needPaper(t)
	for _, lang := range []string{"en", "zh-Hans"} {
		for _, mode := range cases.Modes() {
			t.Run(lang+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, lang)
				ref := w.answered(mode)
				k := ageKey(t)
				w.says(leadID, "/case "+string(ref))
				w.press(leadID, w.say(lang, "tools.button.more"))
				if got := w.press(leadID, w.say(lang, "desk.move.export")); !strings.Contains(got, "age-keygen") {
					t.Fatalf("asks for no key:\n%s", got)
				}
				sure := w.says(leadID, k.Recipient().String())
				if !strings.Contains(sure, k.Recipient().String()[:10]) || !strings.Contains(sure, "Wang &lt;Wei&gt;") {
					t.Fatalf("asks not once more:\n%s", sure)
				}
				if len(w.kinds(ref, cases.Exported)) != 0 {
					t.Fatal("exported before it was asked")
				}
				at, yes := w.data(leadID, w.say(lang, "export.yes"))
				got := w.pressData(leadID, at, yes)
				m := w.chats[leadID][len(w.chats[leadID])-1]
				if m.file != string(ref)+"-2026-03-02.zip.age" || m.protected {
					t.Fatalf("sends %q, protected %v:\n%s", m.file, m.protected, got)
				}
				if e := w.kinds(ref, cases.Exported); len(e) != 1 || e[0].By.Officer != leadID || e[0].Body != nil {
					t.Fatalf("on record: %+v", e)
				}
				files := opened(t, k, m.raw)
				name := string(ref)
				for _, want := range []string{name + ".pdf", name + ".txt", name + "-1.pdf", name + "-2.ogg"} {
					if len(files[want]) == 0 {
						t.Errorf("lacks %s", want)
					}
				}
				if len(files) != 4 {
					t.Errorf("holds %d files", len(files))
				}
				paper, plain := pdfText(t, files[name+".pdf"]), string(files[name+".txt"])
				for _, want := range []string{"The guard of press 3 is off.", "Second message.", "防护罩已经装好。", "Li Na", "Wang <Wei>", name + "-2.ogg"} {
					if !strings.Contains(plain, want) || !strings.Contains(paper, strings.ReplaceAll(want, " ", "")) {
						t.Errorf("lacks %q:\n%s", want, plain)
					}
				}
				for _, wrong := range []string{"wire-id", "me.pdf", "<b>Status", "desk.", "complaint.", "export."} {
					if strings.Contains(plain, wrong) && !(wrong == "desk." && strings.Contains(plain, "desk.event.")) {
						t.Errorf("holds %q:\n%s", wrong, plain)
					}
				}
				if got := strings.Contains(plain, "Chen <b>Jing"); got != (mode == cases.Named) {
					t.Errorf("tells who it was: %v", got)
				}

				// The same tap again sends the same once more and leaves no second event; much later it does nothing.
				w.pressData(leadID, at, yes)
				w.says(leadID, "/start")
				w.store.now = start.Add(time.Hour)
				if got := w.pressData(leadID, at, yes); strings.Contains(got, ".zip.age") {
					t.Errorf("an old button exports:\n%s", got)
				}
				if n := len(w.kinds(ref, cases.Exported)); n != 1 {
					t.Errorf("%d exports on record", n)
				}
			})
		}
	}
}

func TestExportIsForLeads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.answered(cases.Named)
	k := ageKey(t).Recipient().String()
	bare := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
	for _, id := range []int64{officerID, adminID, otherID, keeperID, probityID, stranger} {
		got := w.says(id, "/export "+string(ref)) + w.says(id, k) + w.pressData(id, 5001, "d.yes."+bare+".9.exp")
		if strings.Contains(got, "age1") || strings.Contains(got, ".zip.age") || strings.Contains(got, "age-keygen") {
			t.Errorf("%d gets on:\n%s", id, got)
		}
	}
	if len(w.kinds(ref, cases.Exported)) != 0 {
		t.Error("it is exported")
	}
}

func TestExportKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.answered(cases.Named)
	w.says(leadID, "/export "+string(ref))
	if got := w.says(leadID, "age1notakey"); !strings.Contains(got, "no age public key") {
		t.Error(got)
	}
	before := len(w.deleted)
	if got := w.says(leadID, ageKey(t).String()); !strings.Contains(got, "secret key") || len(w.deleted) != before+1 {
		t.Errorf("a secret key stays in the chat:\n%s", got)
	}
	if got := w.says(leadID, ageKey(t).Recipient().String()); !strings.Contains(got, "Export "+string(ref)) {
		t.Errorf("after two wrong ones:\n%s", got)
	}

	// A key that the organisation has set is asked for by nobody, and cannot be replaced.
	house := ageKey(t)
	w = newWorldOf(t, "en", func(o *cases.Organisation) {
		o.Departments = append([]cases.Department(nil), o.Departments...)
		for i := range o.Departments {
			o.Departments[i].ExportKey = house.Recipient().String()
		}
	})
	ref = w.answered(cases.Named)
	if got := w.says(leadID, "/export "+string(ref)); !strings.Contains(got, "of Safety and Environment") {
		t.Fatal(got)
	}
	w.says(leadID, ageKey(t).Recipient().String())
	w.press(leadID, "Yes, export it")
	m := w.chats[leadID][len(w.chats[leadID])-1]
	if files := opened(t, house, m.raw); len(files) == 0 {
		t.Error("it is not for the key of the house")
	}
}

func TestExportThatIsNotRecordedIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := w.answered(cases.Named)
	w.says(leadID, "/case "+string(ref))
	w.says(leadID, "/export "+string(ref))
	w.says(leadID, ageKey(t).Recipient().String())
	w.store.fail = &cases.Error{Code: cases.NotNow}
	if got := w.press(leadID, "Yes, export it"); strings.Contains(got, ".zip.age") {
		t.Errorf("it is sent all the same:\n%s", got)
	}
}

func TestExportWithWhatACustodianGranted(t *testing.T) {
	t.Parallel()
	needPaper(t)
	w := newWorld(t, "en")
	ref := w.answered(cases.Confidential)
	w.ask("en", ref, "desk.move.custody_ask_originals")
	w.says(keeperID, "/requests")
	w.press(keeperID, string(ref))
	w.press(keeperID, "Grant")
	w.press(keeperID, "Yes, grant it")
	k := ageKey(t)
	files := func() map[string][]byte {
		w.says(leadID, "/export "+string(ref))
		w.says(leadID, k.Recipient().String())
		w.press(leadID, "Yes, export it")
		return opened(t, k, w.chats[leadID][len(w.chats[leadID])-1].raw)
	}
	if got := files(); len(got) != 4 {
		t.Errorf("a grant that nobody has opened gives %d files", len(got))
	}
	w.says(leadID, "/case "+string(ref))
	w.press(leadID, "Open the originals")
	w.press(leadID, "Yes, open it")
	if got := files(); len(got) != 6 || len(got[string(ref)+"-1-original.pdf"]) == 0 {
		t.Errorf("with the originals: %d files", len(got))
	}
}
