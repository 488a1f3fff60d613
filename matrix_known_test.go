package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"huiyin/flows"
)

// What the code of a side knows is read out of the code itself, so that nobody who adds a command or a button can forget
// the matrix.

// sourceOf parses the files of a package that are no tests.
func sourceOf(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// words are the string literals and constants of strings within a node.
func words(n ast.Node, constants map[string]string) []string {
	var out []string
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			return false // made of parts, of which none is a word by itself
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				out = append(out, s)
			}
		case *ast.Ident:
			if s, ok := constants[n.Name]; ok {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

// knownTo collects what a package knows: the cases of switches over the tags given, and of composite literals of the types
// given the value under their key.
func knownTo(t *testing.T, dir string, tags map[string]bool, literals map[string]string) []string {
	t.Helper()
	files := sourceOf(t, dir)
	constants, found := map[string]string{}, map[string]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			d, ok := n.(*ast.GenDecl)
			if !ok || d.Tok != token.CONST {
				return true
			}
			for _, spec := range d.Specs {
				v := spec.(*ast.ValueSpec)
				for i, value := range v.Values {
					if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						constants[v.Names[i].Name], _ = strconv.Unquote(lit.Value)
					}
				}
			}
			return true
		})
	}
	add := func(n ast.Node) {
		for _, w := range words(n, constants) {
			found[w] = true
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SwitchStmt:
				if n.Tag == nil || !tags[source(n.Tag)] {
					return true
				}
				for _, clause := range n.Body.List {
					for _, e := range clause.(*ast.CaseClause).List {
						add(e)
					}
				}
			case *ast.CompositeLit:
				what := source(n.Type)
				if list, ok := n.Type.(*ast.ArrayType); ok {
					what = "[]" + source(list.Elt)
				}
				for _, e := range n.Elts {
					if pair, ok := e.(*ast.KeyValueExpr); ok && literals[what] != "" && source(pair.Key) == literals[what] {
						add(pair.Value)
					}
					if inner, ok := e.(*ast.CompositeLit); ok && literals[what] != "" {
						for _, e := range inner.Elts {
							if pair, ok := e.(*ast.KeyValueExpr); ok && source(pair.Key) == literals[what] {
								add(pair.Value)
							}
						}
					}
				}
			case *ast.ValueSpec:
				if len(n.Names) == 1 && literals[n.Names[0].Name] == "*" {
					for _, v := range n.Values {
						add(v)
					}
				}
			}
			return true
		})
	}
	delete(found, "")
	return slices.Sorted(maps.Keys(found))
}

// source is a short expression as it is written: t.Command, p.what, parts[1].
func source(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return source(e.X) + "." + e.Sel.Name
	case *ast.IndexExpr:
		if lit, ok := e.Index.(*ast.BasicLit); ok {
			return source(e.X) + "[" + lit.Value + "]"
		}
	}
	return ""
}

func deskCommands(t *testing.T) []string {
	return append([]string{"start"}, knownTo(t, "bot/desk", nil, map[string]string{"[]entry": "name"})...)
}

// deskCommandsOnCase are those of them that are about a case: their line of the desk's table says so.
func deskCommandsOnCase(t *testing.T) (out []string) {
	for _, f := range sourceOf(t, "bot/desk") {
		ast.Inspect(f, func(n ast.Node) bool {
			list, ok := n.(*ast.CompositeLit)
			if kind, isList := listOf(list, ok); !isList || kind != "entry" {
				return true
			}
			for _, e := range list.Elts {
				name, on := "", false
				for _, e := range e.(*ast.CompositeLit).Elts {
					pair := e.(*ast.KeyValueExpr)
					switch source(pair.Key) {
					case "name":
						name = strings.Join(words(pair.Value, nil), "")
					case "on":
						on = source(pair.Value) == "true"
					}
				}
				if on {
					out = append(out, name)
				}
			}
			return false
		})
	}
	return out
}

// listOf is the kind of elements of a list.
func listOf(c *ast.CompositeLit, ok bool) (kind string, isList bool) {
	if !ok {
		return "", false
	}
	list, ok := c.Type.(*ast.ArrayType)
	if !ok {
		return "", false
	}
	return source(list.Elt), true
}

// deskButtons are the codes of the buttons that the desk makes or understands.
func deskButtons(t *testing.T) []string {
	return knownTo(t, "bot/desk", map[string]bool{"p.what": true}, map[string]string{"data": "what", "whats": "*"})
}

func intakeCommands(t *testing.T) []string {
	return knownTo(t, "bot/intake", map[string]bool{"t.Command": true}, nil)
}

// intakeButtons are the codes of the buttons that the reporters' side understands.
func intakeButtons(t *testing.T) []string {
	return knownTo(t, "bot/intake", map[string]bool{"parts[1]": true}, nil)
}

// formButtons are the codes of the buttons of forms.
func formButtons(t *testing.T) (out []string) {
	for _, f := range sourceOf(t, "flows") {
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && source(v.Type) == "Op" {
				for _, value := range v.Values {
					for _, w := range words(value, nil) {
						if _, button := flows.ParsePress("f.nonce.1." + w); button {
							out = append(out, w) // the others are words that people type
						}
					}
				}
			}
			return true
		})
	}
	return out
}
