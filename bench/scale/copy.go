package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// inOrder calls do for every number below n, on all processors.
func inOrder(n int, do func(i int) error) error {
	var g errgroup.Group
	const step = 1000
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += step {
		g.Go(func() error {
			for i := from; i < min(from+step, n); i++ {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// batch is some rows in the making.
type batch struct {
	rows [][]any
	err  error
}

// copyInto copies the rows that make gives for every number below n, in their order; they are made on all processors.
func copyInto(ctx context.Context, conn *pgx.Conn, table string, columns []string, n int, of func(i int) ([][]any, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	const step = 500
	coming := make(chan chan batch, 2*runtime.GOMAXPROCS(0))
	go func() {
		defer close(coming)
		for from := 0; from < n; from += step {
			done := make(chan batch, 1)
			select {
			case coming <- done:
			case <-ctx.Done():
				return
			}
			go func() {
				var b batch
				for i := from; i < min(from+step, n) && b.err == nil; i++ {
					var rows [][]any
					rows, b.err = of(i)
					b.rows = append(b.rows, rows...)
				}
				done <- b
			}()
		}
	}()
	var now batch
	_, err := conn.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		for len(now.rows) == 0 {
			done, ok := <-coming
			if !ok {
				return nil, nil
			}
			if now = <-done; now.err != nil {
				return nil, now.err
			}
		}
		row := now.rows[0]
		now.rows = now.rows[1:]
		return row, nil
	}))
	if err != nil {
		return fmt.Errorf("fill %s: %w", table, err)
	}
	return nil
}
