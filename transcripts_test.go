package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/sim"
)

// Transcripts are conversations as anybody can read them: bot/testdata/*.txt. A line says who does what, and below
// it stands what every phone then sees:
//
//	# a remark
//	@ chenjing            from here on 陈静's phone acts
//	> words               she sends a message (\n for a new line; {long 9000} is so many characters, {lines 5000} so many lines)
//	[Label]               she taps the newest button of that name
//	[Label]#2             she taps it on the second newest message that has it: an old keyboard
//	[Label] twice         she taps it twice before anything can happen
//	[Label] late          she taps a button that has just been taken off: her phone had not heard yet
//	+ photo a.jpg words   she sends a file: photo, document, voice, video; "big" in place of a name is 25 MB
//	+ album photo 3       she sends an album of three photos
//	* sticker             she sends something of another kind
//	~ 2 words             she changes the second newest of her messages
//	! join lead hr 王芳    she opens a one-time officer's link
//	! invited             she opens the newest link that the bot showed to anybody
//	! links run out       the days pass for which links to join a case are good
//	! used link           she opens the newest of those links, which is used up
//	! block / ! unblock   she blocks the bot, or no longer does
//	! receipt             she types the newest receipt shown to anybody; within words it is {receipt}
//	! wrong receipt       she types a receipt that no case has
//
//	! file named pay      she files a case of that mode and kind without a word on paper but the last; "danger" is safety, with
//	                      somebody in danger
//	! late personal       the day of that date of the newest case passes, and the house notices
//	! today personal      that date of the newest case is moved to the end of this day
//	! digest              the hour comes at which officers want to be told what there is to do
//	! days 30             so many days have gone by since the newest case that ended came to its end
//	! unanswered          the time to answer a call for leaders passes
//	! forward             she forwards the newest of her messages to the bot
//	! reception begins    time has passed: the second slot of every reception day has begun
//	! menu                the command menu her phone shows
//
//	< words               what the bot says; "| [A] [B]" below it are its buttons
//	<~ words              a message that changed
//	<- (gone)             a message that was taken out of the chat
//	<? words / <! words   the short word, or the box to confirm, on a pressed button
//
// References, receipts and dates are written as names that stay the same at every run. Whether a notice is on its way
// or there already depends on the moment. Of very long texts only the
// beginning and the size. A message that shows a key or a template instead of words fails the test.

var update = flag.Bool("update", false, "rewrite bot/testdata/*.txt with what the bot says today")

func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("bot/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	// They wait for the bot most of their time: many at once, whatever the number of processors.
	turn := make(chan struct{}, 10)
	var all sync.WaitGroup
	for _, file := range files {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playFile(t, file) })
		})
	}
	all.Wait()
}

func playFile(t *testing.T, file string) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := newStage(t).play(string(want))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the conversation went another way (-want +got):\n%s", diff)
	}
}

// cast are the phones of every transcript.
var cast = []sim.Profile{
	{ID: 880001, Name: "陈静", Username: "chenjing", Language: "zh-hans"},
	{ID: 880002, Name: "Sam", Username: "sam", Language: "en"},
	{ID: 880003, Name: "王芳", Username: "wangfang", Language: "zh-hans"},
	{ID: 880004, Name: "David", Username: "david", Language: "en"},
}

// stage plays one transcript.
type stage struct {
	t       *testing.T
	house   *testHouse
	phone   *sim.Phone
	seen    map[string]map[int]string // phone → message id → as it was last printed
	said    map[string]int            // phone → callback answers printed
	names   *naming
	link    string // the newest invitation
	albums  int
	line    int                    // of the script, counted from 1
	pace    int                    // lines acted
	printed map[printedKey]printed // the message as it was last printed
	events  map[string]int         // an event on an officer's card → the line of the script that first showed it
	gone    map[string][]pressed   // phone → buttons that were on its screen, in the order they came
	out     strings.Builder
}

// pressed is a button as it stood on a message.
type pressed struct {
	message     int
	label, data string
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, house: startHouse(t), seen: map[string]map[int]string{}, said: map[string]int{}, printed: map[printedKey]printed{}, events: map[string]int{}, gone: map[string][]pressed{}, names: newNaming()}
	for _, p := range cast {
		s.house.telegram.AddPhone(p)
		s.seen[p.Username] = map[int]string{}
	}
	s.phone = s.house.telegram.Phone(cast[0].ID)
	return s
}

// play carries out the acting lines of script and gives the script with what the bot says today.
func (s *stage) play(script string) string {
	for n, line := range strings.Split(script, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			s.out.WriteString(line + "\n")
			continue
		}
		if strings.HasPrefix(line, "<") || strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "--") {
			continue // what the bot said when it was written
		}
		s.out.WriteString(line + "\n")
		s.line = n + 1
		if s.pace++; s.pace%15 == 0 {
			s.house.forgetPace(s.phone.ID()) // no thumb is as fast as a script
		}
		if err := s.act(line); err != nil {
			s.t.Fatalf("line %d: %s: %v\n%s", n+1, line, err, s.out.String())
		}
		s.house.settle()
		s.print()
	}
	return strings.TrimRight(s.out.String(), "\n") + "\n"
}

var tap = regexp.MustCompile(`^\[(.+)\](?:#(\d+)| (twice|late))?$`)

func (s *stage) act(line string) error {
	if m := tap.FindStringSubmatch(line); m != nil {
		switch m[3] {
		case "late":
			return s.late(m[1])
		case "twice":
			if err := s.tap(m[1], ""); err != nil {
				return err
			}
		}
		return s.tap(m[1], m[2])
	}
	sign, rest, _ := strings.Cut(line, " ")
	rest = s.names.expand(rest)
	words := strings.ReplaceAll(rest, `\n`, "\n")
	switch sign {
	case "@":
		for _, p := range cast {
			if p.Username == rest {
				s.phone = s.house.telegram.Phone(p.ID)
				return nil
			}
		}
		return fmt.Errorf("nobody of that name")
	case ">":
		s.phone.Send(grow(words))
	case "*":
		s.phone.SendOther(rest)
	case "+":
		return s.file(rest)
	case "~":
		back, text, _ := strings.Cut(words, " ")
		n, err := strconv.Atoi(back)
		if err != nil {
			return err
		}
		return s.edit(n, text)
	case "!":
		return s.event(rest)
	default:
		return fmt.Errorf("no such line")
	}
	return nil
}

// tap presses the nth newest visible button of a label.
func (s *stage) tap(label, nth string) error {
	n := 1
	if nth != "" {
		n, _ = strconv.Atoi(nth)
	}
	all := s.phone.Messages()
	for i := len(all) - 1; i >= 0; i-- {
		for _, row := range all[i].Buttons {
			for _, b := range row {
				if s.names.replace(b.Text) != label || b.Data == "" {
					continue
				}
				if n--; n > 0 {
					continue
				}
				_, err := s.phone.Press(all[i].ID, b.Data)
				return err
			}
		}
	}
	return fmt.Errorf("no such button on the screen")
}

// branch are the words that answer the questions of a kind, up to what happened.
var branch = map[string][]string{
	"pay": {"unpaid", "skip", "skip"}, "contract": {"dismissed"}, "benefits": {"leave"}, "safety": {"machine", "no"},
	"harassment": {"bullying", "yes"}, "corruption": {"theft", "Zhao", "done"}, "conduct": {"unfair", "Zhao", "done"},
	"facilities": {"canteen"}, "other": {},
}

// fileCase goes through the whole form in words that hold in every language. Only what the last one brings is written down.
func (s *stage) fileCase(mode, kind string) error {
	questions, ok := branch[kind]
	if kind == "danger" {
		kind, questions, ok = "safety", []string{"machine", "yes"}, true
	}
	if !ok {
		return fmt.Errorf("no such kind")
	}
	words := []string{"/file", mode, "ok"}
	nameless := mode == "anonymous" || mode == "dark"
	if nameless {
		words = []string{"/file", "anonymous", "ok", mode} // it may be written to, or not
	}
	words = append(append(words, kind), questions...)
	words = append(words, "Something is wrong here, every week.", "done", "skip", "skip")
	if kind != "corruption" && kind != "conduct" {
		words = append(words, "skip")
	}
	words = append(words, "skip", "first_time", "skip")
	if !nameless {
		words = append(words, s.phone.Profile().Name, "skip", "skip")
	}
	// Nobody fills in a form within a second, and several of them would be too fast for the bot's limits.
	s.house.forgetPace(s.phone.ID())
	kept := s.out.String()
	for _, w := range words {
		s.phone.Send(w)
		s.house.settle()
	}
	s.print()
	s.out.Reset()
	s.out.WriteString(kept)
	s.phone.Send("send")
	return nil
}

// late presses a button that is on no message any more, the newest of that label.
func (s *stage) late(label string) error {
	all := s.gone[s.phone.Profile().Username]
	for i := len(all) - 1; i >= 0; i-- {
		if b := all[i]; b.label == label {
			_, err := s.phone.PressStale(b.message, b.data)
			return err
		}
	}
	return fmt.Errorf("no such button was ever shown")
}

func (s *stage) file(rest string) error {
	f := strings.SplitN(rest, " ", 3)
	if len(f) < 2 {
		return fmt.Errorf("want a kind and a name")
	}
	if f[0] == "album" {
		count, err := strconv.Atoi(f[2])
		if err != nil {
			return err
		}
		s.albums++
		for i := range count {
			name := fmt.Sprintf("%d.jpg", i)
			s.phone.SendFile(f[1], name, fileBytes(f[1], name), "", fmt.Sprintf("album%d", s.albums))
		}
		return nil
	}
	caption := ""
	if len(f) == 3 {
		caption = f[2]
	}
	s.phone.SendFile(f[0], f[1], fileBytes(f[0], f[1]), caption, "")
	return nil
}

// fileBytes makes what a file of that kind and name holds: a real picture for a photo, 25 MB for "big".
func fileBytes(kind, name string) []byte {
	if name == "big" {
		return make([]byte, 25<<20)
	}
	if kind != "photo" {
		return []byte("bytes of " + name)
	}
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range picture.Pix {
		picture.Pix[i] = name[i%len(name)]
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (s *stage) edit(n int, text string) error {
	all := s.phone.Messages()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].From == "me" {
			if n--; n == 0 {
				return s.phone.Edit(all[i].ID, text)
			}
		}
	}
	return fmt.Errorf("not that many messages")
}

func (s *stage) event(rest string) error {
	f := strings.SplitN(rest, " ", 4)
	switch {
	case f[0] == "join" && len(f) == 4:
		department := f[2]
		if department == "-" {
			department = ""
		}
		s.link = s.house.invite(f[3], cases.Role(f[1]), department)
		s.phone.Start(s.link)
	case rest == "used link":
		s.phone.Start(s.link)
	case rest == "invited" && s.names.invite != "":
		s.phone.Start(s.names.invite)
	case f[0] == "block":
		s.phone.Block()
	case f[0] == "unblock":
		s.phone.Unblock()
	case rest == "links run out":
		return s.linksRunOut()
	case f[0] == "late" && len(f) == 2, rest == "unanswered":
		return s.pass(f[len(f)-1])
	case f[0] == "today" && len(f) == 2:
		return s.today(f[1])
	case rest == "digest":
		return s.digests()
	case f[0] == "days" && len(f) == 2:
		return s.days(f[1])
	case f[0] == "file" && len(f) == 3:
		return s.fileCase(f[1], f[2])
	case f[0] == "forward":
		all := s.phone.Messages()
		for i := len(all) - 1; i >= 0; i-- {
			if all[i].From == "me" {
				_, err := s.phone.Forward(all[i].ID, nil)
				return err
			}
		}
		return fmt.Errorf("no message to forward")
	case rest == "reception begins":
		return s.house.receptionBegins()
	case f[0] == "menu":
		for _, c := range s.phone.Commands() {
			s.out.WriteString("< /" + c.Command + " – " + c.Description + "\n")
		}
	case rest == "wrong receipt":
		secret := sha256.Sum256([]byte("the secret of a draft that was never sent"))
		s.phone.Send(s.house.keys.NewReceipt(secret[:]).String())
	case f[0] == "receipt":
		if s.names.receipt == "" {
			return fmt.Errorf("no receipt was shown")
		}
		s.phone.Send(s.names.receipt)
	default:
		return fmt.Errorf("no such event")
	}
	return nil
}
