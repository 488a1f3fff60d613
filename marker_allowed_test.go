package main

import (
	"bytes"
	bytesOf "encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"

	"huiyin/cases"
)

// What the reporter of a marker run is and says. Nothing of it occurs anywhere by chance.
const (
	plantedAccount  = "Zhanghua-Account-Mark"
	plantedLast     = "Lastname-Account-Mark"
	plantedUsername = "mark_user_7391"
	plantedID       = 7391739155
	plantedName     = "Typedname Realmark"
	plantedUnit     = "Unitmark assembly seven"
	plantedPhone    = "+86 138 7391 4226"
	plantedWords    = "The forklift-wordmark was sold and its brakes with it."
	plantedChinese  = "叉车标记被卖了连同刹车"
	plantedAnswer   = "It was the red-answermark one."
	plantedRating   = "Thank-ratingmark you."
	plantedPhoto    = "photo-filemark-1.jpg"
	plantedPDF      = "letter-filemark-2.pdf"
	plantedCamera   = "Cameramark-EXIF-4711"
	plantedAuthor   = "Authormark-PDF-4711"
	askedWords      = "Which truck, office-askmark, is it?"
	repliedWords    = "We have stopped the office-replymark sale."
	closedWords     = "The money is back, office-closemark."
	reasonWords     = "The court asks, office-reasonmark, who can bear witness."
)

// plantedPlace is a place as cameras write it: degrees, minutes and seconds, each a fraction.
func plantedPlace() []byte {
	var b []byte
	for _, n := range []uint32{31, 1, 13, 1, 473911, 10007} {
		b = bytesOf.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// markers are what every run looks for; what is known only on the way (the receipt, Telegram's names of files) is added
// to them.
func markers() []marker {
	return append(joinMarkers(),
		marked("account", plantedAccount), marked("last name", plantedLast), marked("username", plantedUsername), markedID("id", plantedID),
		marked("name", plantedName), marked("unit", plantedUnit), marked("phone", plantedPhone),
		marked("words", "forklift-wordmark"), marked("words in Chinese", plantedChinese), marked("answer", "red-answermark"), marked("rating", "Thank-ratingmark"),
		marked("file name", "photo-filemark-1"), marked("file name", "letter-filemark-2"),
		markedBytes("place in the picture", plantedPlace()), marked("camera", plantedCamera), marked("author", plantedAuthor),
		marked("question", "office-askmark"), marked("reply", "office-replymark"), marked("closing", "office-closemark"), marked("reason", "office-reasonmark"),
		marked("token", testToken), marked("token", strings.SplitN(testToken, ":", 2)[1]),
	)
}

// Stages of a case, in their order.
const (
	stageDrafted = iota
	stageFiled
	stageTaken
	stageJoined
	stageAsked
	stageAnswered
	stageReplied
	stageCustody
	stageWay // revealed or forgotten
	stageClosed
	stageRated
	stageWarned
	stageShredded
)

var stageNames = []string{"drafted", "filed", "taken", "joined", "asked", "answered", "replied", "custody", "revealed or forgotten", "closed", "rated", "warned", "shredded"}

// Who works in the run.
const (
	owner     = "the officer of the case"
	colleague = "a colleague of the same department"
	elsewhere = "an officer of another department"
	admin     = "an administrator"
	custodian = "the custodian"
)

// life says which way a case goes.
type life struct {
	mode    cases.Mode
	to      cases.Mode // after replies; the same mode when it stays
	custody string     // what the officer asks the custodian for
	end     string     // of its words: "time" or "request" of the reporter
}

func (l life) String() string {
	return fmt.Sprintf("%s to %s, %s opened, gone by %s", l.mode, l.to, l.custody, l.end)
}

// allowed is one line of what may be where. What no line allows must be found nowhere.
type allowed struct {
	markers []string
	place   string
	from    int // stage
	in      func(life) bool
	must    bool // it is there: a run that shows nobody anything proves nothing
}

func always(life) bool { return true }

func closes(l life) bool { return l.end == "time" }

// theTable is the promise. Note what it does not hold: no line for Postgres, Redis, the blob store, the log, metrics or
// temporary files; none for accounts, ids, names of files and receipts; none for colleagues, other departments and
// administrators.
var theTable = []allowed{
	{[]string{"words", "words in Chinese"}, onPhone(owner), stageTaken, always, true},
	{[]string{"answer"}, onPhone(owner), stageAnswered, always, true},
	{[]string{"rating"}, onPhone(owner), stageRated, closes, true},
	// What the officer wrote comes back in previews and on the card.
	{[]string{"question"}, onPhone(owner), stageAsked, always, true},
	{[]string{"reply"}, onPhone(owner), stageReplied, always, true},
	{[]string{"closing"}, onPhone(owner), stageClosed, closes, true},
	{[]string{"reason"}, onPhone(owner), stageCustody, func(l life) bool { return l.custody != "" }, true},
	{[]string{"reason"}, onPhone(custodian), stageCustody, func(l life) bool { return l.custody != "" }, true},
	// Who filed a named case is known to the officer of the case; who filed a confidential one when the custodian let.
	{[]string{"name", "unit", "phone"}, onPhone(owner), stageTaken, func(l life) bool { return l.mode == cases.Named }, true},
	{[]string{"name", "unit", "phone"}, onPhone(owner), stageCustody, func(l life) bool { return l.custody == cases.CustodyIdentity }, true},
	{[]string{"name", "unit", "phone"}, onPhone(owner), stageWay, func(l life) bool { return l.to == cases.Named }, true},
	// Of those who joined, their words and a named one's name; a sealed one's when the custodian let.
	{[]string{"colleague's words", "colleague's name"}, onPhone(owner), stageJoined, always, true},
	{[]string{"sealed colleague's name"}, onPhone(owner), stageCustody, func(l life) bool { return l.custody == cases.CustodyIdentity }, true},
	// What is inside a file as it was sent, when the custodian let.
	{[]string{"place in the picture", "camera", "author"}, onPhone(owner), stageCustody, func(l life) bool { return l.custody == cases.CustodyOriginals }, true},
}

// found is a marker somewhere.
type found struct{ marker, place, form, around string }

// judge gives what stands where it may not, and what the table says is there and is not.
func judge(l life, stage int, known []marker, places map[string][]byte) (wrong []found, missing []string) {
	for place, content := range places {
		for _, m := range known {
			form, around := m.in(content)
			if form == "" {
				continue
			}
			if !slices.ContainsFunc(theTable, func(a allowed) bool {
				return slices.Contains(a.markers, m.name) && a.place == place && stage >= a.from && a.in(l)
			}) {
				wrong = append(wrong, found{m.name, place, form, around})
			}
		}
	}
	for _, a := range theTable {
		if !a.must || stage < a.from || !a.in(l) {
			continue
		}
		for _, m := range known {
			if slices.Contains(a.markers, m.name) {
				if form, _ := m.in(places[a.place]); form == "" {
					missing = append(missing, m.name+" in "+a.place)
				}
			}
		}
	}
	return wrong, missing
}

// plantedPicture is a JPEG as a phone makes it: with the camera and the place in its EXIF.
func plantedPicture() []byte {
	var picture bytes.Buffer
	canvas := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		for y := range 48 {
			canvas.Set(x, y, color.RGBA{uint8(4 * x), uint8(5 * y), 90, 255})
		}
	}
	if err := jpeg.Encode(&picture, canvas, nil); err != nil {
		panic(err)
	}
	le := bytesOf.LittleEndian
	entry := func(b []byte, tag, kind uint16, count, value uint32) []byte {
		b = le.AppendUint16(le.AppendUint16(b, tag), kind)
		return le.AppendUint32(le.AppendUint32(b, count), value)
	}
	const head, first, gps = 8, 2 + 2*12 + 4, 2 + 2*12 + 4
	tiff := append([]byte("II*\x00"), le.AppendUint32(nil, head)...)
	tiff = le.AppendUint16(tiff, 2)
	tiff = entry(tiff, 0x010f, 2, uint32(len(plantedCamera)+1), head+first+gps)
	tiff = entry(tiff, 0x8825, 4, 1, head+first)
	tiff = le.AppendUint32(tiff, 0)
	tiff = le.AppendUint16(tiff, 2)
	tiff = entry(tiff, 1, 2, 2, 'N')
	tiff = entry(tiff, 2, 5, 3, uint32(head+first+gps+len(plantedCamera)+1))
	tiff = le.AppendUint32(tiff, 0)
	tiff = append(append(append(tiff, plantedCamera...), 0), plantedPlace()...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := append(slices.Clone(picture.Bytes()[:2]), 0xff, 0xe1)
	out = bytesOf.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), picture.Bytes()[2:]...)
}

// plantedLetter is a PDF that says who wrote it.
func plantedLetter() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
		"<</Author(" + plantedAuthor + ")/Title(" + plantedAuthor + ")>>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	b.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 5/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}
