package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/yaml"

	"huiyin/store/seal"
)

// manifest is what of a document in deploy/k8s the program must agree with. That the documents are what a cluster takes, and
// fit each other, is checked beside them.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Template struct {
			Spec struct {
				SecurityContext struct {
					RunAsUser, RunAsGroup, FsGroup int
				}
				TerminationGracePeriodSeconds int
				Containers                    []container
				Volumes                       []struct {
					Name   string
					Secret struct{ Items []struct{ Key, Path string } }
				}
			}
		}
		Rules []struct {
			HTTP struct {
				Paths []struct {
					Path    string
					Backend struct{ Service struct{ Name string } }
				}
			}
		}
	}
}

type probe struct{ HTTPGet struct{ Path, Port string } }

type container struct {
	Name    string
	Args    []string
	EnvFrom []struct{ ConfigMapRef struct{ Name string } }
	Env     []struct {
		Name, Value string
		ValueFrom   struct{ SecretKeyRef struct{ Name, Key string } }
	}
	Ports []struct {
		Name          string
		ContainerPort int
	}
	StartupProbe, LivenessProbe, ReadinessProbe probe
	VolumeMounts                                []struct{ Name, MountPath string }
}

// manifests reads the base: the documents, and the settings that it makes config maps of.
func manifests(t *testing.T) (all []manifest, settings map[string][]string) {
	t.Helper()
	files, err := filepath.Glob("deploy/k8s/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	settings = map[string][]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(f) == "kustomization.yaml" {
			var base struct {
				ConfigMapGenerator []struct {
					Name     string
					Literals []string
				}
			}
			if err := yaml.Unmarshal(raw, &base); err != nil {
				t.Fatal(err)
			}
			for _, g := range base.ConfigMapGenerator {
				settings[g.Name] = g.Literals
			}
			continue
		}
		for doc := range strings.SplitSeq("\n"+string(raw), "\n---\n") {
			var m manifest
			if err := yaml.Unmarshal([]byte(doc), &m); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			all = append(all, m)
		}
	}
	return all, settings
}

// environ gives what a container's process would find in its environment; a secret is what fits its name.
func (c container) environ(t *testing.T, settings map[string][]string) (out map[string]string) {
	t.Helper()
	out = map[string]string{}
	for _, from := range c.EnvFrom {
		for _, l := range settings[from.ConfigMapRef.Name] {
			name, value, _ := strings.Cut(l, "=")
			out[name] = value
		}
	}
	for _, e := range c.Env {
		out[e.Name] = e.Value
		if secret := e.ValueFrom.SecretKeyRef; secret.Key != "" {
			if e.Name != secret.Key {
				t.Errorf("%s is %s of %s: one name for one thing", e.Name, secret.Key, secret.Name)
			}
			out[e.Name] = "a secret " + strings.ToLower(secret.Key)
		}
	}
	return out
}

// What the manifests say of the program is so: its commands, settings, port, paths, user and the time it takes to stop.
func TestManifestsFitTheProgram(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("settings.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"GOMEMLIMIT": true} // Go's own
	for _, m := range setting.FindAllSubmatch(source, -1) {
		known[string(m[1])] = true
	}
	image, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	all, settings := manifests(t)
	roles := map[string]manifest{}
	secret := map[string]bool{"DATABASE_URL": true, "REDIS_URL": true, "TELEGRAM_BOT_TOKEN": true, "TELEGRAM_DESK_BOT_TOKEN": true, "WEBHOOK_SECRET": true}
	for _, m := range all {
		pod := m.Spec.Template.Spec
		for _, c := range pod.Containers {
			name := m.Metadata.Name
			var line commands
			parser, err := kong.New(&line, kong.Name("huiyin"), kong.Exit(func(int) {}))
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := parser.Parse(c.Args)
			if err != nil {
				t.Errorf("%s: huiyin %s: %v", name, strings.Join(c.Args, " "), err)
				continue
			}
			environ := c.environ(t, settings)
			for e, value := range environ {
				if !known[e] {
					t.Errorf("%s sets %s, which nothing reads", name, e)
				}
				if secret[e] != strings.HasPrefix(value, "a secret ") {
					t.Errorf("%s: %s must come out of a secret, and nothing else", name, e)
				}
			}
			if who := fmt.Sprintf("USER %d:%d\n", pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup); !strings.Contains(string(image), who) {
				t.Errorf("%s: the image has no %q", name, who)
			}
			if parsed.Command() != "serve" {
				if environ["DATABASE_URL"] == "" {
					t.Errorf("%s has no database", name)
				}
				continue
			}
			roles[line.Serve.Role] = m
			serves(t, m, c, line.Serve, environ)
		}
	}
	if got := slices.Sorted(maps.Keys(roles)); !slices.Equal(got, []string{seal.RoleDesk, seal.RoleIntake, seal.RolePostman}) {
		t.Errorf("served apart are %v", got)
	}
	for _, m := range all {
		if m.Kind != "Ingress" {
			continue
		}
		led := map[string]string{}
		for _, p := range m.Spec.Rules[0].HTTP.Paths {
			led[p.Path] = p.Backend.Service.Name
		}
		want := map[string]string{
			reportersHook: roles[seal.RoleIntake].Metadata.Name,
			officersHook:  roles[seal.RoleDesk].Metadata.Name,
		}
		if !maps.Equal(led, want) {
			t.Errorf("the ingress leads %v, want %v", led, want)
		}
	}
}

// serves checks a container that serves.
func serves(t *testing.T, m manifest, c container, serve serveCommand, environ map[string]string) {
	t.Helper()
	name, pod := m.Metadata.Name, m.Spec.Template.Spec
	var lines []string
	for e, value := range environ {
		lines = append(lines, e+"="+value)
	}
	s, err := readSettings(lines)
	if err != nil {
		t.Fatal(err)
	}
	s.Role = serve.Role
	if err := s.check(); err != nil {
		t.Errorf("%s would not start: %v", name, err)
	}
	if u, err := url.Parse(s.WebhookURL); err != nil || s.WebhookURL != "" && u.Path != "" {
		t.Errorf("%s: with a path in WEBHOOK_URL (%v) the webhooks are not where the ingress leads", name, err)
	}
	if (s.WebhookURL != "") == (s.Role == seal.RolePostman) {
		t.Errorf("%s: WEBHOOK_URL is %q", name, s.WebhookURL)
	}
	_, port, err := net.SplitHostPort(s.ListenAddr)
	if err != nil || len(c.Ports) != 1 || port != fmt.Sprint(c.Ports[0].ContainerPort) {
		t.Errorf("%s listens on %q, and the port is %v", name, s.ListenAddr, c.Ports)
	}
	mux := (&house{registry: prometheus.NewRegistry()}).mux()
	for what, p := range map[string]probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
		r, err := http.NewRequest(http.MethodGet, p.HTTPGet.Path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := mux.Handler(r); pattern == "" || p.HTTPGet.Port != c.Ports[0].Name {
			t.Errorf("%s: the %s probe asks %v, which nobody answers", name, what, p)
		}
	}
	if ready := c.ReadinessProbe.HTTPGet.Path; ready != "/readyz" || c.LivenessProbe.HTTPGet.Path == ready {
		t.Errorf("%s: a pod whose stores are away is to be left alone, not started again", name)
	}
	if stops := int((2 * graceful).Seconds()); pod.TerminationGracePeriodSeconds < stops {
		t.Errorf("%s has %d s to stop, and may take %d", name, pod.TerminationGracePeriodSeconds, stops)
	}
	mounted := map[string]string{}
	for _, v := range c.VolumeMounts {
		mounted[v.MountPath] = v.Name
	}
	keyset, err := seal.Path(s.Keyset)
	if err != nil {
		t.Error(err)
	}
	there := false
	for _, v := range pod.Volumes {
		for _, item := range v.Secret.Items {
			there = there || v.Name == mounted[filepath.Dir(keyset)] && item.Path == filepath.Base(keyset)
		}
	}
	if !there || mounted[s.Blobs] == "" || mounted[s.ConfigDir] == "" {
		t.Errorf("%s: of %s, %s and %s not all are mounted: %v", name, keyset, s.Blobs, s.ConfigDir, mounted)
	}
	// Secrets belong to root; the group lets this user read them (store/seal).
	if pod.SecurityContext.FsGroup != pod.SecurityContext.RunAsGroup {
		t.Errorf("%s cannot read its keyset", name)
	}
	if _, tmp := mounted["/tmp"]; tmp != (s.Role == seal.RoleIntake) {
		t.Errorf("%s: files are cleaned by the intake, in /tmp", name)
	}
}
