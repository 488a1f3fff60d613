package evidence

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// pdfWriter copies what hangs on the catalogue, under numbers of its own.
type pdfWriter struct {
	ctx     context.Context
	table   *model.XRefTable
	out     *bufio.Writer
	at      int
	numbers map[int]int // old number to ours
	queue   []int       // old numbers that have ours, in order
	offsets []int       // of our numbers, from 1 on
	pages   int
}

// maxNesting bounds objects written inside one another.
const maxNesting = 200

func (w *pdfWriter) print(parts ...string) error {
	for _, p := range parts {
		w.at += len(p)
		if _, err := w.out.WriteString(p); err != nil {
			return err
		}
	}
	return nil
}

func (w *pdfWriter) write() error {
	if err := w.print("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"); err != nil {
		return err
	}
	root := w.number(w.table.Root.ObjectNumber.Value())
	for done := 0; done < len(w.queue); done++ {
		if err := w.object(w.queue[done], done+1); err != nil {
			return err
		}
	}
	start := w.at
	if err := w.print(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)); err != nil {
		return err
	}
	for _, offset := range w.offsets {
		if err := w.print(fmt.Sprintf("%010d 00000 n \n", offset)); err != nil {
			return err
		}
	}
	trailer := fmt.Sprintf("trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, root, start)
	if err := w.print(trailer); err != nil {
		return err
	}
	return w.out.Flush()
}

// number gives our number for an old one, and has the object written some time.
func (w *pdfWriter) number(old int) int {
	n, ok := w.numbers[old]
	if !ok {
		w.queue = append(w.queue, old)
		n = len(w.queue)
		w.numbers[old] = n
	}
	return n
}

// behind gives the object behind o: itself, or what a reference points at; nil when there is none.
func (w *pdfWriter) behind(o types.Object) types.Object {
	for range 8 { // references to references are rare, circles are broken files
		r, ok := o.(types.IndirectRef)
		if !ok {
			return o
		}
		o = w.stored(r.ObjectNumber.Value())
	}
	return nil
}

// stored gives the object of an old number; nil when there is none or it cannot be understood. Objects from object
// streams are parsed when they are first asked for.
func (w *pdfWriter) stored(old int) types.Object {
	entry := w.table.Table[old]
	if entry == nil || entry.Free {
		return nil
	}
	if lazy, ok := entry.Object.(types.LazyObjectStreamObject); ok {
		o, err := lazy.DecodedObject(w.ctx)
		if err != nil {
			o = nil
		}
		entry.Object = o
	}
	return entry.Object
}

func (w *pdfWriter) object(old, number int) error {
	w.offsets = append(w.offsets, w.at)
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if err := w.print(fmt.Sprintf("%d 0 obj\n", number)); err != nil {
		return err
	}
	var raw []byte
	switch s := w.stored(old).(type) {
	case types.StreamDict:
		d, err := w.dict(s.Dict, true, 0)
		if err != nil {
			return err
		}
		if raw, err = w.cleanStream(&s, d); err != nil {
			return err
		}
		d["Length"] = types.Integer(len(raw))
		if err := w.value(d, 0); err != nil {
			return err
		}
		if err := w.print("\nstream\n", string(raw), "\nendstream"); err != nil {
			return err
		}
	case types.ObjectStreamDict, types.XRefStreamDict:
		return errCannot // nothing points at these
	default:
		clean, err := w.clean(s, 0)
		if err != nil {
			return err
		}
		if d, ok := clean.(types.Dict); ok && nameOf(d["Type"]) == "Page" {
			w.pages++
		}
		if err := w.value(clean, 0); err != nil {
			return err
		}
	}
	return w.print("\nendobj\n")
}

// clean gives a copy of o as it stays, with our numbers; nil when it does not stay.
func (w *pdfWriter) clean(o types.Object, depth int) (types.Object, error) {
	if depth > maxNesting {
		return nil, errCannot
	}
	switch o := o.(type) {
	case types.IndirectRef:
		target := w.behind(o)
		switch t := target.(type) {
		case nil:
			return nil, nil
		case types.Dict:
			if unwanted(t) {
				return nil, nil
			}
		case types.StreamDict:
			if unwanted(t.Dict) {
				return nil, nil
			}
		case types.Array: // a colour space may stand on its own
		}
		return *types.NewIndirectRef(w.number(o.ObjectNumber.Value()), 0), nil
	case types.Dict:
		if unwanted(o) {
			return nil, nil
		}
		return w.dict(o, false, depth)
	case types.Array:
		if plain, ok := w.withoutProfile(o); ok {
			return w.clean(plain, depth+1)
		}
		out := make(types.Array, len(o))
		for i, e := range o {
			var err error
			if out[i], err = w.clean(e, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return o, nil
}

// lists are arrays in which nothing may stand for what was left out.
var lists = []string{"Annots", "Fields", "Kids"}

// dict copies a dictionary: the keys of its form when that is known, else all but those that are dropped everywhere.
func (w *pdfWriter) dict(d types.Dict, stream bool, depth int) (types.Dict, error) {
	form := knownForm(d, stream)
	out := types.Dict{}
	for _, key := range slices.Sorted(maps.Keys(d)) { // our numbers follow this order
		value := d[key]
		if slices.Contains(droppedKeys, key) || stream && (key == "F" || key == "FFilter" || key == "FDecodeParms" || key == "Length" || key == "DL") {
			continue
		}
		if form != "" && !slices.Contains(keptKeys[form], key) {
			continue
		}
		if slices.Contains(lists, key) {
			value = w.behind(value)
		}
		switch {
		case key == "Properties": // what is marked on the page: layers, or anything a program thought of
			value = w.layersOf(value)
		case form == "Annot" && key == "T" && nameOf(d["Subtype"]) != "Widget" && d["FT"] == nil && d["Kids"] == nil:
			continue // of a field T is its name, of a note its author's
		case form == "Catalog" && key == "Names":
			names, _ := w.behind(value).(types.Dict)
			value = types.Dict{"Dests": names["Dests"]}
		}
		clean, err := w.clean(value, depth+1)
		if err != nil {
			return nil, err
		}
		if list, ok := clean.(types.Array); ok && slices.Contains(lists, key) {
			clean = slices.DeleteFunc(list, func(o types.Object) bool { return o == nil })
		}
		if clean != nil {
			out[key] = clean
		}
	}
	if form == "Page" {
		out["Type"] = types.Name("Page")
	}
	return out, nil
}

// layersOf keeps of a page's property lists the optional layers, which decide what is seen.
func (w *pdfWriter) layersOf(o types.Object) types.Object {
	lists, _ := w.behind(o).(types.Dict)
	out := types.Dict{}
	for name, list := range lists {
		if d, ok := w.behind(list).(types.Dict); ok && (nameOf(d["Type"]) == "OCG" || nameOf(d["Type"]) == "OCMD") {
			out[name] = list
		}
	}
	return out
}

// withoutProfile gives the plain colour space in place of one with a profile: profiles name devices and days.
func (w *pdfWriter) withoutProfile(a types.Array) (types.Object, bool) {
	if len(a) != 2 || nameOf(w.behind(a[0])) != "ICCBased" {
		return nil, false
	}
	profile, _ := w.behind(a[1]).(types.StreamDict)
	n, _ := w.behind(profile.Dict["N"]).(types.Integer)
	switch n {
	case 1:
		return types.Name("DeviceGray"), true
	case 4:
		return types.Name("DeviceCMYK"), true
	}
	return types.Name("DeviceRGB"), true
}

// value writes an object. Dictionaries are in the order of their keys, so that a file is cleaned the same every time.
func (w *pdfWriter) value(o types.Object, depth int) error {
	if depth > maxNesting {
		return errCannot
	}
	switch o := o.(type) {
	case nil:
		return w.print("null")
	case types.Dict:
		if err := w.print("<<"); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(o)) {
			if err := w.print(types.Name(key).PDFString(), " "); err != nil {
				return err
			}
			if err := w.value(o[key], depth+1); err != nil {
				return err
			}
			if err := w.print("\n"); err != nil {
				return err
			}
		}
		return w.print(">>")
	case types.Array:
		if err := w.print("["); err != nil {
			return err
		}
		for _, e := range o {
			if err := w.value(e, depth+1); err != nil {
				return err
			}
			if err := w.print(" "); err != nil {
				return err
			}
		}
		return w.print("]")
	case types.Boolean, types.Integer, types.Float, types.Name, types.StringLiteral, types.HexLiteral, types.IndirectRef:
		return w.print(o.PDFString())
	}
	return errCannot // a kind the library does not show here
}
