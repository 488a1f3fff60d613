// Package failpoint names the moments at which a fault run ends the process: before and after every store is written and
// every call leaves. In what is shipped the calls compile to nothing; with the build tag `failpoints` the environment
// variable HUIYIN_FAILPOINT says at which of them, and at which of its passings, the process kills itself.
package failpoint

// Point is a moment, and its name.
type Point string

// The points, each in the order of before and after.
const (
	SessionWrite   Point = "session.write"
	SessionWritten Point = "session.written"
	DraftsWrite    Point = "drafts.write"
	DraftsWritten  Point = "drafts.written"
	DraftDrop      Point = "draft.drop"
	DraftDropped   Point = "draft.dropped"
	Commit         Point = "commit"
	Committed      Point = "committed"
	ShareWrite     Point = "share.write"
	ShareWritten   Point = "share.written"
	NoticeMark     Point = "notice.mark"
	NoticeMarked   Point = "notice.marked"
	NoticeSent     Point = "notice.sent"
	NoticeRecorded Point = "notice.recorded"
	CallOut        Point = "call.out"
	CallBack       Point = "call.back"
	WebhookAnswer  Point = "webhook.answer"
	OffsetConfirm  Point = "offset.confirm"
)
