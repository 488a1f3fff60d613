package flows

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// position is where a node stands in its file, counted from 1.
type position struct{ Line, Column int }

// Parse reads a definition strictly: a key it does not know is an error. file is the name in findings.
// What Parse lets through, Compile checks.
func Parse(file string, data []byte) (Definition, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return Definition{}, InFile(file, err)
	}
	var d Definition
	if err := yaml.UnmarshalWithOptions(data, &d, yaml.Strict()); err != nil {
		return Definition{}, InFile(file, err)
	}
	d.source = file
	d.at = map[string]position{}
	for _, doc := range tree.Docs {
		if doc.Body != nil {
			ast.Walk(places(d.at), doc.Body)
		}
	}
	return d, nil
}

// InFile gives a YAML error its file, line and column, and keeps the caret under the spot.
func InFile(file string, err error) error {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		p := y.GetToken().Position
		return &LintError{File: file, Line: p.Line, Column: p.Column, Text: y.GetMessage() + "\n" + caret(y)}
	}
	return fmt.Errorf("%s: %w", file, err)
}

func caret(err error) string { return yaml.FormatError(err, false, true) }

// places notes where each node stands, by its path.
type places map[string]position

// Visit implements ast.Visitor.
func (p places) Visit(n ast.Node) ast.Visitor {
	path := n.GetPath()
	if t := n.GetToken(); t != nil && t.Position != nil && path != "" {
		if _, ok := p[path]; !ok {
			p[path] = position{Line: t.Position.Line, Column: t.Position.Column}
		}
	}
	return p
}
