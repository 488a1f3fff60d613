package guide

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// MaxFound bounds what Search gives: a list that fits on a screen without scrolling.
const MaxFound = 5

// What a term weighs by where it stands. Words are chosen by hand to be found by; a body mentions much in passing.
const (
	inTitle = 3.0
	inWords = 3.0
	inBody  = 0.6
	// nearly is what a word counts that was found by another one like it.
	nearly = 0.6
	// shy drops what matches far worse than the best.
	shy = 0.3
	// least is what the best must reach: below it only words in passing were met.
	least = 1.0
)

// index holds, for each term, how much it weighs in each article. All languages are in one: whoever reads English may
// type 加班费.
type index struct {
	weight map[string]map[string]float64 // term → article
	rarity map[string]float64            // term
	spelt  map[string]string             // words of letters as they are written → their term, for those that are like them
}

func newIndex(g Guide) index {
	x := index{weight: map[string]map[string]float64{}, rarity: map[string]float64{}, spelt: map[string]string{}}
	add := func(id, text string, weight float64, phrase bool) {
		all := terms(text)
		if phrase {
			// One word of several says less than a word that stands alone.
			weight /= math.Sqrt(float64(max(len(all), 1)))
		}
		for _, t := range all {
			term := t.term
			if !han(term) {
				x.spelt[t.spelt] = term
			}
			if x.weight[term] == nil {
				x.weight[term] = map[string]float64{}
			}
			// The heaviest place counts, not how often: a long article is not more to the point.
			x.weight[term][id] = max(x.weight[term][id], weight)
		}
	}
	for _, of := range g.articles {
		for id, a := range of {
			add(id, a.Title, inTitle, false)
			for _, w := range a.Words {
				add(id, w, inWords, true)
			}
			for _, p := range slices.Concat(a.Pages, a.Law) {
				add(id, p, inBody, false)
			}
		}
	}
	for term, in := range x.weight {
		x.rarity[term] = math.Log(1 + float64(len(g.ids))/float64(len(in)))
	}
	return x
}

// Search finds the articles that what somebody typed is about, the best first, at most MaxFound; none when nothing
// fits. It keeps nothing of the words.
func (g Guide) Search(typed string) []string {
	scores := map[string]float64{}
	seen := map[string]bool{}
	for _, typed := range terms(typed) {
		if seen[typed.term] {
			continue
		}
		seen[typed.term] = true
		at, share := g.index.find(typed)
		best := map[string]float64{}
		for _, t := range at {
			for id, w := range g.index.weight[t] {
				best[id] = max(best[id], w*g.index.rarity[t]*share)
			}
		}
		for id, w := range best {
			scores[id] += w
		}
	}
	var found []string
	top := 0.0
	for _, id := range g.ids {
		if scores[id] > 0 {
			found, top = append(found, id), max(top, scores[id])
		}
	}
	if top < least {
		return nil
	}
	found = slices.DeleteFunc(found, func(id string) bool { return scores[id] < top*shy })
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(scores[b], scores[a]) })
	return found[:min(len(found), MaxFound)]
}

// find gives the terms that a typed one stands for: itself, or else the words that it is a slip of.
func (x index) find(typed token) (at []string, share float64) {
	if _, ok := x.weight[typed.term]; ok || han(typed.term) {
		return []string{typed.term}, 1
	}
	for spelt, term := range x.spelt {
		if slip(typed.spelt, spelt) {
			at = append(at, term)
		}
	}
	return at, nearly
}

// token is what is compared, and how it is written: a slip is seen in the word, not in its stem.
type token struct{ term, spelt string }

// terms cuts a text into what is compared: stems of English words without those that say nothing, and every two Chinese
// characters side by side.
func terms(text string) []token {
	var out []token
	// NFKC makes wide letters and digits plain ones.
	runs := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
	for _, run := range runs {
		var word, signs []rune
		flush := func() {
			if w := strings.Trim(string(word), "'"); w != "" && !silent[w] {
				w = strings.TrimSuffix(w, "'s")
				out = append(out, token{english.Stem(w, false), w})
			}
			for i := range max(len(signs)-1, 0) {
				if pair := string(signs[i : i+2]); !silent[pair] {
					out = append(out, token{pair, pair})
				}
			}
			word, signs = nil, nil
		}
		for _, r := range run {
			if isHan := unicode.Is(unicode.Han, r); isHan && len(word) > 0 || !isHan && len(signs) > 0 {
				flush()
			}
			if unicode.Is(unicode.Han, r) {
				signs = append(signs, r)
			} else {
				word = append(word, r)
			}
		}
		flush()
	}
	return out
}

func han(term string) bool {
	for _, r := range term {
		return unicode.Is(unicode.Han, r)
	}
	return false
}

// slip says whether one word is the other with one slip of a finger, or with two when it is long: a letter too many, too
// few, another one, or two that changed places. Short words are too like each other for that.
func slip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	most := 1
	if min(len(x), len(y)) >= 8 {
		most = 2
	}
	if min(len(x), len(y)) < 4 || max(len(x), len(y))-min(len(x), len(y)) > most {
		return false
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)] <= most
}

// silent are words that stand in every question and tell none from another.
var silent = set(`a an the i i'm im my me we our you your he she they it its is are was were be been am do does did don't dont
doesn't didn't can can't cant could should would will have has had not no of to in on at for from with by and or but if when
what how who why where which this that these those there so as about get got just any much many company boss manager
employer work job want know ask please since may take yet still also them then very too here now some
公司 我们 我的 怎么 么办 什么 可以 不可 能不 不能 是不 不是 是否 如何 应该 老板 单位 领导 请问 没有 有没 需要 要不 多少 这个 那个 一个 问题 员工 了怎 办理`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
