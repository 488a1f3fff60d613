package loop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// phoneUpdates is how much somebody does before they take another phone: what one chat may file in a day, and do in a
// minute, is limited by bots that mean it. Four filings of ten questions are as many.
const phoneUpdates = 44

// The state of a person who is not at a question.
const (
	greeting = -2 - iota // has sent /start
	choosing             // has chosen a language
	resting
)

// person fills in the form over and over: an input, the reply, the next input.
type person struct {
	crowd *Crowd

	begin int // the answer after which the person waits until all are in their places; greeting: does not begin

	mu      sync.Mutex
	chat    int64
	step    int // the answer given last: its number, -1 for Begin, or a state
	filings int // on this phone
	message int // the newest message id of the chat, from either side
	shown   message
	asked   bool // an input is out and its reply has not come
	busy    bool // the input's update is not acknowledged yet
	reply   bool // the reply has come
	at      time.Time
	took    []time.Duration
	ended   []time.Time
	next    []byte // the update to be delivered
}

// message is what stands in a chat.
type message struct {
	ID     int
	Text   string
	markup []byte
	rows   [][]button
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

// hears takes in a message of the bot, sent or edited. What comes without having been asked for is only remembered.
func (p *person) hears(m message) {
	p.mu.Lock()
	now := time.Now()
	if !p.asked {
		p.mu.Unlock()
		return
	}
	last := p.step == len(p.crowd.script.Steps)-1
	if last && !strings.Contains(m.Text, p.crowd.script.Sent) {
		p.mu.Unlock() // the form's own message may change before the one that ends it comes
		return
	}
	p.shown = m
	p.took = append(p.took, now.Sub(p.at))
	p.asked, p.reply = false, true
	if p.step >= -1 {
		if err := p.crowd.script.fits(p.step+1, &m); err != nil {
			p.crowd.wrong(err)
		}
	}
	if last {
		p.ended = append(p.ended, now)
		p.filings++
	}
	p.mu.Unlock()
	p.goOn()
}

// acknowledged: the bot has answered the delivery of the newest update.
func (p *person) acknowledged() {
	p.mu.Lock()
	p.busy = false
	p.mu.Unlock()
	p.goOn()
}

// goOn gives the next answer, when the last one is both acknowledged and replied to: Telegram delivers what comes from
// one chat one by one.
func (p *person) goOn() {
	p.mu.Lock()
	if p.busy || !p.reply || p.step == resting {
		p.mu.Unlock()
		return
	}
	p.busy, p.reply = true, false
	c := p.crowd
	think := time.Duration(0)
	if p.step >= -1 {
		think = c.think(p.step)
	}
	p.mu.Unlock()
	if think > 0 {
		time.AfterFunc(think, p.act)
		return
	}
	p.act()
}

// act makes the next update and has it delivered.
func (p *person) act() {
	p.mu.Lock()
	c := p.crowd
	if home := p.step < -1 && p.shown.data("h.lang.en") == ""; !c.started.Load() && (home && p.begin == greeting || p.step >= -1 && p.step == p.begin) {
		p.busy, p.reply = false, true
		p.mu.Unlock()
		c.greeted <- p
		return
	}
	switch {
	case p.step == greeting && p.shown.data("h.lang.en") != "":
		p.step = choosing
		p.press(p.shown.data("h.lang.en"))
	case p.step == greeting, p.step == choosing, p.step == len(c.script.Steps)-1:
		if p.step == len(c.script.Steps)-1 && p.filings*(len(c.script.Steps)+1) >= phoneUpdates {
			p.chat = c.phone(p)
			p.filings, p.message, p.step = 0, 0, greeting
			p.say("/start")
			break
		}
		p.step = -1
		p.say(c.script.Begin)
	case p.step+2 == len(c.script.Steps) && c.over.Load():
		p.step = resting // with the review before them: an open draft
		p.mu.Unlock()
		c.rested <- struct{}{}
		return
	default:
		p.step++
		s := c.script.Steps[p.step]
		if s.Press == "" {
			p.say(s.Say)
			break
		}
		data := p.shown.label(s.Press)
		if data == "" {
			c.wrong(fmt.Errorf("step %s has no button %q", s.ID, s.Press))
		}
		p.press(data)
	}
	p.asked, p.at = true, time.Now()
	p.mu.Unlock()
	c.deliver(p)
}

func (m *message) data(data string) string {
	for _, row := range m.rows {
		if slices.ContainsFunc(row, func(b button) bool { return b.Data == data }) {
			return data
		}
	}
	return ""
}

func (m *message) label(label string) string {
	for _, row := range m.rows {
		for _, b := range row {
			if b.Text == label {
				return b.Data
			}
		}
	}
	return ""
}

// say makes the update of a typed message.
func (p *person) say(words string) {
	p.message++
	entities := ""
	if strings.HasPrefix(words, "/") {
		entities = fmt.Sprintf(`,"entities":[{"type":"bot_command","offset":0,"length":%d}]`, len(words))
	}
	p.next = fmt.Appendf(nil, `{"update_id":%d,"message":{"message_id":%d,"from":%s,"chat":%s,"date":%d,"text":%s%s}}`,
		p.crowd.update.Add(1), p.message, p.from(), p.where(), time.Now().Unix(), quote(words), entities)
}

// press makes the update of a tapped button, with the message under which it stands, as Telegram does.
func (p *person) press(data string) {
	n := p.crowd.update.Add(1)
	p.next = fmt.Appendf(nil, `{"update_id":%d,"callback_query":{"id":"%d","from":%s,"message":{"message_id":%d,"from":%s,"chat":%s,"date":%d,"text":%s,"reply_markup":%s},"chat_instance":"%d","data":%s}}`,
		n, 1e15+n, p.from(), p.shown.ID, me, p.where(), time.Now().Unix(), quote(p.shown.Text), p.shown.markup, p.chat, quote(data))
}

func (p *person) from() string {
	return fmt.Sprintf(`{"id":%d,"is_bot":false,"first_name":"Reporter","language_code":"en"}`, p.chat)
}

func (p *person) where() string {
	return fmt.Sprintf(`{"id":%d,"first_name":"Reporter","type":"private"}`, p.chat)
}

// newMessage numbers a message of the bot.
func (p *person) newMessage() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.message++
	return p.message
}
