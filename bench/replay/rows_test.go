package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var usual = columns{title: "title", text: "text", reply: "reply"}

// told of a row, without the messages it is pasted in.
type content struct {
	Number        int
	Words, Answer string
}

func TestReadRows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file  string
		want  columns
		limit int
		rows  []content
		left  int
	}{
		"columns by name, in any order": {
			file: "reply,id,text,title\nWe looked.,7,The canteen is dirty.,Canteen\n", want: usual,
			rows: []content{{1, "Canteen\nThe canteen is dirty.", "We looked."}},
		},
		"a mark at the beginning, capitals and blanks in the header": {
			file: "\ufeffTitle, TEXT ,Reply\na,The canteen is dirty.,b\n", want: usual,
			rows: []content{{1, "a\nThe canteen is dirty.", "b"}},
		},
		"commas, quotes and lines inside a field": {
			file: "title,text,reply\n\"a, b\",\"one \"\"two\"\"\r\nthree, four\",\"x\n\ny\"\n", want: usual,
			rows: []content{{1, "a, b\none \"two\"\nthree, four", "x\n\ny"}},
		},
		"other names": {
			file: "betreff,inhalt\nA,Something is wrong here.\n", want: columns{title: "betreff", text: "inhalt", reply: "antwort"},
			rows: []content{{1, "A\nSomething is wrong here.", "Something is wrong here."}},
		},
		"a reply is made where there is none": {
			file: "text,reply\n食堂不干净。没人管！请查一下,\n", want: usual,
			rows: []content{{1, "食堂不干净。没人管！请查一下", "请查一下没人管！食堂不干净。"}},
		},
		"what nobody could file is left out and counted": {
			file: "text,reply\n,x\nshort,x\n/start me up now,x\n" + strings.Repeat("长", mostFiling+1) + ",x\nlong enough to be filed,x\n", want: usual,
			rows: []content{{5, "long enough to be filed", "x"}}, left: 4,
		},
		"no more than asked for": {
			file: "text\nthe first complaint\nthe second complaint\n", want: usual, limit: 1,
			rows: []content{{1, "the first complaint", "the first complaint"}},
		},
		"a short record": {
			file: "text,title,reply\nonly the text is here\n", want: usual,
			rows: []content{{1, "only the text is here", "only the text is here"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, left, err := readRows(strings.NewReader(tt.file), tt.want, tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []content
			for _, r := range rows {
				got = append(got, content{r.number, r.words, r.answer})
			}
			if diff := cmp.Diff(tt.rows, got); diff != "" || left != tt.left {
				t.Errorf("left out %d, want %d; rows differ (-want +got):\n%s", left, tt.left, diff)
			}
		})
	}
}

func TestReadRowsWithoutTheColumn(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"another header": "a,b\n1,2\n", "nothing": ""} {
		if _, _, err := readRows(strings.NewReader(file), usual, 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whatever is pasted fits Telegram, loses nothing but white space at the cuts, and the comparer finds it whole.
func TestPasted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"长长的话。", "word ", "👩‍👩‍👧", "\n", "x", "  ", "<b>"})
		text := plain(strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "text"), strings.Repeat("很", rapid.IntRange(0, 300).Draw(t, "between"))))
		pieces := pasted(text)
		for _, p := range pieces {
			if units(p) > messageLimit || p == "" || strings.Trim(p, " \n") != p {
				t.Fatalf("a message of %d units, or with blank ends", units(p))
			}
		}
		if text == "" {
			return
		}
		if err := whole(text, pieces); err != nil {
			t.Fatal(err)
		}
	})
}
