package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/bench/loop"
)

// bareScript has one question, which the floor asks whatever is said.
func bareScript(s loop.Script) loop.Script {
	one := s.Steps[3] // in words, answered in words
	return loop.Script{Begin: s.Begin, Steps: []loop.Step{one}, Sent: one.Text}
}

// bare is the least that a bot can do: a webhook that makes one call for each update, on net/http, and stores nothing.
func bare() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	script, err := loop.Intake()
	if err != nil {
		return err
	}
	question := bareScript(script).Steps[0]
	var rows [][]map[string]string
	for _, row := range question.Rows {
		var out []map[string]string
		for _, label := range row {
			out = append(out, map[string]string{"text": label, "callback_data": label})
		}
		rows = append(rows, out)
	}
	api := os.Getenv("API_URL") + "/bot" + os.Getenv("TOKEN") + "/"
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256}}
	call := func(method string, params any) error {
		body, err := json.Marshal(params)
		if err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		resp, err := client.Post(api+method, "application/json", bytes.NewReader(body))
		if err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
		return resp.Body.Close()
	}
	listen := os.Getenv("LISTEN")
	server := &http.Server{Addr: listen, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var u struct {
			Message struct {
				Chat struct {
					ID int64 `json:"id"`
				} `json:"chat"`
			} `json:"message"`
		}
		if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if err := call("sendMessage", map[string]any{
			"chat_id": u.Message.Chat.ID, "text": question.Text, "parse_mode": "HTML", "reply_markup": map[string]any{"inline_keyboard": rows},
		}); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})}
	if err := call("setWebhook", map[string]string{"url": "http://" + listen + "/", "secret_token": os.Getenv("SECRET")}); err != nil {
		return err
	}
	go func() {
		<-ctx.Done()
		_ = server.Close() // the bench is over
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

const (
	floorSpan    = 3 * time.Second
	floorWorkers = 32
)

// floors measures the stores alone: a GET and a SET of a session's size, and commits of one row.
func (r *results) floors(ctx context.Context, stores *loop.Stores, database string) error {
	o, err := goredis.ParseURL(stores.Redis())
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	c := goredis.NewClient(o)
	defer func() { _ = c.Close() }() // all was done
	value := strings.Repeat("x", 1500)
	n, err := asOftenAsPossible(ctx, func(ctx context.Context, worker int) error {
		key := fmt.Sprintf("floor:%d", worker)
		if err := c.Set(ctx, key, value, time.Minute).Err(); err != nil {
			return err
		}
		return c.Get(ctx, key).Err()
	})
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	r.redis = append(r.redis, n)
	url, err := stores.Database(ctx, database)
	if err != nil {
		return err
	}
	if err := makeTable(ctx, url); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	defer pool.Close()
	n, err = asOftenAsPossible(ctx, func(ctx context.Context, worker int) error {
		_, err := pool.Exec(ctx, `INSERT INTO filings (chat, answers) VALUES ($1, '{}')`, worker)
		return err
	})
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	r.commits = append(r.commits, n)
	return nil
}

// asOftenAsPossible gives how often a second f runs, in floorWorkers goroutines.
func asOftenAsPossible(ctx context.Context, f func(context.Context, int) error) (float64, error) {
	var n atomic.Int64
	var wrong atomic.Pointer[error]
	var all sync.WaitGroup
	began := time.Now()
	for worker := range floorWorkers {
		all.Go(func() {
			for time.Since(began) < floorSpan {
				if err := f(ctx, worker); err != nil {
					wrong.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	if err := wrong.Load(); err != nil {
		return 0, *err
	}
	return float64(n.Load()) / time.Since(began).Seconds(), nil
}
