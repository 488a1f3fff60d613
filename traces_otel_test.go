//go:build otel

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"huiyin/sim"
)

// collected takes traces as a collector would.
type collected struct {
	mu    sync.Mutex
	raw   []byte
	spans map[string]map[string]bool // by name, what they say
	ids   map[string]string          // a span's name by its id
	below map[string]bool            // "parent > child" by name
	under [][3]string                // name, id, parent
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var got collector.ExportTraceServiceRequest
	if err = errors.Join(err, proto.Unmarshal(body, &got)); err != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, body...)
	for _, of := range got.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				if c.spans[s.Name] == nil {
					c.spans[s.Name] = map[string]bool{}
				}
				c.ids[string(s.SpanId)] = s.Name
				c.under = append(c.under, [3]string{s.Name, string(s.SpanId), string(s.ParentSpanId)})
				for _, a := range s.Attributes {
					c.spans[s.Name][a.Key+"="+a.Value.GetStringValue()] = true
				}
			}
		}
	}
	for _, s := range c.under {
		c.below[c.ids[s[2]]+" > "+s[0]] = true
	}
}

// A trace goes from the update through the stores to what is sent, and nothing that a person wrote or is stands in it.
func TestTracesHoldNobody(t *testing.T) {
	t.Parallel()
	c := &collected{spans: map[string]map[string]bool{}, ids: map[string]string{}, below: map[string]bool{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	h := startHouseWith(t, func(s *settings) { s.Traces = server.URL })
	p := person{h.telegram.AddPhone(sim.Profile{ID: markID, Name: markName, Username: markUser, Language: "en"}), t}
	for _, s := range filing {
		if s.say == "Sam Example" {
			s.say = markName
		}
		if s.file != "" {
			s.file = markFile
		}
		s.do(p)
		h.settle()
	}
	for _, words := range []string{"/" + markUser, markWords, "/help"} {
		p.Send(words)
		h.settle()
	}
	until(t, "a whole trace", func(context.Context) (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, want := range []string{"update > redis", "update > postgres", "update > send", " > update", " > job"} {
			if !c.below[want] {
				return false, fmt.Errorf("no %s in %v", want, c.below)
			}
		}
		return c.spans["update"]["command=help"], fmt.Errorf("no /help in %v", c.spans)
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, mark := range []string{markName, markUser, markWords, markFile, strconv.Itoa(markID), testToken, "press 3", "HY-"} {
		if bytes.Contains(c.raw, []byte(mark)) {
			t.Errorf("the traces hold %q", mark)
		}
	}
	for name, said := range c.spans {
		for s := range said {
			key, value, _ := strings.Cut(s, "=")
			if !slices.Contains(spanNames, name) || !slices.Contains(spanWords[attribute.Key(key)], value) {
				t.Errorf("a span %s says %s", name, s)
			}
		}
	}
}

// Whatever a careless line puts into a span, it does not leave.
func TestTracesPassClosedWordsOnly(t *testing.T) {
	t.Parallel()
	kept := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(closed{kept}))
	_, span := provider.Tracer("x").Start(t.Context(), markName, trace.WithAttributes(
		attribute.String("kind", "message"), attribute.String("kind ", "message"), attribute.String("command", markUser),
		attribute.String("chat", strconv.Itoa(markID)), attribute.Int("kind", markID), attribute.StringSlice("method", []string{markWords}),
	), trace.WithLinks(trace.Link{Attributes: []attribute.KeyValue{attribute.String("kind", markWords)}}))
	span.SetAttributes(attribute.String("outcome", markReply), attribute.String("class", "blocked"))
	span.RecordError(errors.New(markWords))
	span.AddEvent(markWords)
	span.SetStatus(codes.Error, markReply)
	span.End()
	all := kept.GetSpans()
	if len(all) != 1 {
		t.Fatalf("%d spans", len(all))
	}
	told := fmt.Sprintf("%+v", all[0])
	for _, mark := range []string{markName, markUser, markWords, markReply, strconv.Itoa(markID)} {
		if bytes.Contains([]byte(told), []byte(mark)) {
			t.Errorf("the span holds %q: %s", mark, told)
		}
	}
	if len(all[0].Attributes) != 1 || all[0].Attributes[0] != attribute.String("class", "blocked") || all[0].Status.Code != codes.Error {
		t.Errorf("what may pass does not: %s", told)
	}
}
