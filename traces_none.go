//go:build !otel

package main

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// openTraces traces nothing: the exporter is in builds with the tag otel only. That the variables are set is no error, since
// some places set them for every program.
func openTraces(_ context.Context, s settings, log *slog.Logger) (trace.TracerProvider, func(context.Context) error, error) {
	if s.Traces+s.TracesOnly != "" {
		log.Warn("no traces: this build has none, build with -tags otel")
	}
	return noop.NewTracerProvider(), func(context.Context) error { return nil }, nil
}
