package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"huiyin/bot/paper"
	"huiyin/bot/parcel"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// screenExport: words typed now are a public key; Arg is the reference, and after a space the key once there is one.
const screenExport = "desk.export"

// yesExport is the word of the button that exports.
const yesExport = "exp"

// maxParcel keeps a parcel below the 50 MB that a bot may send; what does not fit goes into a further one.
const maxParcel = 40 << 20

// exportAsk says what would leave the house, for which key, and asks once. typed is a key that the officer sent.
func (t *turn) exportAsk(ctx context.Context, ref cases.Reference, typed string) error {
	d, err := t.exportable(ctx, ref)
	if d == nil || err != nil {
		return err
	}
	back := []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})}
	set := t.exportKey(d.Case)
	if set != "" {
		typed = set
	}
	key, err := parcel.ParseKey(typed)
	switch {
	case errors.Is(err, parcel.ErrSecretKey):
		// Whoever has read it here can open what was meant for its owner.
		t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
		t.Session.Screen = flows.Screen{Name: screenExport, Arg: string(ref)}
		t.Send(t.say("export.secret_key"), back)
		return nil
	case err != nil:
		lead := ""
		if typed != "" {
			lead = t.say("export.no_key") + "\n\n"
		}
		t.screen(flows.Screen{Name: screenExport, Arg: string(ref)}, lead+t.say("export.ask_key", "Ref", string(ref)), back)
		return nil
	}
	arg := string(ref)
	if set == "" {
		arg += " " + key.String()
	}
	whose := "export.key_typed"
	if set != "" {
		whose = "export.key_set"
	}
	markup := t.say("export.sure", "Ref", string(ref), "Count", len(d.files), "Name", t.Officer.Name,
		"Key", text.HTML(t.say(whose, "Key", shortKey(key), "Department", t.department(t.lang, d.Department))))
	t.screen(flows.Screen{Name: screenExport, Arg: arg}, markup,
		[]text.Button{t.button("export.yes", data{what: "yes", ref: ref, number: d.Version, word: yesExport})}, back)
	return nil
}

// exportable reads a case that this officer may export; nil when they have been told why not.
func (t *turn) exportable(ctx context.Context, ref cases.Reference) (*dossier, error) {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err == nil {
		err = cases.Can(t.by, cases.Export, c)
	}
	if err != nil {
		return nil, t.refuse(err)
	}
	d, err := t.read(ctx, ref)
	if err != nil {
		return nil, t.refuse(err)
	}
	if !d.open || !slices.Contains(cases.Moves(d.Case, t.by, t.Now), cases.Export) {
		t.tell("error.not_now")
		return nil, nil
	}
	return d, nil
}

// exportKey is the public key that the organisation has set for a case's department, or "".
func (t *turn) exportKey(c cases.Case) string {
	dep, _ := t.org.Department(c.Department)
	return dep.ExportKey
}

// shortKey is enough of a key to tell it from another.
func shortKey(k parcel.Key) string {
	s := k.String()
	return s[:10] + "…" + s[len(s)-6:]
}

// exportTyped takes a key that was typed.
func (t *turn) exportTyped(ctx context.Context, words string) error {
	arg, _, _ := strings.Cut(t.Session.Screen.Arg, " ")
	ref, ok := cases.ParseReference(arg)
	if !ok {
		return t.home(ctx, "")
	}
	return t.exportAsk(ctx, ref, words)
}

// export records that the case is exported and sends it, in as many parcels as it needs. What is not on record does not
// leave the house.
func (t *turn) export(ctx context.Context, p data) error {
	arg, typed, _ := strings.Cut(t.Session.Screen.Arg, " ")
	if t.Session.Screen.Name != screenExport || arg != string(p.ref) {
		return t.exportAsk(ctx, p.ref, "")
	}
	d, err := t.exportable(ctx, p.ref)
	if d == nil || err != nil {
		return err
	}
	if set := t.exportKey(d.Case); set != "" {
		typed = set
	}
	to, err := parcel.ParseKey(typed)
	if err != nil {
		return t.exportAsk(ctx, p.ref, "")
	}
	act := cases.Act{Action: cases.Export, By: t.by, Key: t.key(d.Case, p.number, cases.Export, fingerprint(to))}
	if current, err := t.current(ctx, d.Case, p.number, act.Key); err != nil || !current {
		if err == nil {
			t.tell("desk.moved_on")
			err = t.card(ctx, p.ref, "")
		}
		return err
	}
	parcels, ok, err := t.pack(ctx, d)
	if err != nil || !ok {
		return err
	}
	_, e, again, err := t.store.Act(ctx, p.ref, act)
	if err != nil {
		return t.refuse(fmt.Errorf("record an export: %w", err))
	}
	if again && t.Now.Sub(e.At) > sameTap {
		t.tell("desk.moved_on")
		return t.card(ctx, p.ref, "")
	}
	if err := t.card(ctx, p.ref, t.say("export.done", "Count", len(parcels), "Key", shortKey(to))); err != nil {
		return err
	}
	day := t.Now.In(t.book.Zone()).Format(time.DateOnly)
	for i, files := range parcels {
		name := fmt.Sprintf("%s-%s.zip.age", p.ref, day)
		if len(parcels) > 1 {
			name = fmt.Sprintf("%s-%s-%dof%d.zip.age", p.ref, day, i+1, len(parcels))
		}
		now := t.Now
		t.Replies = append(t.Replies, text.Reply{Do: text.Document, File: &text.File{
			Kind: "document", MIME: "application/octet-stream", Name: name, Free: true,
			Caption: t.label("export.caption", "Ref", string(p.ref), "Number", i+1, "Of", len(parcels)),
			Open:    func(ctx context.Context) (io.ReadCloser, error) { return parcel.Open(ctx, to, now, files), nil },
		}})
	}
	return nil
}

// fingerprint tells keys apart in the name of an act: an export for another key is another one.
func fingerprint(k parcel.Key) string {
	sum := sha256.Sum256([]byte(k.String()))
	return hex.EncodeToString(sum[:6])
}

// pack prints the file of a case and lays the evidence beside it; ok is false when the officer has been told why not.
func (t *turn) pack(ctx context.Context, d *dossier) (parcels [][]parcel.File, ok bool, err error) {
	all, err := t.evid.Exhibits(ctx, t.by, d.ID)
	if err != nil {
		return nil, false, t.refuse(err)
	}
	who, err := t.identified(ctx, d)
	if err != nil {
		return nil, false, err
	}
	joined, err := t.joined(ctx, d)
	if err != nil {
		return nil, false, t.refuse(err)
	}
	d.names[t.by.Officer] = t.Officer.Name // on paper nobody is "you"
	listed, loads := t.evidenceOf(d, all)
	doc := t.caseFile(d, who, joined, listed)
	pdf, ok, err := t.printed(doc)
	if err != nil || !ok {
		return nil, false, err
	}
	var plain bytes.Buffer
	if err := paper.Text(&plain, doc); err != nil {
		return nil, false, err
	}
	name := string(d.Ref)
	parcels = [][]parcel.File{{held(name+".pdf", pdf), held(name+".txt", plain.Bytes())}}
	size := int64(len(pdf) + plain.Len())
	for _, l := range loads {
		if size+l.size > maxParcel {
			parcels, size = append(parcels, nil), 0
		}
		parcels[len(parcels)-1] = append(parcels[len(parcels)-1], l.File)
		size += l.size
	}
	return parcels, true, nil
}

// held is a file of bytes in hand.
func held(name string, raw []byte) parcel.File {
	return parcel.File{Name: name, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
}

// load is a file to be packed, and about how large it is.
type load struct {
	parcel.File
	size int64
}

// evidenceOf lists the files of a case, and those that go into the parcel: the clean copies, and for who has opened the
// originals under a grant that stands, those too.
func (t *turn) evidenceOf(d *dossier, all []Exhibit) (listed []filed, loads []load) {
	originals := t.holds(d, cases.CustodyOriginals)
	by, evidence := t.by, t.evid
	for i, f := range d.files {
		item := filed{number: i + 1, kind: fileKind(f)}
		at := slices.IndexFunc(all, func(x Exhibit) bool { return x.ID == f.ID })
		if at < 0 || all[at].State != "kept" || max(all[at].Size, f.Size) > maxParcel {
			item.state = t.label("export.file_missing")
			listed = append(listed, item)
			continue
		}
		x := all[at]
		f.MIME = x.MIME
		add := func(name string, original bool) {
			loads = append(loads, load{parcel.File{Name: name, Open: func(ctx context.Context) (io.ReadCloser, error) {
				return evidence.OpenExhibit(ctx, by, x.ID, original)
			}}, max(x.Size, f.Size)})
		}
		item.name = fmt.Sprintf("%s-%d%s", d.Ref, i+1, extension(f))
		add(item.name, false)
		if originals && x.Original {
			item.original = fmt.Sprintf("%s-%d-original%s", d.Ref, i+1, extension(f))
			add(item.original, true)
		}
		if x.Cleaned == "cannot" {
			item.state = t.label("export.file_not_cleaned")
		}
		listed = append(listed, item)
	}
	return listed, loads
}
