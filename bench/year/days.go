package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/cases"
)

// A person files about every second year.
const filingsPerYear = 0.4

// day lets one day pass: what dates ask for at night, filings through the day, the office's hours, the evening of
// reporters.
func (y *year) day(ctx context.Context, day time.Time) error {
	y.at(day, 5)
	if err := y.tick(ctx); err != nil {
		return err
	}
	y.at(day, 8*60)
	if err := y.enqueue(ctx); err != nil {
		return err
	}
	y.at(day, 9*60+5)
	if err := y.tick(ctx); err != nil {
		return err
	}
	if err := y.filings(ctx, day); err != nil {
		return err
	}
	y.at(day, 10*60)
	if y.config.Calendars["cn"].Works(cases.DateOf(day, time.UTC)) {
		if err := y.work(ctx, day); err != nil {
			return err
		}
	}
	y.at(day, 19*60)
	if err := y.evening(ctx, day); err != nil {
		return err
	}
	if day.Weekday() == time.Sunday {
		return y.count(ctx, day)
	}
	return nil
}

func (y *year) tick(ctx context.Context) error {
	n, err := y.store.Tick(ctx)
	y.ticks.Add(int64(n))
	return err
}

// ids gives the case ids that a query finds.
func (y *year) ids(ctx context.Context, sql string, args ...any) (out []string, err error) {
	rows, err := y.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// enqueue does what the slots of anonymous cases ask for.
func (y *year) enqueue(ctx context.Context) error {
	ids, err := y.ids(ctx, "SELECT id::text FROM cases WHERE unqueued AND queued_at <= $1 ORDER BY id", y.time())
	for _, id := range ids {
		if err == nil {
			err = y.store.Enqueue(ctx, id)
		}
	}
	return err
}

func (y *year) filings(ctx context.Context, day time.Time) error {
	dice := y.chance(day, "filings")
	n := poisson(dice, float64(y.people)*filingsPerYear/365)
	var group errgroup.Group
	group.SetLimit(4)
	for i := range n {
		kind := y.config.Org.Kinds[dice.IntN(len(y.config.Org.Kinds))]
		mode := cases.Modes()[dice.IntN(4)]
		urgent := dice.IntN(50) == 0
		group.Go(func() error {
			draft := fmt.Sprintf("%s-%d", day.Format("20060102"), i)
			f := cases.Filing{
				Case: cases.Case{
					Draft: draft, Mode: mode, Kind: kind.ID, Department: kind.Department, Language: "zh-Hans",
					Procedure: kind.Procedure, Restricted: kind.Restricted, Urgent: urgent, Prompt: urgent && mode.Nameless(),
				},
				Body: cases.Body{Fields: []cases.Field{{Step: "what", Title: "complaint.what.title", Text: []string{"加班费三个月没有发。"}}}},
			}
			if mode.Reachable() {
				f.Address = []byte("address of " + draft)
			}
			if mode.Nameless() {
				f.Receipt = []byte("receipt of " + draft)
			} else {
				f.Reporter, f.Identity = []byte("reporter of "+draft), &cases.Identity{}
			}
			_, _, err := y.store.File(ctx, f)
			y.filed.Add(1)
			return err
		})
	}
	return group.Wait()
}

// poisson draws how often something happens that happens mean times as a rule.
func poisson(dice *rand.Rand, mean float64) (n int) {
	for p := dice.Float64(); p > math.Exp(-mean); p *= dice.Float64() {
		n++
	}
	return n
}

// act does something to a case. What the case does not allow any more is no fault of a run: somebody came before.
func (y *year) act(ctx context.Context, id string, a cases.Act) error {
	if a.Body == nil {
		a.Body = &cases.Body{Text: "已经核实，情况如下。"}
	}
	a.Key = fmt.Sprintf("year:%d:%s:%d:%s", y.now.Load(), a.Action, a.By.Officer, id)
	_, _, _, err := y.store.ActByID(ctx, id, a)
	switch cases.CodeOf(err) {
	case cases.NotNow, cases.AlreadyTaken, cases.NotAllowed, cases.NotFound:
		return nil
	}
	y.acts.Add(1)
	return err
}

// work is the office's day: every worker who is there takes cases and moves those they own.
func (y *year) work(ctx context.Context, day time.Time) error {
	var group errgroup.Group
	group.SetLimit(4)
	for _, department := range departments {
		for _, w := range y.office[department] {
			if !w.away(day) {
				group.Go(func() error { return y.shift(ctx, day, w) })
			}
		}
	}
	return group.Wait()
}

func (y *year) shift(ctx context.Context, day time.Time, w *worker) error {
	dice := y.chance(day, w.Name)
	own, err := y.ids(ctx, `SELECT id::text FROM cases WHERE owner = $1 AND ended_at IS NULL AND status <> 'proposed'
		ORDER BY urgent DESC, next_due NULLS LAST, id LIMIT $2`, int64(w.ID), 3*w.pace)
	if err != nil {
		return err
	}
	done := 0
	for _, id := range own {
		if done >= w.pace || dice.Float64() < w.forgets {
			continue
		}
		c, err := y.store.CaseByID(ctx, id)
		if err != nil {
			return err
		}
		a, ok := w.next(c, dice, y.office[w.Department])
		if !ok {
			continue
		}
		if err := y.act(ctx, id, a); err != nil {
			return fmt.Errorf("%s: %w", a.Action, err)
		}
		done++
	}
	for ; done < w.pace && len(own) < 40; done++ {
		if _, ok, err := y.store.Next(ctx, w.Actor(), fmt.Sprintf("next:%d:%d:%d", w.ID, y.now.Load(), done)); err != nil || !ok {
			return err
		}
	}
	return y.decide(ctx, w, dice)
}

// decide is what leads do beside their own cases: extensions, panels.
func (y *year) decide(ctx context.Context, w *worker, dice *rand.Rand) error {
	if w.Role != cases.RoleLead {
		return nil
	}
	asked, err := y.ids(ctx, "SELECT id::text FROM cases WHERE department = $1 AND work->'extension' ? 'clock' AND ended_at IS NULL", w.Department)
	if err != nil {
		return err
	}
	for _, id := range asked {
		a := cases.GrantExtension
		if dice.IntN(4) == 0 {
			a = cases.RefuseExtension
		}
		if err := y.act(ctx, id, cases.Act{Action: a, By: w.Actor()}); err != nil {
			return err
		}
	}
	return nil
}

// next is what an owner does with a case on a day; ok is false for nothing.
func (w *worker) next(c cases.Case, dice *rand.Rand, colleagues []*worker) (a cases.Act, ok bool) {
	a.By = w.Actor()
	pick := dice.Float64()
	choose := func(action cases.Action, code string) (cases.Act, bool) {
		a.Action, a.Code = action, code
		return a, true
	}
	finding := cases.Outcomes()[dice.IntN(len(cases.Outcomes()))]
	look := func(action cases.Action) (cases.Act, bool) {
		if a.Code = cases.Looks()[dice.IntN(2)]; a.Code == "changed" {
			a.Finding = finding
		}
		return choose(action, a.Code)
	}
	switch c.Status {
	case cases.StatusReceived:
		switch {
		case pick < 0.04:
			return choose(cases.Redirect, cases.Ways()[dice.IntN(len(cases.Ways()))])
		case pick < 0.10:
			return choose(cases.Decline, "other")
		}
		return choose(cases.Accept, "")
	case cases.StatusAccepted:
		return choose(cases.Investigate, "")
	case cases.StatusInvestigating:
		switch {
		case pick < 0.10:
			return choose(cases.Ask, "")
		case pick < 0.16:
			a.Officers = []cases.OfficerID{colleagues[0].ID, colleagues[1].ID, colleagues[2].ID}
			return choose(cases.Convene, "")
		case pick < 0.20:
			return choose(cases.Reply, "")
		case pick < 0.24:
			if next, owed := c.Next(); owed {
				return choose(cases.AskExtension, next.Name)
			}
		case pick < 0.50:
			return choose(cases.Propose, finding)
		}
		return a, false // it takes its time
	case cases.StatusPanel:
		return choose(cases.Conclude, finding)
	case cases.StatusSecondLook:
		if pick < 0.2 {
			return look(cases.AnswerSecondLook)
		}
	case cases.StatusFinalReview:
		if pick < 0.2 {
			return look(cases.AnswerFinalReview)
		}
	case cases.StatusWaiting:
		if pick < 0.05 {
			return choose(cases.Investigate, "")
		}
	}
	return a, false
}

// evening is when reporters and panel members look at their phones.
func (y *year) evening(ctx context.Context, day time.Time) error {
	rows, err := y.ids(ctx, `SELECT id::text FROM cases WHERE status IN ('waiting', 'proposed', 'panel', 'closed')
		AND (ended_at IS NULL OR ended_at > $1) ORDER BY id`, y.time().AddDate(0, 0, -25))
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(4)
	for _, id := range rows {
		dice := y.chance(day, id)
		if dice.Float64() > 0.25 {
			continue
		}
		group.Go(func() error { return y.respond(ctx, id, dice) })
	}
	return group.Wait()
}

func (y *year) respond(ctx context.Context, id string, dice *rand.Rand) error {
	c, err := y.store.CaseByID(ctx, id)
	if err != nil {
		return err
	}
	a := cases.Act{By: cases.Actor{Party: cases.Reporter}}
	switch pick := dice.Float64(); c.Status {
	case cases.StatusWaiting:
		a.Action = cases.Answer
		if pick < 0.03 {
			a.Action = cases.Withdraw
		}
	case cases.StatusProposed:
		a.Action = cases.Satisfy
		if pick < 0.12 {
			a.Action = cases.AskSecondLook
		}
	case cases.StatusClosed:
		switch {
		case c.Rating == "" && pick < 0.3:
			a.Action, a.Code = cases.Rate, cases.Ratings()[dice.IntN(3)]
		case c.Looks == 0 && pick > 0.30 && pick < 0.31:
			a.Action = cases.AskSecondLook
		case c.Looks == 1 && pick > 0.31 && pick < 0.33:
			a.Action = cases.AskFinalReview
		case !c.CheckIns && pick > 0.33 && pick < 0.37:
			a.Action, a.Code = cases.SetCheckIn, "on"
		default:
			return nil
		}
	case cases.StatusPanel:
		for _, w := range y.office[c.Department] {
			a := cases.Act{Action: cases.Opine, By: w.Actor(), Code: cases.Votes()[dice.IntN(4)]}
			if err := y.act(ctx, id, a); err != nil {
				return err
			}
		}
		return nil
	}
	return y.act(ctx, id, a)
}

// week is how things stood at the end of one.
type week struct {
	ends                                 time.Time
	open, filed, answered, missed, queue int
}

func (y *year) count(ctx context.Context, day time.Time) error {
	w := week{ends: day}
	from := y.time().AddDate(0, 0, -7)
	err := y.db.QueryRow(ctx, `SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FILTER (WHERE ended_at IS NULL AND owner IS NULL
		AND status <> 'proposed') FROM cases`).Scan(&w.open, &w.queue)
	if err != nil {
		return err
	}
	kinds := "'" + strings.Join([]string{"proposed", "not_accepted", "redirected", "settled", "second_look_answered", "final_review_answered"}, "', '") + "'"
	err = y.db.QueryRow(ctx, `SELECT count(*) FILTER (WHERE kind = 'filed'), count(*) FILTER (WHERE kind IN (`+kinds+`)),
		count(*) FILTER (WHERE kind = 'missed') FROM events WHERE at > $1 AND at <= $2`, from, y.time()).Scan(&w.filed, &w.answered, &w.missed)
	y.weekly = append(y.weekly, w)
	return err
}
