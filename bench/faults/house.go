package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/bench/crowd"
	"huiyin/sim"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/postgres/local"
	redislocal "huiyin/store/redis/local"
	"huiyin/store/seal"
)

const (
	token    = "7000000011:AA-fault-run-token"
	database = "faults"
)

// house is the bot in as many processes as a fault wants, its real stores and a proxy before each of them.
type house struct {
	dir     string
	keep    bool // dir stays
	binary  string
	config  string // folder of the configuration
	environ []string
	extra   []string // of the next processes
	with    []string // the extra that runs
	secret  string

	telegram *sim.Server
	pg       *local.Server
	rd       *redislocal.Server
	nets     nets
	balancer *balancer

	replicas []*replica
	polling  bool

	// What checks look into, past the proxies. They are opened anew when a server was.
	keys   *seal.Keyset
	shares *blobs.Store
	store  *postgres.Store
	db     *pgxpool.Pool
	redis  *goredis.Client

	pgDir      string
	pgSettings map[string]string
	stops      []func() error
}

// replica is one process of the bot.
type replica struct {
	*crowd.Process
	addr    string
	started time.Time
}

// openHouse starts the stores and the proxies, migrates and makes a keyset; no process serves yet. binary "" is built.
func openHouse(ctx context.Context, binary string) (_ *house, err error) {
	h := &house{binary: binary, secret: strings.ToLower(rand.Text()), pgSettings: map[string]string{
		"synchronous_commit": "on", // a killed server must keep what it committed
	}}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.dir, err = os.MkdirTemp("", "huiyin-faults-"); err != nil {
		return nil, fmt.Errorf("make a folder for the run: %w", err)
	}
	h.stops = append(h.stops, func() error {
		if h.keep {
			return nil
		}
		return os.RemoveAll(h.dir)
	})
	h.pgDir = filepath.Join(h.dir, "postgres")
	if err := os.Chmod(h.dir, 0o711); err != nil { // Postgres may run as another user, who has to pass
		return nil, fmt.Errorf("make a folder for the run: %w", err)
	}
	if h.binary == "" {
		if h.binary, err = crowd.Build(ctx, h.dir); err != nil {
			return nil, err
		}
	}
	if err := h.unbounded(ctx); err != nil {
		return nil, err
	}
	h.telegram = sim.New(sim.Options{Token: token, LogCalls: -1, NoHTML: true, SwapWait: 300 * time.Millisecond})
	h.stops = append(h.stops, func() error { h.telegram.Close(); return nil })
	api, err := h.telegram.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if err := h.startStores(ctx); err != nil {
		return nil, err
	}
	if h.nets, err = openNets(map[string]string{
		"telegram": strings.TrimPrefix(api, "http://"), "postgres": hostOf(h.pg.URL("")), "redis": hostOf(h.rd.URL()),
	}); err != nil {
		return nil, err
	}
	h.stops = append(h.stops, func() error { h.nets.close(); return nil })
	if h.balancer, err = startBalancer(); err != nil {
		return nil, err
	}
	h.stops = append(h.stops, h.balancer.close)
	keyset := filepath.Join(h.dir, "keyset.json")
	h.environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "HUIYIN_CONFIG_DIR=" + h.config,
		"TELEGRAM_BOT_TOKEN=" + token, "TELEGRAM_API_URL=http://" + h.nets["telegram"].Listen,
		"DATABASE_URL=" + through(h.pg.URL(database), h.nets["postgres"].Listen), "REDIS_URL=redis://" + h.nets["redis"].Listen + "/0",
		"HUIYIN_KEYSET=" + keyset, "HUIYIN_BLOBS=" + filepath.Join(h.dir, "blobs"), "LOG_LEVEL=debug",
	}
	if _, err := crowd.Command(ctx, h.binary, h.environ, "keys", "new", keyset); err != nil {
		return nil, err
	}
	if _, err := crowd.Command(ctx, h.binary, h.environ, "migrate", "up"); err != nil {
		return nil, err
	}
	if h.keys, err = seal.Open(keyset); err != nil {
		return nil, fmt.Errorf("open the keyset: %w", err)
	}
	shares, err := blobs.Open(ctx, filepath.Join(h.dir, "blobs"))
	if err != nil {
		return nil, err
	}
	h.stops = append(h.stops, shares.Close)
	h.shares = shares
	return h, h.look(ctx)
}

var limits = regexp.MustCompile(`(?m)^limits: .*$`)

// unbounded writes the shipped configuration without the limit on an officer's open cases: the same few officers work
// through every fault of a run.
func (h *house) unbounded(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "huiyin/configs").Output()
	if err != nil {
		return fmt.Errorf("find the configuration: %w", err)
	}
	org, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "org.yaml"))
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	if len(limits.FindAll(org, -1)) != 1 {
		return errors.New("org.yaml has no line of limits")
	}
	h.config = filepath.Join(h.dir, "config")
	if err := os.Mkdir(h.config, 0o700); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return os.WriteFile(filepath.Join(h.config, "org.yaml"), limits.ReplaceAll(org, []byte("limits: {open_cases: 1000000}")), 0o600)
}

func (h *house) startStores(ctx context.Context) (err error) {
	if err = h.startPostgres(ctx); err != nil {
		return err
	}
	h.stops = append(h.stops, func() error { return h.stopPostgres(context.WithoutCancel(ctx)) })
	if err := h.pg.CreateDatabase(ctx, database); err != nil {
		return err
	}
	if h.rd, err = redislocal.StartServer(ctx); err != nil {
		return err
	}
	h.stops = append(h.stops, func() error { h.rd.Stop(); return nil })
	return nil
}

func (h *house) startPostgres(ctx context.Context) (err error) {
	h.pg, err = local.Start(ctx, local.Options{Dir: h.pgDir, Settings: h.pgSettings})
	return err
}

func (h *house) stopPostgres(ctx context.Context) error {
	end, cancel := context.WithTimeout(ctx, crowd.StopWithin)
	defer cancel()
	return h.pg.Stop(end)
}

// look opens what checks read by: the stores as they are, without a proxy.
func (h *house) look(ctx context.Context) (err error) {
	if h.db, err = pgxpool.New(ctx, h.pg.URL(database)); err != nil {
		return fmt.Errorf("look into Postgres: %w", err)
	}
	if h.store, err = postgres.Open(ctx, h.pg.URL(database), reader{h.keys, h.shares}, postgres.Options{}); err != nil {
		return err
	}
	h.redis = goredis.NewClient(&goredis.Options{Addr: hostOf(h.rd.URL()), ContextTimeoutEnabled: true})
	return nil
}

func (h *house) lookAway() {
	if h.db != nil {
		h.db.Close()
	}
	if h.store != nil {
		h.store.Close()
	}
	if h.redis != nil {
		_ = h.redis.Close() // nothing is written on closing
	}
}

// lookAgain looks into servers that were started anew.
func (h *house) lookAgain(ctx context.Context) error {
	h.lookAway()
	return h.look(ctx)
}

// hostOf is the host and port of a URL.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// through is a URL with another host.
func through(raw, host string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Host = host
	return u.String()
}

// arrange makes sure that so many healthy processes serve, in that way.
func (h *house) arrange(ctx context.Context, replicas int, polling bool) error {
	if len(h.replicas) == replicas && h.polling == polling && slices.Equal(h.extra, h.with) {
		return nil
	}
	if err := h.stopAll(); err != nil {
		return err
	}
	h.polling, h.with = polling, h.extra
	return h.startAll(ctx, replicas)
}

func (h *house) startAll(ctx context.Context, replicas int) error {
	// No process runs, so a job that is running was left by one that was killed. River finds that out after minutes, which
	// have passed here.
	if _, err := h.db.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'"); err != nil {
		return fmt.Errorf("let the jobs of killed processes go on: %w", err)
	}
	for range replicas {
		if err := h.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start adds a process and returns when it serves.
func (h *house) start(ctx context.Context) error {
	addr, err := crowd.FreeAddress(ctx)
	if err != nil {
		return err
	}
	env := append(append([]string{}, h.environ...), "LISTEN_ADDR="+addr, "WEBHOOK_SECRET="+h.secret)
	if !h.polling {
		env = append(env, "WEBHOOK_URL=http://"+h.balancer.addr+"/telegram")
	}
	env = append(env, h.extra...)
	started := time.Now()
	p, err := crowd.Serve(h.binary, env, h.logFile())
	if err != nil {
		return err
	}
	r := &replica{Process: p, addr: addr, started: started}
	h.replicas = append(h.replicas, r)
	h.balance()
	return p.Ready(ctx)
}

func (h *house) logFile() string { return filepath.Join(h.dir, "serve.log") }

func (h *house) balance() {
	var addrs []string
	for _, r := range h.replicas {
		addrs = append(addrs, r.addr)
	}
	h.balancer.to(addrs)
}

// kill ends the n-th process as an operator's kill -9 would, and takes it out of the balancer's list.
func (h *house) kill(ctx context.Context, n int) error {
	r := h.replicas[n]
	r.Kill()
	return h.buried(ctx, n, r)
}

// buried lets go of a process that has died. River takes its jobs for dead after minutes; they have passed here.
func (h *house) buried(ctx context.Context, n int, r *replica) error {
	h.replicas = append(h.replicas[:n:n], h.replicas[n+1:]...)
	h.balance()
	rows, err := h.db.Query(ctx, "SELECT id, attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running'")
	if err != nil {
		return fmt.Errorf("find the jobs of a dead process: %w", err)
	}
	defer rows.Close()
	var dead []int64
	for rows.Next() {
		var id int64
		var client string
		if err := rows.Scan(&id, &client); err != nil {
			return fmt.Errorf("find the jobs of a dead process: %w", err)
		}
		if at, ok := bornAt(client); ok && !at.Before(r.started.Truncate(time.Microsecond)) && !h.bornAfter(r, at) {
			dead = append(dead, id)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("find the jobs of a dead process: %w", err)
	}
	_, err = h.db.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running' AND id = ANY($1)", dead)
	if err != nil {
		return fmt.Errorf("let the jobs of a dead process go on: %w", err)
	}
	return nil
}

// bornAfter says whether a process that began later than r is the likelier owner of a client born at that time.
func (h *house) bornAfter(r *replica, at time.Time) bool {
	for _, o := range h.replicas {
		if o.started.After(r.started) && !at.Before(o.started) {
			return true
		}
	}
	return false
}

// bornAt reads the time in the name of a River client: host_2006_01_02T15_04_05_000000.
func bornAt(client string) (time.Time, bool) {
	const form = "2006_01_02T15_04_05"
	i := len(client) - len(form) - len("_000000")
	if i < 0 {
		return time.Time{}, false
	}
	at, err := time.Parse(form, client[i:i+len(form)])
	micro, err2 := strconv.Atoi(client[i+len(form)+1:])
	return at.Add(time.Duration(micro) * time.Microsecond), err == nil && err2 == nil
}

// repair brings the house back from a fault that did not end as it should: no process runs, and every proxy lets through.
func (h *house) repair() error {
	for _, r := range h.replicas {
		r.Kill()
	}
	h.replicas, h.extra = nil, nil
	h.balance()
	for name := range h.nets {
		h.nets[name].Toxics.ResetToxics(context.Background())
		h.nets.cut(name)
		if err := h.nets.mend(name); err != nil {
			return err
		}
	}
	return nil
}

// stopAll asks every process to stop; one that was stopped by a signal goes on first.
func (h *house) stopAll() error {
	var errs []error
	for _, r := range h.replicas {
		_, err := r.Stop()
		errs = append(errs, err)
	}
	h.replicas = nil
	h.balance()
	return errors.Join(errs...)
}

// close stops everything, in the reverse order of the start.
func (h *house) close() error {
	for _, r := range h.replicas {
		r.Kill() // it is not known what state a fault left it in
	}
	h.lookAway()
	var errs []error
	for i := len(h.stops) - 1; i >= 0; i-- {
		errs = append(errs, h.stops[i]())
	}
	h.stops = nil
	return errors.Join(errs...)
}
