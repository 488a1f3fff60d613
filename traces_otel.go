//go:build otel

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// openTraces sends traces where OpenTelemetry's variables say, over HTTP; without them nothing is traced. Headers, time-outs
// and sampling are set by its other variables. The provider is not made the global one: libraries that trace by themselves
// would write keys into their spans.
func openTraces(ctx context.Context, s settings, log *slog.Logger) (trace.TracerProvider, func(context.Context) error, error) {
	to := s.TracesOnly
	if to == "" && s.Traces != "" {
		var err error
		if to, err = url.JoinPath(s.Traces, "v1/traces"); err != nil {
			return nil, nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: want https://host:port")
		}
	}
	if to == "" {
		return noop.NewTracerProvider(), func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to))
	if err != nil {
		return nil, nil, fmt.Errorf("open traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { log.Warn("traces are not taken") })) // the error quotes the address
	// Not the default resource: it may name the machine, the user and the command line.
	about := resource.NewSchemaless(attribute.String("service.name", "huiyin"), attribute.String("huiyin.role", s.Role))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(closed{exporter}), sdk.WithResource(about))
	return provider, provider.Shutdown, nil
}

// spanWords are all that a span may say, by attribute: what is not here is left out on the way, whoever put it there.
var spanWords = map[attribute.Key][]string{
	"kind": {
		"message", "edited_message", "callback_query", "my_chat_member", "other",
		"notice", "reception", "enqueue", "retain", "tick", "relay", "sweep_drafts", "seal_audit", "fetch",
	},
	"command": {
		"start", "file", "guide", "status", "receipt", "forget", "clear", "language", "privacy", "help", "cancel",
		"next", "queue", "mine", "reply", "ask", "propose", "team",
	},
	"call": {"get", "getdel", "set", "del", "eval", "evalsha", "ping", "pipeline"},
	"method": {
		"answerCallbackQuery", "deleteMessages", "editMessageText", "editMessageReplyMarkup", "getFile", "getMe", "getUpdates",
		"sendDocument", "sendMessage", "setMyCommands", "setWebhook", "deleteWebhook",
	},
	"class": {
		"blocked", "chat_not_found", "not_modified", "message_gone", "query_expired", "bad_entities", "too_long", "file_too_big",
		"rate_limited", "conflict", "unauthorized", "migrated", "rejected", "unknown", "unreachable",
	},
	"outcome": {"ok", "missing", "refused", "away", "cancelled", "put_off", "failed"},
}

// spanNames are what a span may be called.
var spanNames = []string{"update", "job", "redis", "postgres", "send"}

// closed is an exporter through which only spanWords pass.
type closed struct{ sdk.SpanExporter }

// ExportSpans implements sdk.SpanExporter.
func (c closed) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	out := make([]sdk.ReadOnlySpan, len(spans))
	for i, s := range spans {
		out[i] = closedSpan{s}
	}
	return c.SpanExporter.ExportSpans(ctx, out)
}

// closedSpan is a span without events, links and words of its own.
type closedSpan struct{ sdk.ReadOnlySpan }

func (s closedSpan) Name() string {
	if name := s.ReadOnlySpan.Name(); slices.Contains(spanNames, name) {
		return name
	}
	return "other"
}

func (s closedSpan) Attributes() []attribute.KeyValue {
	return slices.DeleteFunc(slices.Clone(s.ReadOnlySpan.Attributes()), func(a attribute.KeyValue) bool {
		return a.Value.Type() != attribute.STRING || !slices.Contains(spanWords[a.Key], a.Value.AsString())
	})
}

func (s closedSpan) Status() sdk.Status {
	return sdk.Status{Code: s.ReadOnlySpan.Status().Code}
}

func (s closedSpan) Events() []sdk.Event { return nil }
func (s closedSpan) Links() []sdk.Link   { return nil }
