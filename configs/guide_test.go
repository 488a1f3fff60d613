package configs

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestGuideFinds asks as people ask, with their slips, and wants the article among the first three.
func TestGuideFinds(t *testing.T) {
	t.Parallel()
	c, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	questions := []struct{ typed, want string }{
		{"公司拖欠工资怎么办", "wages"},
		{"老板三个月没发工资了", "wages"},
		{"工资被扣了一半合法吗", "wages"},
		{"周末加班没有加班费", "overtime"},
		{"国庆上班三倍工资", "overtime"},
		{"天天加班到十点，不给钱", "overtime"},
		{"入职半年还没签合同", "no_contract"},
		{"没有签劳动合同可以要双倍工资吗", "no_contract"},
		{"没签合约", "no_contract"},
		{"突然被辞退了有赔偿吗", "dismissal"},
		{"合同到期不续签", "dismissal"},
		{"怀孕了公司要开除我", "dismissal"},
		{"裁员 n+1", "dismissal"},
		{"辞职要提前多久", "resignation"},
		{"老板逼我自己走", "resignation"},
		{"公司没给交社保", "social_insurance"},
		{"公积金交得太少", "social_insurance"},
		{"５险一金", "social_insurance"},
		{"上班时手被机器压了", "injury"},
		{"下班路上被车撞了算工伤吗", "injury"},
		{"工伤认订要多久", "injury"}, // 认定, mistyped
		{"机器没有护栏，可以不干吗", "unsafe_work"},
		{"让我冒险作业", "unsafe_work"},
		{"主管摸我", "harassment"},
		{"同事发黄色图片骚扰我", "harassment"},
		{"被人孤立欺负", "harassment"},
		{"年假有几天", "annual_leave"},
		{"没休完的年休假能折钱吗", "annual_leave"},
		{"劳动仲裁时效", "arbitration"},
		{"我要去告公司，怎么起诉", "arbitration"},
		{"12333能投诉吗", "inspection"},
		{"劳动监察大队在哪", "inspection"},
		{"反映了会不会被穿小鞋", "retaliation"},
		{"怕领导报复我", "retaliation"},
		{"采购吃回扣", "corruption"},
		{"迟到罚款两百", "conduct"},
		{"班长天天骂人", "conduct"},
		{"食堂吃了拉肚子", "living"},
		{"宿舍没有热水", "living"},
		{"提交以后多久答复", "after_report"},
		{"对答复不满意怎么办", "after_report"},
		{"匿名能查到我吗", "modes"},
		{"谁能看到我的名字", "modes"},
		{"my wages are three months late", "wages"},
		{"unpayed wagse", "wages"},
		{"they did not pay my salary", "wages"},
		{"Is OVERTIME paid on Sundays?", "overtime"},
		{"overtme pay on a public holliday", "overtime"},
		{"I never signed a contract", "no_contract"},
		{"I was fired yesterday, do I get severence", "dismissal"},
		{"dismissing pregnant women", "dismissal"},
		{"can I quit without their approval", "resignation"},
		{"no social insurence", "social_insurance"},
		{"pension contributions missing", "social_insurance"},
		{"I got injured on the line", "injury"},
		{"accident on my way to work", "injury"},
		{"can I refuse dangerous work", "unsafe_work"},
		{"no helmets or gloves", "unsafe_work"},
		{"supervisor keeps touching me", "harassment"},
		{"sexual harrassment", "harassment"},
		{"how many vacation days", "annual_leave"},
		{"deadline for arbitraton", "arbitration"},
		{"complain to the labor bureau", "inspection"},
		{"will they take revenge", "retaliation"},
		{"suppliers pay kickbacks", "corruption"},
		{"I was fined for being late", "conduct"},
		{"dirty canteen food", "living"},
		{"when will I get an answer", "after_report"},
		{"stay anonymous", "modes"},
		{"加班费 please", "overtime"},
		// Asked by who does not know what it is called.
		{"这个月的钱还没打到卡上", "wages"},
		{"上个月少给我八百块", "wages"},
		{"下班了还要我留下来干活", "overtime"},
		{"十一期间值班怎么给钱", "overtime"},
		{"进厂两个月什么都没签", "no_contract"},
		{"他们让我明天不用来了", "dismissal"},
		{"公司要赶我走", "dismissal"},
		{"我想走人他们卡着不放", "resignation"},
		{"把我从办公室调去仓库", "resignation"},
		{"医保卡刷不了", "social_insurance"},
		{"流水线上割破了手", "injury"},
		{"车间里味道很呛，头晕", "unsafe_work"},
		{"安全出口锁住了", "unsafe_work"},
		{"领导老约我单独吃饭还碰我", "harassment"},
		{"想休假班长不批", "annual_leave"},
		{"过了一年还能不能告", "arbitration"},
		{"打什么电话举报厂里", "inspection"},
		{"说了以后班长一直针对我", "retaliation"},
		{"科长收供应商的钱", "corruption"},
		{"上厕所超过五分钟要罚钱", "conduct"},
		{"饭里有虫子", "living"},
		{"我提的事怎么没动静", "after_report"},
		{"领导会知道是我说的吗", "modes"},
		{"payday was last week and nothing came", "wages"},
		{"sixty hours a week, is that legal", "overtime"},
		{"nothing in writing, two months here", "no_contract"},
		{"they told me not to come back", "dismissal"},
		{"they hold my ID card", "resignation"},
		{"my finger got cut by the machine", "injury"},
		{"fumes make us dizzy", "unsafe_work"},
		{"he puts his hand on my back", "harassment"},
		{"time off for my wedding", "annual_leave"},
		{"is it too late to go to court", "arbitration"},
		{"will my boss learn that it was me", "modes"},
		{"rats in the kitchen", "living"},
		{"how long until somebody replies", "after_report"},
	}
	first := 0
	for _, q := range questions {
		found := c.Guide.Search(q.typed)
		at := slices.Index(found, q.want)
		if at < 0 || at > 2 {
			t.Errorf("%q: want %s in the first three of %v", q.typed, q.want, found)
		}
		if at == 0 {
			first++
		}
	}
	t.Logf("%d questions, %d answered by the first", len(questions), first)
	if first*100 < 80*len(questions) {
		t.Errorf("only %d of %d questions are answered by the first article", first, len(questions))
	}
	for _, typed := range []string{"", "   ", "？？", "今天天气真好", "hello there", "xyzzy", "what can I do", "怎么办", "🙂"} {
		if found := c.Guide.Search(typed); len(found) > 0 {
			t.Errorf("%q finds %v", typed, found)
		}
	}
}

// TestGuideHelpsWithEveryKind: whoever can file about something can look it up first, but for "something else".
func TestGuideHelpsWithEveryKind(t *testing.T) {
	t.Parallel()
	c, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.Org.Kinds {
		if k.ID != "other" && len(c.Guide.About(k.ID)) == 0 {
			t.Errorf("nothing helps with %s", k.ID)
		}
	}
	for _, lang := range c.Languages {
		for _, id := range c.Guide.IDs() {
			a, ok := c.Guide.Article(lang, id)
			if !ok || len(a.Pages) == 0 {
				t.Fatalf("%s: no article %s", lang, id)
			}
			if lang == "zh-Hans" && strings.Contains(strings.Join(append(a.Pages, a.Title), ""), "你") {
				t.Errorf("%s says 你", id)
			}
			if len(c.Guide.Search(a.Title)) == 0 || c.Guide.Search(a.Title)[0] != id {
				t.Errorf("%s %s is not found by its own title: %v", lang, id, c.Guide.Search(a.Title))
			}
		}
	}
}

// TestGuideRefuses lays a broken article over the real ones and wants the error to say where and what.
func TestGuideRefuses(t *testing.T) {
	t.Parallel()
	good := "---\nid: wages\ntitle: Wages\nkinds: [pay]\nwords: [pay]\nlaw: [a, b, c]\n---\nText.\n"
	c, err := whole() // only the articles are read anew
	if err != nil {
		t.Fatal(err)
	}
	read := func(file, text string) error {
		_, err := files{layers: []fs.FS{embedded, fstest.MapFS{file: {Data: []byte(text)}}}}.articles(c)
		return err
	}
	if err := read("guide/en/wages.md", good); err != nil {
		t.Fatal(err)
	}
	with := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for name, tt := range map[string]struct{ file, text, want string }{
		"no front":          {"guide/en/wages.md", "Text.\n", "guide/en/wages.md:1: want ---"},
		"front not closed":  {"guide/en/wages.md", "---\nid: wages\n", "guide/en/wages.md:1: want ---"},
		"unknown key":       {"guide/en/wages.md", with("kinds:", "sorts:"), "guide/en/wages.md:4:1: unknown field"},
		"file name":         {"guide/en/wages.md", with("id: wages", "id: salary"), "a file is named for what it holds"},
		"id":                {"guide/en/wages.md", with("id: wages", "id: Wages.x"), "id: want"},
		"unknown kind":      {"guide/en/wages.md", with("[pay]", "[money]"), "nobody in org.yaml works the kind money"},
		"kind twice":        {"guide/en/wages.md", with("[pay]", "[pay, pay]"), "pay stands twice"},
		"other kinds":       {"guide/en/wages.md", with("[pay]", "[pay, contract]"), "kinds: other ones than in zh-Hans"},
		"other law":         {"guide/en/wages.md", with("[a, b, c]", "[a]"), "law: 1 provisions, and 3 in zh-Hans"},
		"no title":          {"guide/en/wages.md", with("title: Wages", "title: ''"), "title: is empty"},
		"long title":        {"guide/en/wages.md", with("Wages\n", strings.Repeat("w", 41)+"\n"), "title: is longer than 40"},
		"no words":          {"guide/en/wages.md", with("words: [pay]", "words: []"), "words: there are none"},
		"empty word":        {"guide/en/wages.md", with("words: [pay]", "words: [pay, '']"), "one is empty"},
		"no text":           {"guide/en/wages.md", with("Text.", ""), "page 1 is empty"},
		"too long":          {"guide/en/wages.md", with("Text.", strings.Repeat("工", 1201)), "page 1 has 1201 characters"},
		"too many pages":    {"guide/en/wages.md", with("Text.", strings.Repeat("x\n---\n", 4)+"x"), "has 5 pages"},
		"bold not closed":   {"guide/en/wages.md", with("Text.", "**Text.\nMore**"), "bold that does not end"},
		"heading":           {"guide/en/wages.md", with("Text.", "# Text"), "a heading"},
		"one language only": {"guide/en/news.md", with("id: wages", "id: news"), "guide/zh-Hans: there is no article news"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := read(tt.file, tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want %q in:\n%v", tt.want, err)
			}
		})
	}
}
