package configs

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/goccy/go-yaml"

	"huiyin/flows"
	"huiyin/guide"
)

// frontMark stands on a line of its own before and after what is said of an article.
const frontMark = "---\n"

// articles reads guide/<language>/*.md and checks every article, and that every language has the same ones.
func (l files) articles(c *Config) (guide.Guide, error) {
	var errs []error
	known := func(kind string) bool { _, ok := c.Org.Kind(kind); return ok }
	all := map[string][]guide.Article{}
	for _, lang := range c.Languages {
		for _, name := range l.listed("guide/"+lang, ".md") {
			data, err := l.read(name)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			a, err := parseArticle(name, data)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if a.ID != strings.TrimSuffix(path.Base(name), ".md") {
				errs = append(errs, fmt.Errorf("%s: the article is named %q; a file is named for what it holds", name, a.ID))
			}
			for _, p := range a.Problems(known) {
				errs = append(errs, fmt.Errorf("%s: %s", name, p))
			}
			all[lang] = append(all[lang], a)
		}
	}
	g := guide.New(c.Languages, all)
	for _, p := range g.Gaps(c.Languages) {
		errs = append(errs, errors.New(p))
	}
	return g, errors.Join(errs...)
}

// parseArticle reads one article; the error has file:line.
func parseArticle(file string, data []byte) (guide.Article, error) {
	var a guide.Article
	front, ok := strings.CutPrefix(strings.ReplaceAll(string(data), "\r\n", "\n"), frontMark)
	front, body, closed := strings.Cut(front, "\n"+frontMark)
	if !ok || !closed {
		return a, fmt.Errorf("%s:1: want --- and, after what is said of the article, --- again", file)
	}
	// The empty line keeps the numbers of lines those of the file.
	if err := yaml.UnmarshalWithOptions([]byte("\n"+front), &a, yaml.Strict()); err != nil {
		return a, flows.InFile(file, err)
	}
	return a.WithBody(body), nil
}
