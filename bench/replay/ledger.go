package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"huiyin/cases"
)

// matter is one row on its way: what was sent, and what was read on the other side. The person writes what the person
// sends and reads, the officer the rest; nobody reads another's part before it was handed over.
type matter struct {
	row
	mode    cases.Mode
	kind    string
	asked   bool // the officer asks before replying
	person  *person
	officer string // who took it

	ref     string
	receipt string // as it was copied; matters without a name only
	filedAt time.Time

	question string
	respond  string
	closing  string

	// What each side saw, message by message.
	sawFiling   []string // the officer, of the filing
	sawRespond  []string // the officer, of the answer to the question
	sawQuestion []string // the reporter, behind the receipt; who gets notices has them in the chat
	sawReply    []string
	sawClosing  []string
	closed      bool
}

// sentReply is the reply as it is on record: the house puts a blank line between the messages of one letter.
func (m *matter) sentReply() string { return strings.Join(m.reply, "\n\n") }

// errand is something a matter needs of its reporter.
type errand struct {
	m    *matter
	what string // "answer" or "read"
}

// ledger is what the driver knows that no chat would tell: which row a case is. It counts cases that are through.
type ledger struct {
	mu       sync.Mutex
	byRef    map[string]*matter
	twice    []string // references that two matters got
	woken    chan struct{}
	open     int // matters not finished
	answered map[string][]*matter
}

func newLedger(matters int) *ledger {
	return &ledger{byRef: map[string]*matter{}, woken: make(chan struct{}), open: matters, answered: map[string][]*matter{}}
}

// wake tells everybody who waits to look again. The lock is held.
func (l *ledger) wake() {
	close(l.woken)
	l.woken = make(chan struct{})
}

func (l *ledger) filed(m *matter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byRef[m.ref] != nil {
		l.twice = append(l.twice, m.ref)
	}
	l.byRef[m.ref] = m
	l.wake()
}

// find gives the matter of a reference; it waits for the phone that is just being shown it.
func (l *ledger) find(ctx context.Context, ref string) (*matter, error) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		m, woken := l.byRef[ref], l.woken
		l.mu.Unlock()
		if m != nil {
			return m, nil
		}
		select {
		case <-woken:
		case <-timeout.C:
			return nil, fmt.Errorf("case %s was filed by nobody of this run: is the database empty at the start?", ref)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// hasAnswered hands a matter back to the officer who asked.
func (l *ledger) hasAnswered(m *matter, officer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered[officer] = append(l.answered[officer], m)
	l.wake()
}

// next is a matter that an officer may go on with, if there is one; over says that every matter is through, and woken
// is closed when there is reason to look again.
func (l *ledger) next(officer string) (m *matter, over bool, woken <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if list := l.answered[officer]; len(list) > 0 {
		l.answered[officer] = list[1:]
		return list[0], false, nil
	}
	return nil, l.open == 0, l.woken
}

func (l *ledger) finish(*matter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	l.wake()
}
