package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/bench/crowd"
	"huiyin/cases"
)

// verdict is what a round's checks found, each failure in plain words without any of people's.
type verdict struct {
	people, cases int
	lost          []string // acknowledged or confirmed, and not there
	doubled       []string // there more than once
	wrong         []string // against a promise
	silence       time.Duration
}

func (v *verdict) ok() bool { return len(v.lost)+len(v.doubled)+len(v.wrong) == 0 }

func note(to *[]string, format string, args ...any) { *to = append(*to, fmt.Sprintf(format, args...)) }

// settle waits until every update is acknowledged and every notice that is due has its outcome.
func (r *round) settle(ctx context.Context) error {
	if err := r.telegram.Settled(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		ok, err := r.store.Settled(ctx)
		if err != nil || ok {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("notices without an outcome: %w", context.Cause(ctx))
		}
	}
}

// judge holds what everybody was told against what is stored. mayRepeat: somebody was killed between sending and
// recording, so that a letter may come twice; its number shows it.
func (r *round) judge(ctx context.Context, mayRepeat bool) (*verdict, error) {
	v := &verdict{people: len(r.matters)}
	list, err := r.fresh(ctx)
	if err != nil {
		return nil, err
	}
	v.cases = len(list)
	byRef := map[string]stored{}
	for _, c := range list {
		byRef[c.ref] = c
	}
	for _, m := range r.matters {
		v.silence = max(v.silence, m.phone.longest())
		for _, what := range m.undone {
			note(&v.lost, "matter %d (%s): %s was acknowledged and had no effect", m.number, m.mode, what)
		}
		c, ok := byRef[m.ref]
		if !ok {
			note(&v.lost, "matter %d (%s): there is no case", m.number, m.mode)
			continue
		}
		delete(byRef, m.ref)
		if err := r.judgeCase(ctx, v, m, c, mayRepeat); err != nil {
			return nil, err
		}
	}
	if r.keep && !v.ok() {
		if err := r.transcripts(); err != nil {
			return nil, err
		}
	}
	for _, o := range r.officers {
		v.silence = max(v.silence, o.longest())
		for _, msg := range o.seen(0) {
			if strings.Contains(msg.Text, marker) {
				note(&v.wrong, "an officer was told somebody's name at Telegram")
				break
			}
		}
	}
	for ref := range byRef {
		note(&v.doubled, "case %s was filed by nobody once more", ref)
	}
	return v, errors.Join(r.outcomes(ctx, v, list), r.joins(ctx, v), r.leaks(v))
}

// transcripts puts what everybody of the round and every officer saw beside the bot's log.
func (r *round) transcripts() error {
	phones := map[string]*phone{}
	for _, m := range r.matters {
		phones[fmt.Sprintf("matter-%d", m.number)] = m.phone
	}
	for _, o := range r.officers {
		phones[fmt.Sprintf("%s-of-matters-to-%d", o.name, r.world.matters)] = o.phone
	}
	for name, p := range phones {
		var all []byte
		for _, m := range p.seen(0) {
			all = fmt.Appendf(all, "%d edited=%t %q %v\n", m.ID, m.Edited, m.Text, m.Buttons)
		}
		if err := os.WriteFile(filepath.Join(r.dir, name+".txt"), all, 0o600); err != nil {
			return fmt.Errorf("keep what was seen: %w", err)
		}
	}
	return nil
}

// stored is a case as the database has it.
type stored struct {
	id, ref, mode string
}

// fresh are the cases that were not there before the round.
func (r *round) fresh(ctx context.Context) ([]stored, error) {
	rows, err := r.db.Query(ctx, "SELECT id::text, ref, mode FROM cases")
	if err != nil {
		return nil, fmt.Errorf("list the cases: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c stored, err error) {
		return c, row.Scan(&c.id, &c.ref, &c.mode)
	})
	if err != nil {
		return nil, fmt.Errorf("list the cases: %w", err)
	}
	all = slices.DeleteFunc(all, func(c stored) bool { return r.known[c.ref] })
	for _, c := range all {
		r.known[c.ref] = true
	}
	return all, nil
}

// stored is all that a case's record says, by its reference; "" when there is none.
func (w *world) stored(ctx context.Context, ref string) (string, error) {
	var id string
	err := w.db.QueryRow(ctx, "SELECT id::text FROM cases WHERE ref = $1", ref).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find a case: %w", err)
	}
	events, err := w.store.Events(ctx, id)
	return said(events), err
}

// said is every word of events.
func said(events []cases.Event) string {
	var b strings.Builder
	for _, e := range events {
		if e.Body == nil {
			continue
		}
		b.WriteString(e.Body.Text + "\n")
		for _, f := range e.Body.Fields {
			b.WriteString(strings.Join(f.Text, "\n") + "\n")
		}
	}
	return b.String()
}

func (r *round) judgeCase(ctx context.Context, v *verdict, m *matter, c stored, mayRepeat bool) error {
	events, err := r.store.Events(ctx, c.id)
	if err != nil {
		return err
	}
	all := said(events)
	if n := owners(events); m.taken && n != 1 {
		note(&v.doubled, "case %s: two officers who tried at once took it %d times", m.ref, n)
	}
	letters := map[string][]string{"words filed": m.words}
	if !r.one.filings {
		letters["reply"], letters["closing"] = []string{m.reply}, []string{m.closing}
	}
	for name, words := range letters {
		for _, s := range words {
			switch n := strings.Count(all, s); {
			case n == 0 && !r.late(m.said[s], m.said[s]):
				note(&v.lost, "case %s: the %s are not on record", m.ref, name)
			case n > 1:
				note(&v.doubled, "case %s: the %s are on record %d times", m.ref, name, n)
			}
		}
	}
	if n := strings.Count(all, m.aside); m.aside != "" && n != 1 && !(r.one.odd && n == 0) { // something odd was taken for the answer
		note(&v.doubled, "case %s: what was said to one question stands in the case %d times", m.ref, n)
	}
	if n := len(events[0].Body.Files); n != m.album && !r.one.odd { // a voice is a file
		note(&v.lost, "case %s: %d files are on record, want %d", m.ref, n, m.album)
	}
	if c.mode != string(m.mode) {
		note(&v.wrong, "case %s is %s and was filed as %s", m.ref, c.mode, m.mode)
	}
	for _, msg := range m.phone.seen(0) {
		for _, ref := range references.FindAllString(msg.Text, -1) {
			if ref != m.ref {
				note(&v.wrong, "the phone of case %s was told of case %s", m.ref, ref)
			}
		}
		if got := crowd.Copied(msg); got != "" && m.receipt != "" && got != m.receipt {
			note(&v.wrong, "case %s: two receipts were shown", m.ref)
		}
	}
	if !m.mode.Nameless() {
		return r.letters(ctx, v, m, c, events, mayRepeat)
	}
	return nil
}

// A group of a receipt may end like the beginning of a reference.
var references = regexp.MustCompile(`\bHY-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}`)

// letters looks whether every letter that is on record as sent is on the phone, and how often.
func (r *round) letters(ctx context.Context, v *verdict, m *matter, c stored, events []cases.Event, mayRepeat bool) error {
	rows, err := r.db.Query(ctx, "SELECT seq, state FROM notices WHERE case_id = $1 AND recipient = 'reporter'", c.id)
	if err != nil {
		return fmt.Errorf("list notices: %w", err)
	}
	states := map[int]string{}
	var seq int
	var state string
	if _, err := pgx.ForEachRow(rows, []any{&seq, &state}, func() error { states[seq] = state; return nil }); err != nil {
		return fmt.Errorf("list notices: %w", err)
	}
	for _, e := range events {
		if e.Body == nil || states[e.Seq] == "" {
			continue
		}
		n := 0
		for _, msg := range m.phone.seen(0) {
			if !msg.Edited && strings.HasPrefix(msg.Text, m.ref) && strings.Contains(msg.Text, e.Body.Text) {
				n++
			}
		}
		switch {
		case n == 0 && states[e.Seq] == string(cases.Sent):
			note(&v.lost, "case %s: letter %d is on record as sent, and on no phone", m.ref, e.Seq)
		case n > 1 && !mayRepeat:
			note(&v.doubled, "case %s: letter %d came %d times", m.ref, e.Seq, n)
		}
	}
	return nil
}

// outcomes looks whether everybody who was to be told of an event has a notice, and every notice that is due an outcome.
func (r *round) outcomes(ctx context.Context, v *verdict, list []stored) error {
	for _, c := range list {
		full, err := r.store.CaseByID(ctx, c.id)
		if err != nil {
			return err
		}
		events, err := r.store.Events(ctx, c.id)
		if err != nil {
			return err
		}
		for _, e := range events {
			for _, n := range cases.Notices(full, e) {
				if n.To != cases.ToReporter || !full.Reachable() {
					continue
				}
				var have int
				err := r.db.QueryRow(ctx, "SELECT count(*) FROM notices WHERE case_id = $1 AND seq = $2 AND recipient = 'reporter'", c.id, e.Seq).Scan(&have)
				if err != nil {
					return fmt.Errorf("count notices: %w", err)
				}
				if have != 1 {
					note(&v.lost, "case %s: event %d has %d notices to its reporter, want one", c.ref, e.Seq, have)
				}
			}
		}
		var told, waiting int
		err = r.db.QueryRow(ctx, `SELECT count(*) FILTER (WHERE seq = 1 AND recipient = 'department'),
			count(*) FILTER (WHERE state = 'waiting' AND due_at <= clock_timestamp()) FROM notices WHERE case_id = $1`, c.id).Scan(&told, &waiting)
		if err != nil {
			return fmt.Errorf("count notices: %w", err)
		}
		if told == 0 {
			note(&v.lost, "case %s: no officer was told that it came in", c.ref)
		}
		if waiting > 0 {
			note(&v.wrong, "case %s: %d notices have no outcome", c.ref, waiting)
		}
	}
	return nil
}

// joins looks for anybody's Telegram id in every table and in Redis, and for keyed names of people who gave none.
func (r *round) joins(ctx context.Context, v *verdict) error {
	looked := marker + "|" + hex.EncodeToString([]byte(marker)) + "|" + idDigits + "|" + hex.EncodeToString([]byte(idDigits)) + "|" + fmt.Sprintf("%016x", phonesFrom)[:12]
	var names []string
	for _, m := range r.matters {
		if m.mode.Nameless() {
			name := r.keys.Name("reporter", strconv.FormatInt(r.telegram.BotID(), 10), strconv.FormatInt(m.phone.ID(), 10))
			names = append(names, hex.EncodeToString(name[:]))
		}
	}
	rows, err := r.db.Query(ctx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, table := range tables {
		var n int
		err := r.db.QueryRow(ctx, "SELECT count(*) FROM "+table+" AS t WHERE t::text ~ $1 OR t::text ~ $2", looked, strings.Join(append(names, "no such name"), "|")).Scan(&n)
		if err != nil {
			return fmt.Errorf("search %s: %w", table, err)
		}
		if n > 0 {
			note(&v.wrong, "%d rows of %s lead to somebody's Telegram id or name", n, table)
		}
	}
	keys, err := r.redis.Keys(ctx, "*").Result()
	if err != nil {
		return fmt.Errorf("list Redis keys: %w", err)
	}
	for _, k := range keys {
		value, err := r.redis.Dump(ctx, k).Result()
		if err == nil && (strings.Contains(k+value, idDigits) || strings.Contains(k+value, marker)) {
			note(&v.wrong, "a key in Redis leads to somebody's Telegram id or name")
		}
	}
	return nil
}

// leaks looks for secrets, ids and people's words in what the processes printed.
func (r *round) leaks(v *verdict) error {
	raw, err := os.ReadFile(r.logFile())
	if err != nil {
		return fmt.Errorf("read the bot's log: %w", err)
	}
	log := string(raw)
	needles := map[string]string{"the token": token, "the webhook's secret": r.secret, "a phone's id": idDigits, "somebody's name at Telegram": marker}
	for _, m := range r.matters {
		needles[fmt.Sprintf("words of matter %d", m.number)] = m.words[0]
		needles[fmt.Sprintf("the reply of matter %d", m.number)] = m.reply
		if m.receipt != "" {
			needles[fmt.Sprintf("the receipt of matter %d", m.number)] = m.receipt
		}
	}
	for what, s := range needles {
		if strings.Contains(log, s) {
			note(&v.wrong, "%s stands in a log", what)
		}
	}
	return nil
}
