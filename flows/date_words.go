package flows

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The shapes of a date. Names of groups: y, m, d in figures, name a month in English, n a number of days.
var shapes = []*regexp.Regexp{
	regexp.MustCompile(`^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})$`),
	regexp.MustCompile(`^(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]?$`),
	regexp.MustCompile(`^(?P<when>去年|今年) ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]?$`),
	regexp.MustCompile(`^(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]?$`),
	regexp.MustCompile(`^(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})$`),
	regexp.MustCompile(`^(?P<d>\d{1,2})(?:st|nd|rd|th)? (?:of )?(?P<name>[a-z]{3,9})\.?,? (?P<y>\d{4})$`),
	regexp.MustCompile(`^(?P<name>[a-z]{3,9})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})$`),
	regexp.MustCompile(`^(?P<d>\d{1,2})(?:st|nd|rd|th)? (?:of )?(?P<name>[a-z]{3,9})$`),
	regexp.MustCompile(`^(?P<name>[a-z]{3,9})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?$`),
	regexp.MustCompile(`^(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月份?$`),
	regexp.MustCompile(`^(?P<y>\d{4})[-/](?P<m>\d{1,2})$`),
	regexp.MustCompile(`^(?P<when>去年|今年) ?(?P<m>\d{1,2}) ?月份?$`),
	regexp.MustCompile(`^(?P<m>\d{1,2}) ?月份?$`),
	regexp.MustCompile(`^(?:in )?(?P<name>[a-z]{3,9}) (?P<y>\d{4})$`),
	regexp.MustCompile(`^(?P<y>\d{4}) ?年$`),
	regexp.MustCompile(`^(?P<n>\d{1,3}) ?(?:天前|days? ago)$`),
}

var (
	onlyDay   = regexp.MustCompile(`^(\d{1,2}) ?[日号]?$`)
	partOfDay = regexp.MustCompile(` ?(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|夜班|白班|左右|前后| morning| afternoon| evening| night)$`)
)

// unsaid stands for a year that was left out.
const unsaid = -1

// dayOnly is the day of the month in "8日", or 0.
func dayOnly(t string) int {
	m := onlyDay.FindStringSubmatch(t)
	if m == nil {
		return 0
	}
	return atoi(m[1])
}

// days reads one expression without a range.
func (r reader) days(t string) (days, error) {
	t = strings.TrimSpace(t)
	for _, p := range []string{"大概", "大约", "约", "about ", "around ", "on "} {
		t = strings.TrimPrefix(t, p)
	}
	t = partOfDay.ReplaceAllString(t, "")
	if d, ok := r.named(t); ok {
		return d, nil
	}
	for _, re := range shapes {
		m := re.FindStringSubmatch(t)
		if m == nil {
			continue
		}
		part := func(name string) string {
			if i := re.SubexpIndex(name); i >= 0 {
				return m[i]
			}
			return ""
		}
		if n := part("n"); n != "" {
			day := r.today.AddDate(0, 0, -atoi(n))
			return days{from: day, to: day}, nil
		}
		year, month, day := atoi(part("y")), atoi(part("m")), atoi(part("d"))
		if part("y") == "" {
			year = unsaid
		}
		switch part("when") {
		case "去年":
			year = r.today.Year() - 1
		case "今年":
			year = r.today.Year()
		}
		if name := part("name"); name != "" {
			if month = monthNamed(name); month == 0 {
				continue
			}
		}
		return r.calendar(year, month, day, re.SubexpIndex("m") >= 0 || re.SubexpIndex("name") >= 0, re.SubexpIndex("d") >= 0)
	}
	return days{}, ErrDateUnclear
}

// calendar makes a day, a month or a year of figures. An unsaid year is the latest past one that fits.
func (r reader) calendar(year, month, day int, hasMonth, hasDay bool) (days, error) {
	if !hasMonth {
		return r.upToToday(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC))
	}
	if month < 1 || month > 12 || hasDay && (day < 1 || day > 31) {
		return days{}, ErrDateUnclear
	}
	first := day
	if !hasDay {
		first = 1
	}
	guessed := year == unsaid
	if guessed {
		// Eight years back always meet a 29 February.
		for year = r.today.Year(); year > r.today.Year()-9; year-- {
			d := time.Date(year, time.Month(month), first, 0, 0, 0, 0, time.UTC)
			if d.Day() == first && !d.After(r.today) {
				break
			}
		}
	}
	from := time.Date(year, time.Month(month), first, 0, 0, 0, 0, time.UTC)
	if from.Day() != first {
		return days{}, ErrDateUnclear
	}
	if !hasDay {
		d, err := r.upToToday(from, from.AddDate(0, 1, -1))
		d.guessed = guessed
		return d, err
	}
	if from.After(r.today) {
		return days{}, ErrDateFuture
	}
	return days{from: from, to: from, guessed: guessed}, nil
}

// upToToday cuts a month or year that has not ended.
func (r reader) upToToday(from, to time.Time) (days, error) {
	if from.After(r.today) {
		return days{}, ErrDateFuture
	}
	if to.After(r.today) {
		to = r.today
	}
	return days{from: from, to: to}, nil
}

// named reads days, weeks, months and years that have a name.
func (r reader) named(t string) (days, bool) {
	day := func(back int) (days, bool) {
		d := r.today.AddDate(0, 0, -back)
		return days{from: d, to: d}, true
	}
	cut := func(from, to time.Time) (days, bool) {
		d, err := r.upToToday(from, to)
		return d, err == nil
	}
	month := time.Date(r.today.Year(), r.today.Month(), 1, 0, 0, 0, 0, time.UTC)
	year := time.Date(r.today.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	monday := r.today.AddDate(0, 0, -(int(r.today.Weekday())+6)%7)
	switch t {
	case "今天", "今日", "today", "刚才", "刚刚", "just now", "now", "现在":
		return day(0)
	case "昨天", "昨日", "昨", "yesterday":
		return day(1)
	case "前天", "前日", "the day before yesterday", "day before yesterday":
		return day(2)
	case "大前天":
		return day(3)
	case "这周", "本周", "这个星期", "这星期", "this week":
		return cut(monday, monday.AddDate(0, 0, 6))
	case "上周", "上个星期", "上星期", "上个礼拜", "last week":
		return cut(monday.AddDate(0, 0, -7), monday.AddDate(0, 0, -1))
	case "这个月", "本月", "当月", "this month":
		return cut(month, month.AddDate(0, 1, -1))
	case "上个月", "上月", "last month":
		return cut(month.AddDate(0, -1, 0), month.AddDate(0, 0, -1))
	case "今年", "this year":
		return cut(year, year.AddDate(1, 0, -1))
	case "去年", "last year":
		return cut(year.AddDate(-1, 0, 0), year.AddDate(0, 0, -1))
	case "前年":
		return cut(year.AddDate(-2, 0, 0), year.AddDate(-1, 0, -1))
	}
	return days{}, false
}

func monthNamed(name string) int {
	for m := time.January; m <= time.December; m++ {
		long := strings.ToLower(m.String())
		if name == long || name == long[:3] || m == time.September && name == "sept" {
			return int(m)
		}
	}
	return 0
}

// atoi reads figures that a pattern has checked; "" is 0.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
