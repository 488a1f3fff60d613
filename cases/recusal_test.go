package cases

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestInvolved(t *testing.T) {
	t.Parallel()
	officers := []Officer{
		{ID: 9, Name: "Ann Lee"}, {ID: 2, Name: "张伟"}, {ID: 3, Name: "Tom"}, {ID: 4, Name: "欧阳娜娜"}, {ID: 5, Name: "王"},
		{ID: 6, Name: "tom"}, {ID: 7, Name: " "}, {ID: 8, Name: "李 Ming"}, {ID: 10, Name: "O'Neil, J."},
	}
	field := func(s ...string) *Body { return &Body{Fields: []Field{{Step: "who", Text: s}}} }
	for name, tt := range map[string]struct {
		heads []string
		body  *Body
		want  []OfficerID
	}{
		"nothing said":            {nil, nil, nil},
		"nobody named":            {nil, words("the roof leaks"), nil},
		"english":                 {nil, words("It was Ann Lee who did it."), []OfficerID{9}},
		"english, other case":     {nil, words("ANN   lee!"), []OfficerID{9}},
		"english, over lines":     {nil, words("Ann\nLee"), []OfficerID{9}},
		"english, with 's":        {nil, words("Ann Lee's brother"), []OfficerID{9}},
		"english, full width":     {nil, words("Ａｎｎ　ＬＥＥ"), []OfficerID{9}},
		"english, half of it":     {nil, words("Ann said that Lee"), nil},
		"inside a word":           {nil, words("tomorrow, atom, Thomas, tom2 and customs"), nil},
		"a word before":           {nil, words("Joann Lee"), nil},
		"a word after":            {nil, words("Ann Leeson"), nil},
		"two of one name":         {nil, words("Tom."), []OfficerID{3, 6}},
		"punctuation in the name": {nil, words("j. no; o'neil  j"), []OfficerID{10}},
		"chinese":                 {nil, words("车间主任张伟骂人"), []OfficerID{2}},
		"chinese, spaced":         {nil, words("车间主任 张 伟 骂人"), []OfficerID{2}},
		"chinese, wide space":     {nil, words("张　伟"), []OfficerID{2}},
		"chinese, long name":      {nil, words("欧阳娜娜和张伟"), []OfficerID{2, 4}},
		"chinese, half of it":     {nil, words("欧阳娜和小张"), nil},
		"one character":           {nil, words("王主任"), nil},
		"mixed":                   {nil, words("是李ming干的"), []OfficerID{8}},
		"foreign in chinese":      {nil, words("经理Tom骂我"), []OfficerID{3, 6}},
		"foreign, two words":      {nil, words("经理Ann Lee骂我"), []OfficerID{9}},
		"foreign, full width":     {nil, words("经理ＴＯＭ骂我"), []OfficerID{3, 6}},
		"foreign word in chinese": {nil, words("经理Thomas骂我"), nil},
		"in a field":              {nil, field("I know", "Ann Lee"), []OfficerID{9}},
		"in a field and a text":   {nil, &Body{Text: "张伟", Fields: field("Tom").Fields}, []OfficerID{2, 3, 6}},
		"head":                    {[]string{"张伟"}, words("the roof"), []OfficerID{2}},
		"head of one character":   {[]string{"王"}, nil, []OfficerID{5}},
		"head, other spacing":     {[]string{"ANN  LEE", "ｔｏｍ"}, nil, []OfficerID{3, 6, 9}},
		"head, not whole":         {[]string{"Ann", "张"}, nil, nil},
		"head without a name":     {[]string{"", " "}, nil, nil},
		"head and named":          {[]string{"Tom"}, words("tom and Ann Lee"), []OfficerID{3, 6, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Involved(officers, tt.heads, tt.body); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	twice := []Officer{{ID: 2, Name: "Tom"}, {ID: 1, Name: "Ann"}, {ID: 2, Name: "Tom"}}
	if got := Involved(twice, nil, words("Tom, Ann")); !slices.Equal(got, []OfficerID{1, 2}) {
		t.Errorf("got %v", got)
	}
}

// However a whole name is written between other words, it is found; inside a longer word it is not.
func TestInvolvedWhateverTheSpelling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		latin := rapid.StringMatching(`[A-Z][a-z]{1,8}`)
		name := latin.Draw(t, "first") + " " + latin.Draw(t, "last")
		o := []Officer{{ID: 1, Name: name}}
		written := name
		switch rapid.IntRange(0, 3).Draw(t, "as") {
		case 0:
			written = strings.ToUpper(written)
		case 1:
			written = strings.ReplaceAll(written, " ", rapid.SampledFrom([]string{"  ", "\n", "　", "\t", ". "}).Draw(t, "space"))
		case 2:
			written = strings.Map(func(r rune) rune {
				if r == ' ' {
					return '　'
				}
				return r + '！' - '!'
			}, written)
		}
		before := rapid.SampledFrom([]string{"", "it was ", "是", "（", "\"", "7 "}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", " did it", "干的", "）", ".", " 7"}).Draw(t, "after")
		if got := Involved(o, nil, words(before+written+after)); len(got) != 1 {
			t.Fatalf("%q is not found in %q", name, before+written+after)
		}
		letter := rapid.StringMatching(`[a-z0-9]`)
		for _, s := range []string{letter.Draw(t, "glued before") + name, name + letter.Draw(t, "glued after")} {
			if got := Involved(o, nil, words(s)); got != nil {
				t.Fatalf("%q is found in %q", name, s)
			}
		}
	})
}

// For who is recused the case does not exist: every action is not found, whatever the role and the status.
func TestRecused(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		for _, role := range Roles() {
			by := Actor{Party: Office, Officer: ming.Officer, Role: role, Department: "hr"}
			c := at(t, s)
			c.Custody = Custody{What: CustodyOriginals, By: lead.Officer}
			must(t, &c, Act{Action: Recuse, By: system, To: by.Officer})
			for _, a := range append(Actions(), "dance") {
				if got := CodeOf(Can(by, a, c)); got != NotFound {
					t.Errorf("%s by a recused %s: %q", a, role, got)
				}
				if _, err := c.Do(ready(a, by), book(), day(3)); CodeOf(err) != NotFound {
					t.Errorf("%s by a recused %s: %v", a, role, err)
				}
			}
			if got := Moves(c, by, day(3)); got != nil {
				t.Errorf("a recused %s may %v", role, got)
			}
		}
	}
}

func TestRecuse(t *testing.T) {
	t.Parallel()
	c := at(t, StatusAccepted)
	before := c
	_, err := c.Do(Act{Action: Recuse, By: admin}, book(), day(2))
	wantCode(t, err, NotAllowed)
	// An officer recuses nobody but themself.
	e := must(t, &c, Act{Action: Recuse, By: hua, To: ming.Officer})
	if e.To != hua.Officer || c.Owner != ming.Officer || !slices.Equal(c.Recused, []OfficerID{hua.Officer}) {
		t.Errorf("recused %v: %+v", c.Recused, e)
	}
	e = must(t, &c, Act{Action: Recuse, By: ming})
	if e.To != ming.Officer || c.Owner != 0 || !slices.Equal(c.Recused, []OfficerID{ming.Officer, hua.Officer}) || c.Status != StatusAccepted {
		t.Errorf("the owner is recused: %+v", c)
	}
	if before.Recused != nil || before.Owner != ming.Officer {
		t.Error("a copy was changed")
	}
	_, err = c.Do(Act{Action: Recuse, By: system, To: ming.Officer}, book(), day(2))
	wantCode(t, err, NotNow)
	for _, to := range []OfficerID{ming.Officer, hua.Officer} {
		_, err = c.Do(Act{Action: Assign, By: lead, To: to, ToDepartment: "hr"}, book(), day(2))
		wantCode(t, err, NotFound)
		_, err = c.Do(Act{Action: Assign, By: lead, To: to, ToDepartment: "safety"}, book(), day(2))
		wantCode(t, err, NotFound)
	}
	must(t, &c, ready(Take, lead))
}
