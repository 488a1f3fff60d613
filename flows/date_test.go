package flows_test

import (
	"testing"

	"huiyin/flows"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	d := func(from string) flows.Span { return flows.Span{From: from} }
	r := func(from, to string) flows.Span { return flows.Span{From: from, To: to} }
	since := func(from string) flows.Span { return flows.Span{From: from, Ongoing: true} }
	for text, want := range map[string]flows.Span{
		"今天": d("2026-11-22"), "昨天晚上": d("2026-11-21"), "前天": d("2026-11-20"), "大前天": d("2026-11-19"),
		" Today ": d("2026-11-22"), "YESTERDAY evening": d("2026-11-21"), "3天前": d("2026-11-19"), "2 days ago": d("2026-11-20"),
		"2026-11-03": d("2026-11-03"), "2026/11/3": d("2026-11-03"), "2026年11月3日": d("2026-11-03"), "２０２６年１１月３号": d("2026-11-03"),
		"11月3日": d("2026-11-03"), "12月3日": d("2025-12-03"), "2月29日": d("2024-02-29"), "去年3月5日": d("2025-03-05"),
		"3 Nov 2026": d("2026-11-03"), "Nov 3, 2026": d("2026-11-03"), "3.11.2026": d("2026-11-03"), "3rd November": d("2026-11-03"),
		"Nov 3": d("2026-11-03"), "大概昨天": d("2026-11-21"), "2026.11.3": d("2026-11-03"),
		"3月5日到8日": r("2026-03-05", "2026-03-08"), "2026-11-03 to 2026-11-05": r("2026-11-03", "2026-11-05"),
		"2026-11-03-2026-11-05": r("2026-11-03", "2026-11-05"), "3 Mar – 31 May": r("2026-03-03", "2026-05-31"),
		"12月20日至1月5日": r("2025-12-20", "2026-01-05"), "11月3日~5日": r("2026-11-03", "2026-11-05"), "从3月1日到5月31日": r("2026-03-01", "2026-05-31"),
		"between 1 Mar and 2 Mar": r("2026-03-01", "2026-03-02"), "3月到5月": r("2026-03-01", "2026-05-31"),
		"2026年3月": r("2026-03-01", "2026-03-31"), "March 2026": r("2026-03-01", "2026-03-31"), "2026-03": r("2026-03-01", "2026-03-31"),
		"去年": r("2025-01-01", "2025-12-31"), "2025年": r("2025-01-01", "2025-12-31"), "上个月": r("2026-10-01", "2026-10-31"),
		"本月": r("2026-11-01", "2026-11-22"), "last week": r("2026-11-09", "2026-11-15"), "这周": r("2026-11-16", "2026-11-22"),
		"今年": r("2026-01-01", "2026-11-22"), "前年": r("2024-01-01", "2024-12-31"), "今年3月": r("2026-03-01", "2026-03-31"),
		"since 3 Nov": since("2026-11-03"), "从3月5日到现在": since("2026-03-05"), "3月5日起": since("2026-03-05"), "去年至今": since("2025-01-01"),
		"自2025年以来": since("2025-01-01"), "3 Mar until now": since("2026-03-03"),
		"一直": {Ongoing: true}, "Still going on": {Ongoing: true},
	} {
		got, err := flows.ParseDate(text, day)
		if err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"2026-11-23": flows.ErrDateFuture, "明天": flows.ErrDateFuture, "Tomorrow": flows.ErrDateFuture, "2030年": flows.ErrDateFuture, "2027年3月5日": flows.ErrDateFuture,
		"11月20日到2026年11月25日": flows.ErrDateFuture, "11月20日到25日": flows.ErrDateFuture, "since 2030-01-01": flows.ErrDateFuture,
		"2026-13-40": flows.ErrDateUnclear, "2月30日": flows.ErrDateUnclear, "2026-02-30": flows.ErrDateUnclear, "": flows.ErrDateUnclear,
		"不知道": flows.ErrDateUnclear, "0000-01-01": flows.ErrDateUnclear, "3 Foo 2026": flows.ErrDateUnclear, "1月31日到40日": flows.ErrDateUnclear,
		"2月1日到31日": flows.ErrDateUnclear, "2026-05-05到2026-05-01": flows.ErrDateUnclear, "since forever": flows.ErrDateUnclear,
		"这是一段写得很长很长的话，讲的是很久以前发生的一件事情，里面提到了昨天和今天，但并不是一个日期。": flows.ErrDateUnclear,
	} {
		if got, err := flows.ParseDate(text, day); err != want {
			t.Errorf("%s: %+v %v, want %v", text, got, err, want)
		}
	}
}
