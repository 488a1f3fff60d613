package evidence

import (
	"bufio"
	"encoding/xml"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// What is done to the XML of documents. Names are without their prefix: prefixes are the writer's choice.
var (
	// droppedElements go with all that is in them: numbers of editing sessions and documents, paths to templates and
	// files, sources of serial letters, what drawing programs say of themselves.
	droppedElements = map[string]bool{
		"rsids": true, "attachedTemplate": true, "docId": true, "mailMerge": true, "docVars": true, "absPath": true,
		"revisionPtr": true, "fileSharing": true, "documentProtection": true, "writeProtection": true, "saveThroughXslt": true,
		"smartTagPr": true, "customWorkbookViews": true, "customSheetViews": true,
		"customProperties": true, "custDataLst": true, "creationId": true, "modifyVerifier": true,
	}
	// droppedAttributes say who, when and in which session.
	droppedAttributes = map[string]bool{
		"date": true, "dateUtc": true, "dT": true, "dt": true, "paraId": true, "textId": true, "refreshedBy": true,
		"refreshedDate": true, "refreshedDateIso": true, "lastModifiedBy": true, "sourceFile": true, "userId": true, "providerId": true,
		"modified": true,
	}
	// emptiedAttributes are wanted by the format; their values name people, or the files that pictures were.
	emptiedAttributes = map[string]bool{
		"author": true, "initials": true, "userName": true, "descr": true, "alt": true, "lastEditedBy": true,
	}
	// hiddenPath is a place on somebody's machine inside the instruction of a field, which nobody sees on the page.
	hiddenPath = regexp.MustCompile(`[A-Za-z]:\\|\\\\|file:|/(Users|home)/|AUTHOR|USERNAME|USERINITIALS|LASTSAVEDBY|FILENAME|TEMPLATE|DOCPROPERTY`)
	webLink    = regexp.MustCompile(`^(https?://|mailto:)`)
)

// escapes are those that text needs; line ends stay line ends.
var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

// xmlCleaner copies XML token by token, so that prefixes and order stay as they are.
type xmlCleaner struct {
	part    string
	d       *xml.Decoder
	w       *bufio.Writer
	open    []string // names of the elements around
	authors []string // of old comments in tables
}

// cleanXML cleans a part of a document. Comments and instructions for programs go; a document type ends it.
func cleanXML(from io.Reader, to io.Writer, part string) error {
	c := &xmlCleaner{part: part, d: xml.NewDecoder(from), w: bufio.NewWriter(to)}
	if _, err := c.w.WriteString(xmlHead); err != nil {
		return err
	}
	for {
		token, err := c.d.RawToken()
		if err == io.EOF {
			if len(c.open) > 0 {
				return errCannot
			}
			return c.w.Flush()
		}
		if err != nil {
			return errCannot
		}
		switch token := token.(type) {
		case xml.StartElement:
			err = c.start(token)
		case xml.EndElement:
			err = c.end(token)
		case xml.CharData:
			err = c.text(token)
		case xml.Directive:
			err = errCannot
		}
		if err != nil {
			return err
		}
	}
}

func fullName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func (c *xmlCleaner) start(e xml.StartElement) error {
	if len(c.open) > 1000 {
		return errCannot
	}
	if c.unwanted(e) {
		return c.skip()
	}
	c.open = append(c.open, fullName(e.Name))
	if _, err := c.w.WriteString("<" + fullName(e.Name)); err != nil {
		return err
	}
	for _, a := range e.Attr {
		value, keep := c.attribute(e.Name.Local, a)
		if !keep {
			continue
		}
		if _, err := c.w.WriteString(" " + fullName(a.Name) + `="`); err != nil {
			return err
		}
		if err := xml.EscapeText(c.w, []byte(value)); err != nil {
			return err
		}
		if err := c.w.WriteByte('"'); err != nil {
			return err
		}
	}
	return c.w.WriteByte('>')
}

func (c *xmlCleaner) end(e xml.EndElement) error {
	name := fullName(e.Name)
	if len(c.open) == 0 || c.open[len(c.open)-1] != name {
		return errCannot
	}
	c.open = c.open[:len(c.open)-1]
	_, err := c.w.WriteString("</" + name + ">")
	return err
}

// skip passes over the rest of the element that has just started.
func (c *xmlCleaner) skip() error {
	for depth := 1; depth > 0; {
		token, err := c.d.RawToken()
		if err != nil {
			return errCannot
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

func (c *xmlCleaner) inside(local string) bool {
	if len(c.open) == 0 {
		return false
	}
	_, name, found := strings.Cut(c.open[len(c.open)-1], ":")
	if !found {
		name = c.open[len(c.open)-1]
	}
	return name == local
}

func (c *xmlCleaner) text(words xml.CharData) error {
	s := string(words)
	if len(c.open) == 0 { // around the root only space may stand, and only as it is
		if strings.TrimSpace(s) != "" {
			return errCannot
		}
		return nil
	}
	switch {
	case c.inside("author") && strings.HasPrefix(path.Base(c.part), "comments"):
		if s != "" {
			c.authors = append(c.authors, s)
		}
		s = ""
	case c.inside("t") && len(c.authors) > 0:
		// The program begins a comment with its author's name.
		for _, author := range c.authors {
			if rest, ok := strings.CutPrefix(s, author+":"); ok {
				s = rest
				break
			}
		}
	case (c.inside("instrText") || c.inside("delInstrText")) && hiddenPath.MatchString(s):
		s = ""
	case strings.HasSuffix(c.part, ".svg") && (c.inside("title") || c.inside("desc")):
		s = ""
	}
	_, err := escapes.WriteString(c.w, s)
	return err
}

// attribute gives an attribute's value as it stays, and whether it does.
func (c *xmlCleaner) attribute(element string, a xml.Attr) (string, bool) {
	name := a.Name.Local
	switch {
	case a.Name.Space == "xmlns" || a.Name.Space == "" && name == "xmlns":
		return a.Value, true
	case strings.HasPrefix(name, "rsid"), droppedAttributes[name] && !c.meansElse(element, name):
		return "", false
	case name == "uid" && strings.HasPrefix(a.Name.Space, "xr"):
		return "", false
	case a.Name.Space == "sodipodi" || a.Name.Space == "inkscape":
		return "", false
	case emptiedAttributes[name]:
		return "", true
	case name == "name" && slices.Contains([]string{"cNvPr", "docPr", "cmAuthor", "author"}, element),
		name == "title" && (a.Name.Space == "o" || element == "cNvPr" || element == "docPr"):
		return "", true
	case name == "href" && a.Name.Space == "o", name == "id" && element == "pageSetup":
		return "", false // a path; the printer's settings, which are left out
	case name == "val" && element == "tag" && strings.Contains(c.part, "ppt/tags/"):
		return "", true
	case name == "displayName" && element == "person": // elsewhere it is the name of a table
		return "", true
	case name == "created": // wanted where a comment has it
		return "2000-01-01T00:00:00.000", true
	case name == "instr" && element == "fldSimple" && hiddenPath.MatchString(a.Value):
		return "", true
	}
	return a.Value, true
}

// meansElse knows the elements where an attribute of such a name is no matter of who or when.
func (c *xmlCleaner) meansElse(element, name string) bool {
	switch name {
	case "date": // a control to choose a date, the date system of a table
		return element == "fullDate" || element == "dateTime"
	case "dt": // the second field of an autofilter
		return element != "cm" && element != "ext" && element != "comment" && !strings.Contains(strings.ToLower(c.part), "comment")
	}
	return false
}

// unwanted says whether an element goes with all that is in it. A link to a place outside that is not on the web keeps
// its number, or the document is broken; where it leads goes.
func (c *xmlCleaner) unwanted(e xml.StartElement) bool {
	name := e.Name.Local
	if droppedElements[name] || (name == "metadata" || name == "namedview") && strings.HasSuffix(c.part, ".svg") {
		return true
	}
	value := func(name string) string {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	switch {
	case name == "Override" && c.part == "[Content_Types].xml":
		return dropped(strings.TrimPrefix(value("PartName"), "/"))
	case name == "Relationship" && strings.HasSuffix(c.part, ".rels"):
		target := value("Target")
		if value("TargetMode") == "External" {
			if strings.HasSuffix(value("Type"), "/attachedTemplate") {
				return true
			}
			for i, a := range e.Attr {
				if a.Name.Local == "Target" && !webLink.MatchString(a.Value) {
					e.Attr[i].Value = "about:blank"
				}
			}
			return false
		}
		if strings.HasPrefix(target, "/") {
			target = strings.TrimPrefix(target, "/")
		} else {
			target = path.Join(path.Dir(path.Dir(c.part)), target)
		}
		return dropped(target)
	}
	return false
}
