package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// mark is what a test plants in the place named, and searches for afterwards.
func mark(place string) string { return "MARKER-" + place + "-4711" }

// drawing is 48 × 32, blue with a red top left corner.
func drawing() image.Image {
	p := image.NewRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			c := color.RGBA{0, 0, 255, 255}
			if x < 16 && y < 16 {
				c = color.RGBA{255, 0, 0, 255}
			}
			p.Set(x, y, c)
		}
	}
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func buildJPEG(t testing.TB) []byte {
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, drawing(), nil))
	return b.Bytes()
}

func buildPNG(t testing.TB) []byte {
	var b bytes.Buffer
	must(t, png.Encode(&b, drawing()))
	return b.Bytes()
}

// buildGIF has two frames and a block of a program.
func buildGIF(t testing.TB) []byte {
	frame := func(red int) *image.Paletted {
		p := image.NewPaletted(image.Rect(0, 0, 48, 32), color.Palette{color.RGBA{0, 0, 255, 255}, color.RGBA{255, 0, 0, 255}})
		for y := range red {
			for x := range red {
				p.SetColorIndex(x, y, 1)
			}
		}
		return p
	}
	var b bytes.Buffer
	must(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame(16), frame(8)}, Delay: []int{5, 7}}))
	raw := b.Bytes()
	note := append([]byte{0x21, 0xff, 11}, "HUIYINTEST1"...)
	note = append(append(append(note, byte(len(mark("app")))), mark("app")...), 0)
	raw = append(raw[:len(raw)-1], note...)
	return append(append(raw, 0x3b), mark("tail")...)
}

// buildWebP is one pixel, which exiftool can put tags around.
func buildWebP(t testing.TB) []byte {
	raw, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	must(t, err)
	return raw
}

// pdfOf makes a PDF of objects, the first being the catalogue.
func pdfOf(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, start)
	return b.Bytes()
}

func pdfStream(dict, body string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(body), body)
}

// buildPDF has two pages and a marker wherever a PDF has a place for one but on the pages.
func buildPDF(t testing.TB) []byte {
	photo := buildJPEG(t)
	photo = append(append(append([]byte{}, photo[:2]...), exif(1, mark("pdfphoto"))...), photo[2:]...)
	raw := pdfOf(fmt.Sprintf("/Info 4 0 R/ID[<%x><%x>]", mark("id1"), mark("id2")),
		fmt.Sprintf("<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R/OpenAction<</S/JavaScript/JS(%s)>>/Names<</EmbeddedFiles<</Names[(a) 10 0 R]>>/JavaScript<</Names[(j)<</S/JavaScript/JS(%s)>>]>>>>"+
			"/StructTreeRoot 12 0 R/PieceInfo<</X<</Private(%s)>>>>/Outlines 13 0 R/OutputIntents[<</S/GTS_PDFA1/Info(%s)>>]>>", mark("open"), mark("js"), mark("piece"), mark("intent")),
		"<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>",
		fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 7 0 R/Metadata 5 0 R/LastModified(%s)/AA<</O<</S/JavaScript/JS(%s)>>>>"+
			"/Resources<</XObject<</P 8 0 R>>/ColorSpace<</C[/ICCBased 9 0 R]>>>>/Annots[11 0 R 15 0 R 16 0 R]>>", mark("modified"), mark("aa")),
		fmt.Sprintf("<</Author(%s)/Producer(%s)/Title(%s)>>", mark("author"), mark("producer"), mark("title")),
		pdfStream("/Type/Metadata/Subtype/XML", "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"+
			"<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='"+mark("xmp")+"'/></rdf:RDF></x:xmpmeta>"),
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
		pdfStream("", "q 100 0 0 100 0 0 cm /P Do Q"),
		pdfStream("/Type/XObject/Subtype/Image/Width 48/Height 32/ColorSpace[/ICCBased 9 0 R]/BitsPerComponent 8/Filter/DCTDecode/Metadata 5 0 R", string(photo)),
		pdfStream("/N 3", "a profile of "+mark("icc")),
		fmt.Sprintf("<</Type/Filespec/F(%s)/EF<</F 5 0 R>>>>", mark("attached")),
		fmt.Sprintf("<</Type/Annot/Subtype/Text/Rect[0 0 20 20]/Contents(a note)/T(%s)/NM(%s)/M(%s)/RC(%s)>>", mark("noteauthor"), mark("nm"), mark("notetime"), mark("rc")),
		fmt.Sprintf("<</Type/StructTreeRoot/K<</Type/StructElem/S/Figure/Alt(%s)>>>>", mark("alt")),
		"<</Type/Outlines/First 14 0 R/Last 14 0 R/Count 1>>",
		fmt.Sprintf("<</Title(Chapter)/Parent 13 0 R/Dest[3 0 R/Fit]/A<</S/GoToR/F(%s)/D[0/Fit]>>>>", mark("gotor")),
		"<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 10 0 R>>",
		fmt.Sprintf("<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(%s)>>>>", mark("launch")),
	)
	// A later revision hides the author; the first one is still in the file.
	later := len(raw)
	raw = append(raw, "4 0 obj\n<</Title()>>\nendobj\n"...)
	table := len(raw)
	first := bytes.LastIndex(raw[:later], []byte("startxref\n")) + len("startxref\n")
	prev := strings.Fields(string(raw[first:later]))[0]
	return fmt.Appendf(raw, "xref\n4 1\n%010d 00000 n \ntrailer\n<</Size 17/Root 1 0 R/Info 4 0 R/Prev %s>>\nstartxref\n%d\n%%%%EOF\n", later, prev, table)
}

type part struct{ name, body string }

// zipOf packs parts with a time, a comment and an extra field.
func zipOf(t testing.TB, parts ...part) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	must(t, w.SetComment(mark("zip")))
	for _, p := range parts {
		extra := binary.LittleEndian.AppendUint16([]byte{0x34, 0x12}, uint16(len(mark("extra"))))
		f, err := w.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Extra: append(extra, mark("extra")...), Comment: mark("entry")})
		must(t, err)
		_, err = f.Write([]byte(p.body))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

const relationships = `<?xml version="1.0"?>` + "\n" + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`

// properties are the parts every document has.
func properties(t testing.TB, main string) []part {
	const types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	return []part{
		{"[Content_Types].xml", `<?xml version="1.0"?>` + "\n" + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/customXml/item1.xml" ContentType="x"/></Types>`},
		{"_rels/.rels", fmt.Sprintf(relationships, `<Relationship Id="rId1" Type="`+types+`officeDocument" Target="`+main+`"/><Relationship Id="rId2" Type="t" Target="docProps/thumbnail.jpeg"/><Relationship Id="rId3" Type="c" Target="docProps/core.xml"/>`)},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>` + mark("creator") + `</dc:creator><cp:lastModifiedBy>` + mark("lastby") + `</cp:lastModifiedBy></cp:coreProperties>`},
		{"docProps/app.xml", `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company>` + mark("company") + `</Company></Properties>`},
		{"docProps/custom.xml", `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"><property name="` + mark("custom") + `"/></Properties>`},
		{"docProps/thumbnail.jpeg", string(buildJPEG(t)) + mark("thumbnail")},
		{"customXml/item1.xml", "<a>" + mark("customxml") + "</a>"},
	}
}

func buildDOCX(t testing.TB) []byte {
	photo := buildJPEG(t)
	photo = append(append(append([]byte{}, photo[:2]...), exif(6, mark("docphoto"))...), photo[2:]...)
	const w = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"`
	return zipOf(t, append(properties(t, "word/document.xml"),
		part{"word/document.xml", `<?xml version="1.0"?>` + "\n" + `<!-- ` + mark("comment") + ` --><w:document ` + w + ` xmlns:pic="p"><w:body>` +
			`<w:p w:rsidR="` + mark("rsid") + `" w14:paraId="` + mark("para") + `"><w:ins w:id="1" w:author="` + mark("inserter") + `" w:date="` + mark("date") + `"><w:r><w:t xml:space="preserve">Overtime &amp; pay </w:t></w:r></w:ins>` +
			`<w:r><w:instrText> INCLUDEPICTURE "C:\Users\` + mark("path") + `" </w:instrText></w:r><pic:cNvPr id="0" name="` + mark("picname") + `.jpg" descr="` + mark("descr") + `"/></w:p></w:body></w:document>`},
		part{"word/_rels/document.xml.rels", fmt.Sprintf(relationships, `<Relationship Id="rId1" Type="i" Target="media/image1.jpeg"/><Relationship Id="rId2" Type="l" TargetMode="External" Target="file:///C:/`+mark("link")+`"/>`+
			`<Relationship Id="rId3" Type="h" TargetMode="External" Target="https://example.org/law"/><Relationship Id="rId4" Type="p" Target="people.xml"/>`)},
		part{"word/comments.xml", `<w:comments ` + w + `><w:comment w:id="0" w:author="` + mark("commenter") + `" w:initials="` + mark("initials") + `"><w:p><w:r><w:t>see page 2</w:t></w:r></w:p></w:comment></w:comments>`},
		part{"word/people.xml", `<p a="` + mark("people") + `"/>`},
		part{"word/settings.xml", `<w:settings ` + w + `><w:rsids><w:rsid w:val="` + mark("rsids") + `"/></w:rsids><w:attachedTemplate r:id="rId1" xmlns:r="r"/><w:zoom w:percent="100"/></w:settings>`},
		part{"word/_rels/settings.xml.rels", fmt.Sprintf(relationships, `<Relationship Id="rId1" Type="x/attachedTemplate" TargetMode="External" Target="file:///C:\Users\`+mark("template")+`"/>`)},
		part{"word/media/image1.jpeg", string(photo)},
	)...)
}

func buildXLSX(t testing.TB) []byte {
	return zipOf(t, append(properties(t, "xl/workbook.xml"),
		part{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:x15ac="x"><fileSharing userName="` + mark("sharing") + `"/><x15ac:absPath url="C:\Users\` + mark("abspath") + `"/><sheets><sheet name="Pay" sheetId="1"/></sheets></workbook>`},
		part{"xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>42</v></c></row></sheetData><pageSetup r:id="rId1" xmlns:r="r"/></worksheet>`},
		part{"xl/worksheets/_rels/sheet1.xml.rels", fmt.Sprintf(relationships, `<Relationship Id="rId1" Type="p" Target="../printerSettings/printerSettings1.bin"/>`)},
		part{"xl/printerSettings/printerSettings1.bin", mark("printer")},
		part{"xl/comments1.xml", `<comments xmlns="m"><authors><author>` + mark("xlauthor") + `</author></authors><commentList><comment ref="A1" authorId="0"><text><r><t>` + mark("xlauthor") + `:</t></r><r><t>too low</t></r></text></comment></commentList></comments>`},
		part{"xl/persons/person.xml", `<personList xmlns="p"><person displayName="` + mark("person") + `" id="{1}" userId="` + mark("userid") + `" providerId="AD"/></personList>`},
		part{"xl/tables/table1.xml", `<table xmlns="m" id="1" name="T" displayName="T1" ref="A1:A2"/>`},
	)...)
}

func buildPPTX(t testing.TB) []byte {
	return zipOf(t, append(properties(t, "ppt/presentation.xml"),
		part{"ppt/presentation.xml", `<p:presentation xmlns:p="p"><p:sldIdLst/></p:presentation>`},
		part{"ppt/slides/slide1.xml", `<p:sld xmlns:p="p" xmlns:a="a"><p:pic><p:cNvPr id="4" name="` + mark("shape") + `" descr="` + mark("alttext") + `"/></p:pic><a:t>Roster</a:t></p:sld>`},
		part{"ppt/commentAuthors.xml", `<p:cmAuthorLst xmlns:p="p"><p:cmAuthor id="1" name="` + mark("pptauthor") + `" initials="` + mark("pptinitials") + `"/></p:cmAuthorLst>`},
		part{"ppt/comments/comment1.xml", `<p:cmLst xmlns:p="p"><p:cm authorId="1" dt="` + mark("ppttime") + `"><p:text>late</p:text></p:cm></p:cmLst>`},
		part{"ppt/changesInfos/changesInfo1.xml", `<a name="` + mark("changes") + `"/>`},
		part{"ppt/media/image1.png", string(buildPNG(t))},
	)...)
}
