package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

type alarmRules struct {
	Groups []struct {
		Rules []struct {
			Record, Alert, Expr, For string
			Labels, Annotations      map[string]string
		}
	}
}

func readRules(t *testing.T) alarmRules {
	t.Helper()
	raw, err := os.ReadFile("deploy/prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var r alarmRules
	if err := yaml.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// dashboardQueries are the expressions of the dashboard, for a Prometheus that knows nothing of Grafana's variables.
func dashboardQueries(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("deploy/grafana/huiyin.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels      []struct{ Targets []struct{ Expr string } }
		Annotations struct{ List []struct{ Expr string } }
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all = append(all, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
		}
	}
	for _, a := range d.Annotations.List {
		all = append(all, a.Expr)
	}
	return all
}

var (
	metricUsed  = regexp.MustCompile(`\b(?:huiyin|go|process)_[a-z_]+`)
	metricType  = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	metricShape = regexp.MustCompile(`^huiyin(_[a-z]+)+$`)
	listedName  = regexp.MustCompile("(?m)^\\| `(huiyin_[a-z_]+)` \\|")
)

// watched holds the alarms, the dashboard and the docs against the registry of a running house.
func (h *testHouse) watched() {
	t := h.t
	t.Helper()
	_, scrape := h.get("/metrics")
	there, ours := map[string]bool{}, []string{}
	for _, m := range metricType.FindAllStringSubmatch(scrape, -1) {
		there[m[1]] = true
		if m[2] == "histogram" || m[2] == "summary" {
			there[m[1]+"_sum"], there[m[1]+"_count"], there[m[1]+"_bucket"] = true, true, m[2] == "histogram"
		}
		if strings.HasPrefix(m[1], "huiyin_") {
			ours = append(ours, m[1])
		}
		if strings.HasPrefix(m[1], "huiyin_") && (!metricShape.MatchString(m[1]) || (m[2] == "counter") != strings.HasSuffix(m[1], "_total")) {
			t.Errorf("%s is no name for a %s", m[1], m[2])
		}
	}
	if len(ours) < 40 {
		t.Fatalf("a house has only %d metrics of ours", len(ours))
	}
	queries := dashboardQueries(t)
	for _, g := range readRules(t).Groups {
		for _, r := range g.Rules {
			queries = append(queries, r.Expr)
		}
	}
	for _, q := range queries {
		for _, name := range metricUsed.FindAllString(q, -1) {
			if !there[name] && !strings.HasPrefix(name, "process_") { // the process's are read from /proc, which not every system has
				t.Errorf("no house has %s, which is asked for: %s", name, q)
			}
		}
	}
	page, err := os.ReadFile("docs/watching.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range listedName.FindAllStringSubmatch(string(page), -1) {
		told = append(told, m[1])
	}
	for _, name := range ours {
		if !slices.Contains(told, name) {
			t.Errorf("docs/watching.md does not list %s", name)
		}
	}
	for _, name := range told {
		if !there[name] {
			t.Errorf("docs/watching.md lists %s, which no house has", name)
		}
	}
	if out, found := promtool(t, strings.NewReader(scrape), "check", "metrics"); found != nil {
		t.Errorf("promtool says of the metrics: %v\n%s", found, out)
	}
}

// promtool runs Prometheus's own tool. Without it the test is left out, which .ci/setup has said; in CI it is there.
func promtool(t *testing.T, in *strings.Reader, args ...string) (string, error) {
	t.Helper()
	if os.Getenv("HUIYIN_NO_PROMTOOL") != "" {
		return "", nil
	}
	c := exec.Command("promtool", args...)
	if in != nil {
		c.Stdin = in
	}
	out, err := c.CombinedOutput()
	return string(out), err
}

// Every alarm fires when it should and is quiet when it should be, and says where it stands what to do.
func TestAlarms(t *testing.T) {
	t.Parallel()
	runbook, err := os.ReadFile("docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("deploy/prometheus/rules_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	alarms := 0
	for _, g := range readRules(t).Groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			alarms++
			_, rest, ok := strings.Cut(string(runbook), "\n### "+r.Alert+"\n")
			section, _, _ := strings.Cut(rest, "\n### ")
			if !ok || !strings.Contains(section, "**What it means.** ") || !strings.Contains(section, "**What to do first.** ") {
				t.Errorf("docs/runbook.md says nothing of %s", r.Alert)
			}
			if want := "docs/runbook.md#" + strings.ToLower(r.Alert); r.Annotations["runbook"] != want || r.Annotations["summary"] == "" {
				t.Errorf("%s: annotations %v, want runbook %s", r.Alert, r.Annotations, want)
			}
			if s := r.Labels["severity"]; s != "page" && s != "ticket" {
				t.Errorf("%s: severity %q", r.Alert, s)
			}
			for _, kind := range []string{"fires", "is quiet"} {
				if strings.Count(string(tests), fmt.Sprintf("- name: %s %s\n", r.Alert, kind)) != 1 {
					t.Errorf("rules_test.yml: no test that %s %s", r.Alert, kind)
				}
			}
		}
	}
	if alarms < 20 || strings.Count(string(runbook), "\n### ") != alarms || strings.Count(string(tests), "alertname:") != 2*alarms {
		t.Errorf("%d alarms, %d headings, %d tests", alarms, strings.Count(string(runbook), "\n### "), strings.Count(string(tests), "alertname:"))
	}
	if out, err := promtool(t, nil, "test", "rules", "deploy/prometheus/rules_test.yml"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// What the dashboard asks is PromQL, and so are the alarms.
func TestDashboardAsksInPromQL(t *testing.T) {
	t.Parallel()
	type rule struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	check := func(queries ...string) (string, error) {
		var rules []rule
		for n, q := range queries {
			rules = append(rules, rule{fmt.Sprintf("query:%d", n), q})
		}
		raw, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "dashboard.yml")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return promtool(t, nil, "check", "rules", file, "deploy/prometheus/rules.yml")
	}
	queries := dashboardQueries(t)
	if len(queries) < 40 {
		t.Fatalf("the dashboard asks only %d questions", len(queries))
	}
	if out, err := check(queries...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := check("sum(rate(x[1m])"); err == nil && os.Getenv("HUIYIN_NO_PROMTOOL") == "" {
		t.Errorf("half a question passes:\n%s", out)
	}
}
