package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river/rivertype"

	"huiyin/cases"
	"huiyin/failpoint"
)

// record stores an outcome even while the process stops, and tries hard: a message whose sending is
// not on record is sent again.
func (w *noticeWorker) record(ctx context.Context, id int64, state cases.Delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	for wait := firstWait; ; wait *= 2 {
		_, err := w.s.q.SettleNotice(ctx, w.s.pool, string(state), id)
		failpoint.At(failpoint.NoticeRecorded)
		if err == nil {
			w.s.opts.Metrics.settled(state)
			return nil
		}
		if err = safe("record a delivery", err); cases.CodeOf(err) != cases.Away {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// retryPolicy doubles the wait up to maxRetry, spread a little so that those who failed together do
// not come back together.
type retryPolicy struct{}

func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	wait := min(time.Second<<min(len(job.Errors), 10), maxRetry)
	return time.Now().Add(wait + rand.N(wait/4))
}
