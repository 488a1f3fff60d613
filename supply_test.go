package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// What the program is built from and run in: nothing unsafe, everything pinned, no more rights than needed. Each
// function lists what is wrong with the content of one file; the tests below give it the real files, and planted ones.

// unsafeGo lists ways around the compiler in a Go file.
func unsafeGo(src []byte) (wrong []string) {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ImportsOnly)
	if err != nil {
		return []string{err.Error()}
	}
	for _, i := range f.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err != nil || path == "unsafe" || path == "C" {
			wrong = append(wrong, "imports "+i.Path.Value)
		}
	}
	for line := range bytes.Lines(src) {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("//go:"+"linkname")) {
			wrong = append(wrong, "reaches into another package by its link name")
		}
	}
	return wrong
}

var (
	replaced  = regexp.MustCompile(`(?m)^\s*replace\b|=>`)
	toolchain = regexp.MustCompile(`(?m)^toolchain go(\d+\.\d+\.\d+)$`)
	required  = regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+/?\S*) (\S+)`)
	exact     = regexp.MustCompile(`^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+incompatible)?$`)
)

// looseModule lists what of a go.mod is not pinned.
func looseModule(mod string) (wrong []string) {
	if replaced.MatchString(mod) {
		wrong = append(wrong, "replaces a module: what is built is not what is named")
	}
	if !toolchain.MatchString(mod) {
		wrong = append(wrong, "names no exact toolchain")
	}
	for _, m := range required.FindAllStringSubmatch(mod, -1) {
		if !exact.MatchString(m[2]) {
			wrong = append(wrong, m[1]+" is not pinned: "+m[2])
		}
	}
	return wrong
}

var (
	fetched = regexp.MustCompile(`\bgo (?:run|install|get)\b[^\n#]*?\s(\S+)@(\S+)`)
	hashed  = regexp.MustCompile(`^[0-9a-f]{40}$`)
	uses    = regexp.MustCompile(`(?m)^\s*-?\s*uses:\s*(\S+)[ \t]*(#[ \t]*v\d\S*)?`)
	runsOn  = regexp.MustCompile(`(?m)^\s*runs-on:\s*(\S+)`)
)

// looseTools lists tools that a Makefile, script or workflow fetches in whatever version is newest.
func looseTools(src string) (wrong []string) {
	for _, m := range fetched.FindAllStringSubmatch(src, -1) {
		if !exact.MatchString(m[2]) {
			wrong = append(wrong, m[1]+"@"+m[2])
		}
	}
	return wrong
}

// looseWorkflow lists what of a workflow may change without a change here.
func looseWorkflow(src string) (wrong []string) {
	for _, m := range uses.FindAllStringSubmatch(src, -1) {
		if _, ref, ok := strings.Cut(m[1], "@"); !ok || !hashed.MatchString(ref) || m[2] == "" {
			wrong = append(wrong, m[1]+" is not pinned by its commit, with the version beside it")
		}
	}
	for _, m := range runsOn.FindAllStringSubmatch(src, -1) {
		if strings.HasSuffix(m[1], "latest") {
			wrong = append(wrong, "runs on "+m[1])
		}
	}
	if !strings.Contains(src, "\npermissions:\n  contents: read\n") {
		wrong = append(wrong, "may do more than read")
	}
	return append(wrong, looseTools(src)...)
}

// looseImage says whether an image's name leaves its version open.
func looseImage(name string) bool {
	name, digest, _ := strings.Cut(name, "@")
	_, tag, ok := strings.Cut(name[strings.LastIndex(name, "/")+1:], ":")
	return digest == "" && (!ok || tag == "" || tag == "latest")
}

var unprivileged = regexp.MustCompile(`^[1-9]\d*(?::[1-9]\d*)?$`)

// looseDockerfile lists base images without a version, and an image that runs as root.
func looseDockerfile(src, goVersion string) (wrong []string) {
	last := ""
	var stages []string
	for line := range strings.Lines(src) {
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case words[0] == "FROM":
			last = ""
			if words[1] != "scratch" && !slices.Contains(stages, words[1]) && looseImage(words[1]) {
				wrong = append(wrong, words[1]+" has no tag")
			}
			if strings.HasPrefix(words[1], "golang:") && !strings.HasPrefix(words[1], "golang:"+goVersion+"-") {
				wrong = append(wrong, words[1]+" is not Go "+goVersion)
			}
			if len(words) == 4 {
				stages = append(stages, words[3])
			}
		case words[0] == "USER":
			last = words[1]
		case words[0] == "ADD":
			wrong = append(wrong, "ADD may fetch from anywhere: use COPY")
		}
	}
	if !unprivileged.MatchString(last) {
		wrong = append(wrong, fmt.Sprintf("runs as %q", last))
	}
	return wrong
}

// looseCompose lists services without a tag and, for our own image, rights it does not need. It also gives how many
// services run our image.
func looseCompose(src []byte) (wrong []string, ours int) {
	var file struct {
		Services map[string]struct {
			Image       string   `yaml:"image"`
			Build       any      `yaml:"build"`
			User        string   `yaml:"user"`
			ReadOnly    bool     `yaml:"read_only"`
			Privileged  bool     `yaml:"privileged"`
			CapAdd      []string `yaml:"cap_add"`
			CapDrop     []string `yaml:"cap_drop"`
			SecurityOpt []string `yaml:"security_opt"`
			NetworkMode string   `yaml:"network_mode"`
			Pid         string   `yaml:"pid"`
			Volumes     []string `yaml:"volumes"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal(src, &file); err != nil {
		return []string{err.Error()}, 0
	}
	for name, s := range file.Services {
		say := func(format string, args ...any) { wrong = append(wrong, name+": "+fmt.Sprintf(format, args...)) }
		if looseImage(s.Image) {
			say("image %q has no tag", s.Image)
		}
		if s.Privileged || len(s.CapAdd) > 0 || s.NetworkMode != "" || s.Pid != "" {
			say("has rights on the machine")
		}
		for _, v := range s.Volumes {
			if strings.Contains(v, "docker.sock") {
				say("may command Docker")
			}
		}
		if s.Build == nil && !strings.HasPrefix(s.Image, "huiyin") {
			continue
		}
		ours++
		if !s.ReadOnly {
			say("may write to its file system")
		}
		if !slices.Contains(s.CapDrop, "ALL") {
			say("keeps capabilities")
		}
		if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			say("may gain privileges")
		}
		if !unprivileged.MatchString(s.User) {
			say("runs as %q", s.User)
		}
	}
	return wrong, ours
}

func TestSupply(t *testing.T) {
	t.Parallel()
	read := func(file string) string {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	report := func(file string, wrong []string) {
		for _, w := range wrong {
			t.Errorf("%s: %s", file, w)
		}
	}
	sources := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		sources++
		report(path, unsafeGo([]byte(read(path))))
		return nil
	})
	if err != nil || sources < 200 {
		t.Fatalf("%d Go files, %v", sources, err)
	}
	mod := read("go.mod")
	report("go.mod", looseModule(mod))
	if n := len(required.FindAllString(mod, -1)); n < 30 {
		t.Errorf("go.mod: only %d modules are seen", n)
	}
	scripts, err := filepath.Glob(".ci/*")
	if err != nil || len(scripts) < 4 {
		t.Fatal(scripts, err)
	}
	for _, file := range append(scripts, "Makefile") {
		report(file, looseTools(read(file)))
	}
	if !fetched.MatchString(read("Makefile")) {
		t.Error("Makefile: govulncheck is not seen")
	}
	workflows, err := filepath.Glob(".github/workflows/*")
	if err != nil || len(workflows) < 2 {
		t.Fatal(workflows, err)
	}
	for _, file := range workflows {
		report(file, looseWorkflow(read(file)))
	}
	version := toolchain.FindStringSubmatch(mod)
	if version == nil {
		return // reported above
	}
	report("Dockerfile", looseDockerfile(read("Dockerfile"), version[1]))
	wrong, ours := looseCompose([]byte(read("compose.yaml")))
	report("compose.yaml", wrong)
	if ours < 2 {
		t.Errorf("compose.yaml: %d services run our image", ours)
	}
}

// Everything that TestSupply looks for is found where it is planted.
func TestSupplySees(t *testing.T) {
	t.Parallel()
	const pinned = "11bd71901bbe5b1630ceea73d27597364c9af683"
	compose := func(change, to string) func() []string {
		return func() []string {
			raw, err := os.ReadFile("compose.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(raw, []byte(change)) {
				t.Fatalf("compose.yaml does not hold %q", change)
			}
			wrong, _ := looseCompose(bytes.ReplaceAll(raw, []byte(change), []byte(to)))
			return wrong
		}
	}
	docker := func(src string) func() []string {
		return func() []string { return looseDockerfile(src, "1.26.8") }
	}
	const fine = "FROM scratch\nUSER 65532:65532\n"
	for name, find := range map[string]func() []string{
		"unsafe":             func() []string { return unsafeGo([]byte("package p\nimport \"unsafe\"\n")) },
		"unsafe by a name":   func() []string { return unsafeGo([]byte("package p\nimport (\n\tx \"unsafe\"\n)\n")) },
		"cgo":                func() []string { return unsafeGo([]byte("package p\nimport \"C\"\n")) },
		"a link name":        func() []string { return unsafeGo([]byte("package p\n//go:" + "linkname a b\nfunc a()\n")) },
		"a replaced module":  func() []string { return looseModule("toolchain go1.26.8\nreplace a.b/c => ../c\n") },
		"replaced in a list": func() []string { return looseModule("toolchain go1.26.8\nreplace (\n\ta.b/c => d.e/f v1.0.0\n)\n") },
		"any toolchain":      func() []string { return looseModule("go 1.26.0\n") },
		"a module's branch":  func() []string { return looseModule("toolchain go1.26.8\nrequire (\n\ta.b/c main\n)\n") },
		"a tool's newest":    func() []string { return looseTools("\tgo run golang.org/x/vuln/cmd/govulncheck@latest ./...\n") },
		"a tool's major":     func() []string { return looseTools("go install a.b/c@v1\n") },
		"an action by its tag": func() []string {
			return looseWorkflow("\npermissions:\n  contents: read\n - uses: actions/checkout@v4\n")
		},
		"an action unexplained": func() []string {
			return looseWorkflow("\npermissions:\n  contents: read\n - uses: a/b@" + pinned + "\n")
		},
		"any runner": func() []string {
			return looseWorkflow("\npermissions:\n  contents: read\n    runs-on: ubuntu-latest\n")
		},
		"a mighty workflow":     func() []string { return looseWorkflow("\n    runs-on: ubuntu-24.04\n") },
		"a base without a tag":  docker("FROM debian AS a\n" + fine),
		"the newest base":       docker("FROM debian:latest\n" + fine),
		"a port is no tag":      docker("FROM host:5000/debian\n" + fine),
		"another Go":            docker("FROM golang:1.26-bookworm AS build\n" + fine),
		"root":                  docker("FROM scratch\nUSER 0\n"),
		"root by default":       docker("FROM scratch AS a\nUSER 65532\nFROM a\n"),
		"ADD":                   docker("FROM scratch\nADD x y\nUSER 65532\n"),
		"a service's tag":       compose("postgres:17", "postgres"),
		"a service that writes": compose("read_only: true", "read_only: false"),
		"capabilities":          compose("cap_drop: [ALL]", "cap_drop: [NET_RAW]"),
		"privileges":            compose("no-new-privileges:true", "seccomp:unconfined"),
		"a service as root":     compose(`user: "65532:65532"`, `user: "0:0"`),
		"a privileged service":  compose("image: redis:7", "image: redis:7\n    privileged: true"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(find()) == 0 {
				t.Error("is not found")
			}
		})
	}
	if wrong := docker("FROM golang:1.26.8-bookworm AS build\nFROM build AS x\n" + fine)(); wrong != nil {
		t.Error(wrong)
	}
	if wrong := looseWorkflow("\npermissions:\n  contents: read\n  - uses: a/b@" + pinned + " # v4.2.2\n"); wrong != nil {
		t.Error(wrong)
	}
}
