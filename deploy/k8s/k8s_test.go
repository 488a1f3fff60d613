// Package k8s_test reads the manifests as a cluster would.
package k8s_test

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"
)

// cluster is what is applied, by kind and name.
type cluster struct {
	t        *testing.T
	config   map[string]*core.ConfigMap
	claims   map[string]*core.PersistentVolumeClaim
	services map[string]*core.Service
	ingress  map[string]*networking.Ingress
	policies map[string]*networking.NetworkPolicy
	budgets  map[string]*policy.PodDisruptionBudget
	deploys  map[string]*apps.Deployment
	jobs     map[string]*batch.Job
	spaces   map[string]*core.Namespace
}

// read decodes a document into the type that the API server has for it; a field that this does not know fails the test.
func read[T any](c *cluster, into map[string]*T, name string, raw []byte) {
	c.t.Helper()
	var v T
	if err := yaml.UnmarshalStrict(raw, &v); err != nil {
		c.t.Errorf("%T %s: %v", v, name, err)
	}
	into[name] = &v
}

// kustomization is what the base says, as far as it goes.
type kustomization struct {
	APIVersion, Kind, Namespace string
	Resources                   []string
	Images                      []struct{ Name, NewName, NewTag string }
	Labels                      []struct{ Pairs map[string]string }
	ConfigMapGenerator          []struct {
		Name     string
		Literals []string
	}
}

// build reads all that `kubectl apply -k` would apply.
func build(t *testing.T) *cluster {
	t.Helper()
	file := func(name string) []byte {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	c := &cluster{t, map[string]*core.ConfigMap{}, map[string]*core.PersistentVolumeClaim{}, map[string]*core.Service{},
		map[string]*networking.Ingress{}, map[string]*networking.NetworkPolicy{}, map[string]*policy.PodDisruptionBudget{},
		map[string]*apps.Deployment{}, map[string]*batch.Job{}, map[string]*core.Namespace{}}
	var base kustomization
	if err := yaml.UnmarshalStrict(file("kustomization.yaml"), &base); err != nil {
		t.Fatal(err)
	}
	for _, g := range base.ConfigMapGenerator {
		made := &core.ConfigMap{Data: map[string]string{}}
		for _, l := range g.Literals {
			name, value, ok := strings.Cut(l, "=")
			if !ok {
				t.Errorf("%s: %q is no setting", g.Name, l)
			}
			made.Data[name] = value
		}
		c.config[g.Name] = made
	}
	for _, name := range base.Resources {
		for doc := range strings.SplitSeq("\n"+string(file(name)), "\n---\n") {
			c.take(name, []byte(doc))
		}
	}
	return c
}

// take adds one document.
func (c *cluster) take(file string, raw []byte) {
	c.t.Helper()
	var head struct {
		meta.TypeMeta
		Metadata meta.ObjectMeta
	}
	if err := yaml.Unmarshal(raw, &head); err != nil {
		c.t.Fatalf("%s: %v", file, err)
	}
	name := head.Metadata.Name
	if errs := utilvalidation.IsDNS1123Subdomain(name); len(errs) > 0 || head.Metadata.Namespace != "" {
		c.t.Errorf("%s: %s %q in namespace %q: %v", file, head.Kind, name, head.Metadata.Namespace, errs)
	}
	for _, err := range validation.ValidateLabels(head.Metadata.Labels, field.NewPath("labels")) {
		c.t.Errorf("%s: %s %s: %v", file, head.Kind, name, err)
	}
	switch head.APIVersion + " " + head.Kind {
	case "v1 Namespace":
		read(c, c.spaces, name, raw)
	case "v1 PersistentVolumeClaim":
		read(c, c.claims, name, raw)
	case "v1 Service":
		read(c, c.services, name, raw)
	case "networking.k8s.io/v1 Ingress":
		read(c, c.ingress, name, raw)
	case "networking.k8s.io/v1 NetworkPolicy":
		read(c, c.policies, name, raw)
	case "policy/v1 PodDisruptionBudget":
		read(c, c.budgets, name, raw)
	case "apps/v1 Deployment":
		read(c, c.deploys, name, raw)
	case "batch/v1 Job":
		read(c, c.jobs, name, raw)
	default: // a Secret too: what is in clear here is in clear in every clone
		c.t.Errorf("%s: a %s %s is not expected here", file, head.APIVersion, head.Kind)
	}
}

// pods gives every template, by who makes pods of it.
func (c *cluster) pods() map[string]core.PodTemplateSpec {
	out := map[string]core.PodTemplateSpec{}
	for name, d := range c.deploys {
		out[name] = d.Spec.Template
	}
	for name, j := range c.jobs {
		out[name] = j.Spec.Template
	}
	return out
}

// selected names whose pods a selector means.
func (c *cluster) selected(what string, s *meta.LabelSelector) (names []string) {
	c.t.Helper()
	means, err := meta.LabelSelectorAsSelector(s)
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
	for name, p := range c.pods() {
		if means.Matches(labels.Set(p.Labels)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		c.t.Errorf("%s selects no pod", what)
	}
	return names
}

// Every document is one that the API server has, and what one names another has.
func TestManifestsHoldTogether(t *testing.T) {
	t.Parallel()
	c := build(t)
	if len(c.deploys) != 3 || len(c.jobs) != 1 || len(c.services) != 2 || len(c.budgets) != 2 || len(c.ingress) != 1 || len(c.claims) != 1 {
		t.Fatalf("not all is applied: %+v", c)
	}
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	listed, err := os.ReadFile("kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f != "kustomization.yaml" && !strings.Contains(string(listed), "\n  - "+f+"\n") {
			t.Errorf("%s is not applied", f)
		}
	}
	for name, d := range c.deploys {
		if got := c.selected(name, d.Spec.Selector); !slices.Equal(got, []string{name}) {
			t.Errorf("%s selects the pods of %v", name, got)
		}
		budget := c.budgets[name]
		if receives := c.services[name] != nil; receives != (budget != nil) || receives != (*d.Spec.Replicas > 1) {
			t.Errorf("%s: who receives has replicas and a budget; who sends is alone", name)
			continue
		}
		if budget == nil {
			continue
		}
		if got := c.selected(name+"'s budget", budget.Spec.Selector); !slices.Equal(got, []string{name}) {
			t.Errorf("the budget of %s selects the pods of %v", name, got)
		}
		for _, s := range d.Spec.Template.Spec.TopologySpreadConstraints {
			if got := c.selected(name+"'s spread", s.LabelSelector); !slices.Equal(got, []string{name}) {
				t.Errorf("the spread of %s selects the pods of %v", name, got)
			}
		}
	}
	for name, s := range c.services {
		if got := c.selected(name, &meta.LabelSelector{MatchLabels: s.Spec.Selector}); !slices.Equal(got, []string{name}) {
			t.Errorf("service %s leads to the pods of %v", name, got)
		}
		for _, p := range s.Spec.Ports {
			if !slices.ContainsFunc(c.deploys[name].Spec.Template.Spec.Containers[0].Ports, func(has core.ContainerPort) bool { return has.Name == p.TargetPort.StrVal }) {
				t.Errorf("service %s: no port %s", name, p.TargetPort.StrVal)
			}
		}
	}
	for name, p := range c.policies {
		c.selected("network policy "+name, &p.Spec.PodSelector)
	}
	for _, i := range c.ingress {
		for _, r := range i.Spec.Rules {
			if !slices.Contains(i.Spec.TLS[0].Hosts, r.Host) {
				t.Errorf("%s is served without TLS", r.Host)
			}
			for _, p := range r.HTTP.Paths {
				s := c.services[p.Backend.Service.Name]
				if s == nil || !slices.ContainsFunc(s.Spec.Ports, func(has core.ServicePort) bool { return has.Name == p.Backend.Service.Port.Name }) {
					t.Errorf("%s leads to %v, which is not there", p.Path, p.Backend.Service)
				}
				if *p.PathType != networking.PathTypeExact {
					t.Errorf("%s lets more through than the webhook", p.Path)
				}
			}
		}
	}
	for name, p := range c.pods() {
		c.mounts(name, p.Spec)
	}
}

// mounts checks that what a pod mounts and reads is there.
func (c *cluster) mounts(name string, p core.PodSpec) {
	c.t.Helper()
	volumes := map[string]bool{}
	for _, v := range p.Volumes {
		volumes[v.Name] = true
		switch {
		case v.ConfigMap != nil && c.config[v.ConfigMap.Name] == nil:
			c.t.Errorf("%s mounts %s, which is not there", name, v.ConfigMap.Name)
		case v.PersistentVolumeClaim != nil && c.claims[v.PersistentVolumeClaim.ClaimName] == nil:
			c.t.Errorf("%s mounts %s, which is not there", name, v.PersistentVolumeClaim.ClaimName)
		case v.HostPath != nil:
			c.t.Errorf("%s mounts a folder of the node", name)
		}
	}
	for _, has := range p.Containers {
		for _, m := range has.VolumeMounts {
			if !volumes[m.Name] {
				c.t.Errorf("%s mounts %s, which is no volume", name, m.Name)
			}
			delete(volumes, m.Name)
		}
		for _, e := range has.EnvFrom {
			if e.ConfigMapRef == nil || c.config[e.ConfigMapRef.Name] == nil {
				c.t.Errorf("%s reads settings from %v, which is not there", name, e)
			}
		}
	}
	for left := range maps.Keys(volumes) {
		c.t.Errorf("%s: no container mounts %s", name, left)
	}
}

// The ingress serves the host of the webhook.
func TestWebhookIsServed(t *testing.T) {
	t.Parallel()
	c := build(t)
	said := ""
	for _, m := range c.config {
		said += m.Data["WEBHOOK_URL"]
	}
	u, err := url.Parse(said)
	if err != nil || u.Scheme != "https" || u.Host != c.ingress["huiyin"].Spec.Rules[0].Host {
		t.Errorf("WEBHOOK_URL is %q and the ingress serves %q: %v", said, c.ingress["huiyin"].Spec.Rules[0].Host, err)
	}
}

// No pod has more rights than it needs: what the namespace enforces ("restricted"), and a root file system that cannot be
// written, no token of the cluster, bounds on memory, secrets by name only.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	c := build(t)
	if c.spaces["huiyin"].Labels["pod-security.kubernetes.io/enforce"] != "restricted" {
		t.Error("the namespace enforces nothing")
	}
	for name, p := range c.pods() {
		spec := p.Spec
		s := spec.SecurityContext
		if s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.RunAsUser == nil || *s.RunAsUser == 0 ||
			s.SeccompProfile == nil || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: %+v", name, s)
		}
		if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken || spec.HostNetwork || spec.HostPID || spec.HostIPC {
			t.Errorf("%s reaches into the cluster or its node", name)
		}
		if len(spec.Containers) != 1 || len(spec.InitContainers) != 0 {
			t.Errorf("%s has other containers", name)
		}
		for _, has := range spec.Containers {
			s := has.SecurityContext
			if s == nil || *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) || len(s.Capabilities.Add) > 0 {
				t.Errorf("%s: %+v", name, s)
			}
			if has.Resources.Limits.Memory().IsZero() || has.Resources.Requests.Cpu().IsZero() || has.Resources.Limits.Memory().Cmp(*has.Resources.Requests.Memory()) < 0 {
				t.Errorf("%s: resources %v", name, has.Resources)
			}
			if has.Image != "huiyin" {
				t.Errorf("%s runs %s", name, has.Image)
			}
		}
	}
	// What is not said is refused: the first policy means all pods, both ways.
	if p := c.policies["nobody"].Spec; len(p.PodSelector.MatchLabels) != 0 || len(p.PolicyTypes) != 2 || len(p.Ingress)+len(p.Egress) != 0 {
		t.Errorf("the network is open: %+v", p)
	}
}
