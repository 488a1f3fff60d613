package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	shipped string // folder of the one it was made from
	environ []string
	extra   []string // of the next processes
	with    []string // the extra that runs
	secret  string
	builds  *builds
	clocks  []*clock // of the processes in turn; none: the machine's

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
	h.pgDir, h.builds = filepath.Join(h.dir, "postgres"), &builds{dir: h.dir, made: map[string]string{}}
	if err := os.Chmod(h.dir, 0o711); err != nil { // Postgres may run as another user, who has to pass
		return nil, fmt.Errorf("make a folder for the run: %w", err)
	}
	if h.binary == "" {
		if h.binary, err = crowd.Build(ctx, h.dir); err != nil {
			return nil, err
		}
	}
	if err := h.configure(ctx); err != nil {
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

// kinds are what people file about, each worked by a department of its own, so that no officer's chat gets the notices of
// everybody. The first two ask after danger, and so the office learns of them at once in every mode.
var kinds = []string{"safety", "facilities", "pay", "contract", "benefits", "other"}

// urgent is how many of the kinds ask after danger.
const urgent = 2

var (
	limits     = regexp.MustCompile(`(?m)^limits: .*$`)
	worked     = regexp.MustCompile(`(\{id: (` + strings.Join(kinds, "|") + `), department: )\w+`)
	facilities = regexp.MustCompile(`(?s)(- id: matter_facilities.*?goto: )what`)
)

// configure writes the shipped configuration with a department for each kind, and without the limit on an officer's open
// cases: the same officers work through every fault of a run.
func (h *house) configure(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "huiyin/configs").Output()
	if err != nil {
		return fmt.Errorf("find the configuration: %w", err)
	}
	h.shipped, h.config = strings.TrimSpace(string(out)), filepath.Join(h.dir, "config")
	departments := "departments:\n"
	for _, kind := range kinds {
		departments += fmt.Sprintf("  - {id: works_%s, name: {zh-Hans: 办理 %[1]s, en: Works %[1]s}}\n", kind)
	}
	return errors.Join(
		h.change("org.yaml", limits, "limits: {open_cases: 1000000}"),
		h.change("org.yaml", regexp.MustCompile(`(?m)^departments:\n`), departments),
		h.change("org.yaml", worked, "${1}works_$2"),
		h.change(filepath.Join("flows", "complaint.yaml"), facilities, "${1}danger"),
	)
}

// change writes a file of the configuration with other text in the place of what the expression finds. What it does not
// find is an error.
func (h *house) change(name string, find *regexp.Regexp, text string) error {
	mine := filepath.Join(h.config, name)
	raw, err := os.ReadFile(mine)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = os.ReadFile(filepath.Join(h.shipped, name))
	}
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	changed := find.ReplaceAll(raw, []byte(text))
	if bytes.Equal(raw, changed) {
		return fmt.Errorf("%s has nothing like %s", name, find)
	}
	if err := os.MkdirAll(filepath.Dir(mine), 0o700); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if err := os.WriteFile(mine, changed, 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
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
	c, err := pgxpool.ParseConfig(h.pg.URL(database))
	if err != nil {
		return fmt.Errorf("look into Postgres: %w", err)
	}
	c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "off" // while it is on for the bot
	if h.db, err = pgxpool.NewWithConfig(ctx, c); err != nil {
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
