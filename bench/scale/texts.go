package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
)

// texts makes what people say out of sentences.
type texts struct{ sentences []string }

// openTexts reads sentences out of a CSV file, or invents some when there is none.
func openTexts(path string) (*texts, error) {
	if path == "" {
		return &texts{invented()}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	column := -1
	if len(rows) > 0 {
		column = slices.Index(rows[0], "text")
	}
	if column < 0 {
		return nil, errors.New("read texts: the file has no column named text")
	}
	t := &texts{}
	for _, row := range rows[1:] {
		for _, s := range strings.FieldsFunc(row[column], func(r rune) bool { return strings.ContainsRune("。！？；\n\t", r) }) {
			if s = strings.TrimSpace(s); len([]rune(s)) >= 6 {
				t.sentences = append(t.sentences, s)
			}
		}
	}
	if len(t.sentences) < 100 {
		return nil, errors.New("read texts: there are fewer than 100 sentences")
	}
	return t, nil
}

// text is some sentences after each other; fewest and most count them.
func (t *texts) text(r *rand.Rand, fewest, most int) string {
	var b strings.Builder
	for range fewest + r.IntN(most-fewest+1) {
		b.WriteString(t.sentences[r.IntN(len(t.sentences))])
		b.WriteString("。")
	}
	return b.String()
}

// words is what somebody searches for: two to four characters that stand somewhere.
func (t *texts) words(r *rand.Rand) string {
	for {
		s := []rune(t.sentences[r.IntN(len(t.sentences))])
		n := 2 + r.IntN(3)
		at := r.IntN(len(s) - n + 1)
		if w := string(s[at : at+n]); strings.Trim(w, "，、：“”（）《》 \u3000,.:()") == w && !strings.ContainsAny(w, "，、：“”（）《》 ,.:()") {
			return w
		}
	}
}

// invented are sentences with words of very different frequency, as in a language.
func invented() []string {
	who := strings.Fields("班长 车间主任 组长 经理 同事 领导 财务 食堂 门卫 仓库 采购 人事 宿舍管理员 安全员 质检员 司机 老张 小李")
	does := strings.Fields("拖欠 克扣 不发 少算 拒绝支付 要求加班 不安排休息 没有处理 不给合同 骂人 威胁 收红包 不修 隐瞒 乱罚款 调岗 降薪 辞退 不买社保 不报工伤 泄露 推卸 伪造 堵住 关闭")
	what := strings.Fields("工资 加班费 年终奖 补贴 高温补贴 夜班津贴 社保 公积金 工伤赔偿 病假 年假 考勤记录 劳动合同 离职证明 防护手套 口罩 消防通道 叉车 冲压机 通风设备 宿舍热水 空调 饭菜 饮用水 停车位 招待费 报销单 废料款")
	when := strings.Fields("上个月 这三个月 去年年底 国庆期间 每天晚上 周末 从三月份开始 一直 最近两周 入职以后")
	r := rand.New(rand.NewPCG(7, 7))
	skewed := func(from []string) string { return from[int(r.Float64()*r.Float64()*float64(len(from)))] }
	out := make([]string, 4000)
	for i := range out {
		out[i] = fmt.Sprintf("%s%s%s%s，编号%c%d，希望%s", skewed(when), skewed(who), skewed(does), skewed(what), 'A'+rune(r.IntN(8)), r.IntN(90), []string{"尽快处理", "给个答复", "核实情况", "依法解决"}[r.IntN(4)])
	}
	return out
}
