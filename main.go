// Huiyin (回音) takes an employee's grievance from a phone to an answer. This is its command line: it wires the
// rooms together and decides nothing.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // the organisation's zone must be known in a container without zone files

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Demo        demoCommand        `cmd:"" help:"Try everything on this machine: a page with phones, no account and no server needed."`
	Serve       serveCommand       `cmd:"" help:"Run the bot; settings come from the environment (docs/deploy.md)."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database up to date, or show where it stands."`
	Doctor      doctorCommand      `cmd:"" help:"Check every dependency: ok, or what to do."`
	Flows       flowsCommand       `cmd:"" help:"Check or draw the conversation flows."`
	Officers    officersCommand    `cmd:"" help:"Invite officers, list them, change what they are, end their access."`
	Keys        keysCommand        `cmd:"" help:"Make, split, wrap, upgrade or rotate a keyset."`
	Audit       auditCommand       `cmd:"" help:"Verify the tamper-evident record, or prove that a case existed."`
	Search      searchCommand      `cmd:"" help:"Make cases searchable by their words."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running bot on this machine whether it is well; for containers."`
}

// surroundings is what the outside gives to a command, so that tests can give something else.
type surroundings struct {
	ctx     context.Context
	environ []string
	stdin   io.Reader // nil is empty
	stdout  io.Writer
	stderr  io.Writer
}

func (s *surroundings) input() io.Reader {
	if s.stdin == nil {
		return strings.NewReader("")
	}
	return s.stdin
}

func (s *surroundings) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.stdout, format+"\n", args...) // a closed terminal has no use for an error
}

func (s *surroundings) log(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(s.stderr, &slog.HandlerOptions{Level: level}))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(&surroundings{ctx: ctx, environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries out one command line and gives the exit code: 0 done, 1 failed, 2 not understood.
func run(s *surroundings, args []string) (code int) {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("huiyin"),
		kong.Description("Huiyin 回音: every matter lands somewhere, every voice gets an echo."),
		kong.Writers(s.stdout, s.stderr), kong.Exit(func(n int) { exited = n }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		_, _ = fmt.Fprintln(s.stderr, err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help
	}
	if err != nil {
		_, _ = fmt.Fprintln(s.stderr, "huiyin:", err)
		return 2
	}
	if err := command.Run(s); err != nil {
		if !errors.Is(err, errSaid) {
			_, _ = fmt.Fprintln(s.stderr, "huiyin:", err)
		}
		return 1
	}
	return 0
}

// errSaid ends a command that has told its failure already.
var errSaid = errors.New("failed")

type serveCommand struct {
	Role string `help:"Part of the house that this process plays: intake, desk, postman, or all." placeholder:"all"`
}

// Run serves until the process is asked to stop.
func (c serveCommand) Run(s *surroundings) error {
	settings, err := readSettings(s.environ)
	if err != nil {
		return err
	}
	if c.Role != "" {
		settings.Role = c.Role
	}
	if err := settings.check(); err != nil {
		return err
	}
	level, err := settings.level()
	if err != nil {
		return err
	}
	return serve(s.ctx, settings, s.log(level), func(addr string) {
		debug.FreeOSMemory() // starting takes twice what serving does, and the system would wait long for it
		s.say("huiyin is serving on %s", addr)
	})
}

type healthcheckCommand struct{}

// Run asks /readyz on LISTEN_ADDR.
func (healthcheckCommand) Run(s *surroundings) error {
	settings, err := readSettings(s.environ)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+loopback(settings.ListenAddr)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	said, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	_ = response.Body.Close() // read
	if response.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("healthcheck: %s %s", response.Status, bytes.TrimSpace(said)), err)
	}
	return nil
}
