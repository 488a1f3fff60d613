package postgres_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"huiyin/cases"
)

// medians of the times that a and b take, called in turns, so that whatever else the machine does strikes both alike.
func medians(pairs int, a, b func()) (x, y time.Duration) {
	took := func(f func()) time.Duration {
		began := time.Now()
		f()
		return time.Since(began)
	}
	var as, bs []time.Duration
	for i := range pairs {
		if i%2 == 0 {
			as, bs = append(as, took(a)), append(bs, took(b))
		} else {
			bs, as = append(bs, took(b)), append(as, took(a))
		}
	}
	slices.Sort(as)
	slices.Sort(bs)
	return as[pairs/2], bs[pairs/2]
}

// telling is from which ratio of the medians on the test takes two answers for different. What is left of a difference
// below it is lost in the way over the network.
const telling = 1.2

// apart gives how far apart a and b are in time, 1 being not at all, for up to three rounds, until one satisfies enough.
// A busy machine can spoil a round, but not three.
func apart(a, b func(), enough func(ratio float64) bool) (ratio float64) {
	for range 3 {
		x, y := medians(300, a, b)
		ratio = max(float64(x)/float64(y), float64(y)/float64(x))
		if enough(ratio) {
			break
		}
	}
	return ratio
}

// How long the look-up of a receipt takes does not depend on whether there is such a case. The same measure finds a
// look-up that asks the database once more when there is one.
func TestReceiptLookupTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var receipts [][]byte
	for n := range 20 {
		f := filing(cases.Anonymous, fmt.Sprint("draft-", n))
		b.file(f)
		receipts = append(receipts, f.Receipt)
	}
	n := 0
	hit := func() cases.Case {
		n++
		c, err := b.ByReceipt(b.ctx, receipts[n%len(receipts)])
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	wrong := make([]byte, len(receipts[0]))
	miss := func() {
		_, _ = rand.Read(wrong) // never fails
		if _, err := b.ByReceipt(b.ctx, wrong); cases.CodeOf(err) != cases.NotFound {
			t.Fatal(err)
		}
	}
	for range 50 { // statements are prepared, pages are in memory
		hit()
		miss()
	}
	alike := func(ratio float64) bool { return ratio < telling }
	differ := func(ratio float64) bool { return ratio >= telling }
	same := apart(func() { hit() }, miss, alike)
	if !alike(same) {
		t.Errorf("one answer takes %.2f times as long as the other", same)
	}
	planted := apart(func() {
		if _, err := b.CaseByID(b.ctx, hit().ID); err != nil {
			t.Fatal(err)
		}
	}, miss, differ)
	if !differ(planted) {
		t.Errorf("a look-up that asks twice goes unnoticed: %.2f", planted)
	}
	t.Logf("found or not: %.2f; with a planted difference: %.2f", same, planted)
}
