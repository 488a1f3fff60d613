package flows

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// pattern is one rule over a text whose signs are narrow. group is the part of the match that is flagged; keep, when
// set, looks at the match and what stands around it. A text without any of the signs in need cannot match.
type pattern struct {
	rule  Rule
	find  *regexp.Regexp
	group int
	need  string
	keep  func(before, hit, after string) bool
}

const (
	digits = "0123456789"
	// surnames are the most common Chinese ones. Without them every pair of signs could be a name.
	surnames  = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤涂柏喻樊殷翟颜倪芦俞鲁葛伍聂焦邢岳祁耿牟詹欧柳洪施庄康"
	nameShape = `[` + surnames + `]\p{Han}{1,2}`
	// title after a name: it is somebody else who was called, or a name that belongs to no signature.
	titleShape = `(?:主任|经理|师傅|总|书记|老师|哥|姐|医生|厂长|班长|组长|科长|处长|部长|院长|局长|警官|先生|女士|小姐|阿姨|叔)`

	// provinces are the signs that number plates begin with.
	provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

	clockShape = `(?:(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|深夜) ?)?(?:` +
		`(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?: ?[apAP]\.?[mM]\b)?` +
		`|(?:\d{1,2}|[一二三四五六七八九十]{1,3})[点时](?:[0-5]?\d分|[一二三四五六七八九十]{1,3}分|半|[一三]刻)` +
		`|\d{1,2}[:.][0-5]\d ?[apAP]\.?[mM]\b)`
	monthShape = `(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`
	dateShape  = `(?:\d{4}[-/.年] ?\d{1,2}[-/.月] ?\d{1,2}[日号]?|\d{1,2}月 ?\d{1,2}[日号]|[昨今前当]天|[昨今当]晚|今早|(?:星期|周|礼拜)[一二三四五六日天]` +
		`|(?i:\b` + monthShape + ` \d{1,2}(?:st|nd|rd|th)?\b|\b\d{1,2}(?:st|nd|rd|th)? ` + monthShape + `(?: \d{4})?\b|\b(?:yesterday|today|tonight|last night)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b))`
	gapShape = `[^\d\n。;；!！?？]{0,12}?`
)

// patterns are tried one after another over every text.
var patterns = []pattern{
	{rule: RuleIDCard, find: regexp.MustCompile(`[1-9]\d{16}[\dXx]`), need: digits, keep: func(before, hit, after string) bool {
		return apart(before, after) && idCard(hit)
	}},
	{rule: RuleEmail, find: regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`), need: "@"},
	{rule: RulePhone, find: regexp.MustCompile(`(?:(?:\+|00)?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}`), need: "1", keep: unmasked},
	{rule: RulePhone, find: regexp.MustCompile(`(?:\(0\d{2,3}\) ?|0\d{2,3}[-—－ ])\d{7,8}`), need: "0", keep: unmasked},
	{rule: RulePhone, find: regexp.MustCompile(`\+\d[\d ().-]{6,18}\d`), need: "+", keep: func(before, hit, after string) bool {
		n := figures(hit)
		return apart(before, after) && n >= 8 && n <= 15
	}},
	{rule: RuleHandle, find: regexp.MustCompile(`(?i)(?:微信(?:号码|号)?|威信|v信|qq(?:号码|号)?|扣扣|\bvx|\bwx)[ :是为]{0,3}([a-z][a-z0-9_-]{5,19}|\d{5,12})`), group: 1, need: digits, keep: handle},
	{rule: RuleHandle, find: regexp.MustCompile(`(?i)(?:微信(?:号码|号)|\bvx|\bwx)[ :是为]{1,3}([a-z][a-z0-9_-]{5,19})`), group: 1, keep: alone},
	{rule: RuleHandle, find: regexp.MustCompile(`(?i)\b(?:wechat|weixin)(?: id| account)?(?: is|:)? ?:? ?([a-z][a-z0-9_-]{5,19})`), group: 1, need: digits + "_", keep: handle},
	{rule: RuleStaff, find: regexp.MustCompile(`(?i)(?:工号|员工(?:编)?号|员工编号|职工(?:编)?号|工牌号?|胸牌号?|厂牌号?|\b(?:staff|employee|badge|personnel|payroll|worker|works)(?: (?:id|no|number|num)\b\.?| ?#))[ :是为#(]{0,4}(?:is )?([a-z]{0,4}-?\d{3,12})`), group: 1, need: digits, keep: alone},
	{rule: RuleStaff, find: regexp.MustCompile(`[A-Z]{1,3}-?\d{6,9}`), need: digits, keep: func(before, _, after string) bool {
		last, _ := utf8.DecodeLastRuneInString(before)
		return apart(before, after) && !wordRune(last) && !strings.ContainsRune("-_/.#"+provinces, last) && !strings.HasSuffix(after, "_")
	}},
	{rule: RuleTime, find: regexp.MustCompile(dateShape + gapShape + clockShape), need: digits + "点时", keep: once},
	{rule: RuleTime, find: regexp.MustCompile(`(?i)\b(?:[01]?\d|2[0-3]):[0-5]\d(?: ?[ap]\.?m\b)?(?: on| of)? ` + dateShape), need: ":"},
	{rule: RuleOnly, find: regexp.MustCompile(`我[是为](?:[^\s,。.;!?我不]{0,8})?唯一|只有我(?:一个人?|自己)?|就(?:只有|剩)?我(?:一个|自己)|我一个人`), need: "我", keep: onlyMe},
	{rule: RuleOnly, find: regexp.MustCompile(`(?i)\bI(?: am|['’]m| was) the only\b|\bonly I\b|\b(?:nobody|no one|no-one|none)(?: else)? (?:but|except|besides|apart from) me\b`), need: "Ii", keep: func(before, _, _ string) bool {
		before = strings.ToLower(strings.TrimRight(before, " "))
		return !strings.HasSuffix(before, "if") && !strings.HasSuffix(before, "not")
	}},
	{rule: RuleSignature, find: regexp.MustCompile(`(?:反[映应]人|投诉人|举报人|申诉人|请求人|检举人|署名|签名|落款) ?[: ] ?(` + nameShape + `)`), group: 1, need: "人名款", keep: called},
	{rule: RuleSignature, find: regexp.MustCompile(`敬 ?礼[!。 \n]{0,3}(` + nameShape + `)(?:[\d \n(,，。]|$)`), group: 1, need: "礼", keep: called},
	{rule: RuleName, find: regexp.MustCompile(`我叫[^他她它你您大老来人不去爸妈了过上\P{Han}]\p{Han}{1,2}(?:[,，。.:： \n(]|$)`), need: "我", keep: called},
	{rule: RuleName, find: regexp.MustCompile(`(?:我叫|我的名字(?:是|叫)|我姓名|本人姓名|本人(?:名)?叫|我本人叫)[: 是为]{0,2}` + nameShape), need: "我本", keep: called},
	{rule: RuleName, find: regexp.MustCompile(`(?:我是|本人是?)` + nameShape + `(?:[,，。.:： \n)]|$)`), need: "我本", keep: called},
	{rule: RuleName, find: regexp.MustCompile(`我姓[` + surnames + `](?:[,，。. \n]|$)`), need: "我"},
	{rule: RuleName, find: regexp.MustCompile(`\b(?:[Mm]y (?:full )?name is|I am called|[Tt]hey call me) \p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+){0,2}`), need: "ae"},
	{rule: RuleWork, find: regexp.MustCompile(`(?:我|本人)(?:就|都)?[是在](?:[\p{Han}A-Za-z0-9]{0,12}?)(?:车间|班组|产线|生产线|流水线|仓库|食堂|工段|科室|[0-9一二三四五六七八九十]+号?[组班线]|[财人行质安采后设技生销品][务事政检保购勤备术产售质]部)(?:的|上班|工作|干活|做事|[员职]?工)`), need: "我本"},
	{rule: RuleWork, find: regexp.MustCompile(`(?i)\bI(?:['’]m| am| work| worked)(?: a| an| the)?(?: [\w-]+){0,3}? (?:in|at|on|from|of) (?:the |our )?[\w-]+(?: [\w-]+){0,2}? (?:shop|workshop|line|team|unit|crew|shift|section|workgroup)\b`), need: "Ii"},
}

// inText finds what the rules know in a text, and the person's own words.
func inText(text string, own []ownWord) []Pointer {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	folded := narrow(text)
	var found []Pointer
	for _, p := range patterns {
		if p.need != "" && !strings.ContainsAny(folded, p.need) {
			continue
		}
		for _, m := range p.find.FindAllStringSubmatchIndex(folded, maxPointers) {
			from, to := m[2*p.group], m[2*p.group+1]
			if p.keep != nil && !p.keep(folded[:from], folded[from:to], folded[to:]) {
				continue
			}
			hit := strings.TrimRight(folded[from:to], ",，。.:： \n)")
			at := utf8.RuneCountInString(folded[:from])
			found = append(found, Pointer{From: at, To: at + utf8.RuneCountInString(hit), Rule: p.rule})
		}
	}
	found = append(found, signature(folded)...)
	return append(found, ownPlaces([]rune(folded), own)...)
}

var (
	signedBy   = regexp.MustCompile(`^(?:此致|联系人|员工|职工|姓名)[: ]+(` + nameShape + `)$`)
	farewell   = regexp.MustCompile(`(?i)^(?:(?:best|kind|warm)? ?regards|yours(?: sincerely| faithfully| truly)?|sincerely|best wishes|respectfully|signed|thanks|thank you)[,.:]?$`)
	signedLine = regexp.MustCompile(`^(?i:signed|yours|regards|sincerely|from|name)[,:]? (?:by )?(\p{Lu}[\p{L}'’-]+(?: \p{Lu}\.?[\p{L}'’-]*){0,2})$`)
	personLine = regexp.MustCompile(`^[-–— ]*(\p{Lu}[\p{L}'’-]+(?: \p{Lu}\.?[\p{L}'’-]*){0,2})$`)
	nameLine   = regexp.MustCompile(`^` + nameShape + `$`)
	dayLine    = regexp.MustCompile(`^[\d年月日号./ -]+$`)
)

// signature finds a name under a text of several lines, with or without a date below it.
func signature(folded string) []Pointer {
	if strings.Count(folded, "\n") > 1000 {
		return nil
	}
	lines := strings.Split(folded, "\n")
	last := len(lines) - 1
	for last > 0 && (strings.TrimSpace(lines[last]) == "" || dayLine.MatchString(strings.TrimSpace(lines[last]))) {
		last--
	}
	flag := func(i int, hit string) []Pointer {
		from := 0
		for _, l := range lines[:i] {
			from += utf8.RuneCountInString(l) + 1
		}
		from += utf8.RuneCountInString(lines[i][:strings.Index(lines[i], hit)])
		return []Pointer{{From: from, To: from + utf8.RuneCountInString(hit), Rule: RuleSignature}}
	}
	line := strings.TrimSpace(lines[last])
	if m := signedBy.FindStringSubmatch(line); m != nil && !common[m[1]] {
		return flag(last, m[1])
	}
	if m := signedLine.FindStringSubmatch(line); m != nil {
		return flag(last, m[1])
	}
	if last == 0 {
		return nil
	}
	before := last - 1
	for before > 0 && strings.TrimSpace(lines[before]) == "" {
		before--
	}
	above := strings.TrimSpace(lines[before])
	switch m := personLine.FindStringSubmatch(line); {
	case m != nil && (farewell.MatchString(above) || strings.HasPrefix(line, "-") || strings.HasPrefix(line, "–") || strings.HasPrefix(line, "—")):
		return flag(last, m[1])
	case nameLine.MatchString(line) && !common[line] && utf8.RuneCountInString(above) > 4:
		return flag(last, line)
	}
	return nil
}

// inFileName finds a person's name or number in the name of a file.
func inFileName(fileName string, own []ownWord) (from, to int, ok bool) {
	folded := narrow(fileName)
	if strings.TrimSpace(folded) == "" {
		return 0, 0, false
	}
	for _, p := range tidy(append(ownPlaces([]rune(folded), own), inText(folded, nil)...)) {
		switch p.Rule {
		case RuleName, RulePhone, RuleEmail, RuleStaff, RuleIDCard, RuleHandle:
			return p.From, p.To, true
		}
	}
	for _, m := range nameInFile.FindAllStringSubmatchIndex(folded, -1) {
		if hit := folded[m[2]:m[3]]; !common[hit] {
			at := utf8.RuneCountInString(folded[:m[2]])
			return at, at + utf8.RuneCountInString(hit), true
		}
	}
	return 0, 0, false
}

var nameInFile = regexp.MustCompile(`(?:^|[^\p{Han}])(` + nameShape + `)(?:的|简历|工资|合同|劳动合同|身份证|请假|考勤|病历|病假|[^\p{Han}]|$)`)

// common are words that begin like a name.
var common = map[string]bool{
	"谢谢": true, "谢谢您": true, "谢谢你": true, "高温": true, "高清": true, "石头": true, "金额": true, "金牌": true, "方案": true, "白天": true,
	"何时": true, "何地": true, "何处": true, "任何": true, "任务": true, "余额": true, "高层": true, "高中": true, "向上": true, "万元": true, "万人": true,
	"严重": true, "严格": true, "武汉": true, "江苏": true, "江西": true, "于是": true, "于此": true, "程度": true, "程序": true, "周边": true, "周日": true,
	"周一": true, "周二": true, "周三": true, "周四": true, "周五": true, "周六": true, "林业": true, "田地": true, "史上": true, "白班": true, "方便": true,
	"马上": true, "许多": true, "常委": true, "万分": true, "何必": true, "高管": true, "黄金": true, "金融": true, "钱款": true, "龙头": true, "孔雀": true,
	"叶子": true, "段子": true, "汤水": true, "贺卡": true, "毛病": true, "顾客": true, "雷电": true, "白条": true, "付款": true, "付清": true, "钟点工": true,
	"张贴": true, "陈述": true, "陈述书": true, "曾经": true, "夏天": true, "秦岭": true, "莫名": true, "孟加拉": true, "石油": true, "高铁": true, "高新区": true,
	"江湖": true, "江边": true, "杜绝": true, "苏州": true, "万达": true, "蔡甸": true, "袁家岭": true, "付费": true, "周围": true, "周末": true, "单身": true,
}

// apart: no figure stands right before or behind.
func apart(before, after string) bool {
	return (before == "" || !isFigure(before[len(before)-1])) && (after == "" || !isFigure(after[0]))
}

func isFigure(c byte) bool { return c >= '0' && c <= '9' }

// alone: neither a figure nor a letter stands right before or behind.
func alone(before, _, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return !(before != "" && wordRune(last)) && !(after != "" && wordRune(first))
}

// unmasked leaves out figures that somebody has masked with zeros.
func unmasked(before, hit, after string) bool {
	return alone(before, hit, after) && strings.Trim(hit[len(hit)-7:], "- 0") != ""
}

// once leaves out hours that come again every week.
func once(before, hit, _ string) bool {
	return !strings.HasSuffix(before, "每") && !strings.HasSuffix(before, "每个") && !strings.Contains(hit, "至周") && !strings.Contains(hit, "到周") && !strings.Contains(hit, "至星期")
}

// handle: a word after "wechat" is an account only with something in it that words do not have.
func handle(before, hit, after string) bool {
	return alone("", hit, after) && strings.ContainsAny(hit, digits+"_") && apart(before, after)
}

// idCard checks the birthday and the last sign of a Chinese ID card's number.
func idCard(n string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(n[i]-'0') * w
	}
	last := n[17]
	if last == 'x' {
		last = 'X'
	}
	year, month, day := n[6:10], n[10:12], n[12:14]
	return "10X98765432"[sum%11] == last && year >= "1900" && year <= "2099" && month >= "01" && month <= "12" && day >= "01" && day <= "31"
}

// onlyMe leaves out "not only I", and words in which "me" is the beginning of "our".
func onlyMe(before, hit, after string) bool {
	for _, s := range []string{"不", "不是", "不止", "不只", "并非", "不光", "不单", "难道", "不仅", "仅仅是"} {
		if strings.HasSuffix(before, s) {
			return false
		}
	}
	if strings.HasSuffix(hit, "我") {
		for _, s := range []string{"们", "国", "市", "省", "县", "区", "镇", "村", "校", "司", "家", "厂", "院", "单位", "方"} {
			if strings.HasPrefix(after, s) {
				return false
			}
		}
	}
	if hit != "我一个人" {
		return true
	}
	for _, s := range []string{"知道", "在场", "看见", "看到", "值班", "当班", "负责", "上夜班", "管", "经手", "操作"} {
		if i := strings.Index(after, s); i >= 0 && utf8.RuneCountInString(after[:i]) <= 4 {
			return true
		}
	}
	return strings.HasPrefix(after, "。") || strings.HasPrefix(after, "，") || strings.HasPrefix(after, ",") || after == ""
}

var titled = regexp.MustCompile(`^(?:\p{Han}{0,1})` + titleShape)

// called leaves out "I called the director over" and words that begin like a name.
func called(_, hit, after string) bool {
	hit = strings.TrimRight(hit, ",，。.:： \n)")
	for _, verb := range []string{"于今", "于去", "于昨", "于本", "于上", "于前"} {
		if strings.Contains(hit, verb) {
			return false
		}
	}
	r := []rune(hit)
	for n := 2; n <= 3 && n < len(r); n++ {
		if common[string(r[len(r)-n:])] {
			return false
		}
	}
	return !titled.MatchString(after) && !titledInside.MatchString(hit)
}

var titledInside = regexp.MustCompile(titleShape + `$`)
