-- name: InsertNotice :one
-- The row tells when it leaves, and nothing of when it was written.
INSERT INTO notices (case_id, seq, recipient, officer, colleague, due_at, updated_at)
VALUES (@case_id, @seq, @recipient, @officer, @colleague, @due_at, @due_at)
RETURNING id;

-- name: NewsWaits :one
-- When a reporter of a case is told of something already.
SELECT min(due_at)::timestamptz AS due_at FROM notices
WHERE case_id = @case_id AND recipient = 'reporter' AND colleague = @colleague AND state = 'waiting' AND due_at > @now::timestamptz
HAVING count(*) > 0;

-- name: LastOfficeAct :one
SELECT max(at)::timestamptz AS at FROM events WHERE case_id = @case_id AND party = 'office' HAVING count(*) > 0;

-- name: MoveNews :exec
UPDATE notices SET due_at = @due_at, updated_at = @due_at
WHERE case_id = @case_id AND recipient = 'reporter' AND colleague = @colleague AND state = 'waiting';

-- name: CoverNews :exec
-- One message told of all that waited.
UPDATE notices SET state = 'sent', updated_at = clock_timestamp()
WHERE case_id = @case_id AND recipient = 'reporter' AND colleague = @colleague AND state = 'waiting' AND attempts = 0 AND due_at <= @due_at;

-- name: OtherArrivals :many
-- Of a notice that tells an officer of a new case: those of other new cases to the same officer that are due and not begun.
-- What is in danger is told of by itself; what the officer may not see, or somebody has taken, does not count.
SELECT o.id FROM notices n
JOIN notices o ON o.officer = n.officer AND o.recipient = n.recipient AND o.id <> n.id
JOIN events e ON e.case_id = n.case_id AND e.seq = n.seq
JOIN events oe ON oe.case_id = o.case_id AND oe.seq = o.seq
JOIN cases c ON c.id = n.case_id
JOIN cases oc ON oc.id = o.case_id
WHERE n.id = @id AND n.recipient = 'department' AND e.kind IN ('filed', 'queued') AND NOT c.urgent
    AND o.state = 'waiting' AND o.attempts = 0 AND o.due_at <= clock_timestamp() AND oe.kind IN ('filed', 'queued')
    AND NOT oc.urgent AND oc.owner IS NULL AND NOT oc.unqueued AND NOT oc.shredded AND NOT n.officer = ANY (oc.recused)
ORDER BY o.id LIMIT 1000;

-- name: CoverArrivals :exec
-- One message told of all of them.
UPDATE notices SET state = 'sent', updated_at = clock_timestamp()
WHERE id = ANY (@ids::bigint[]) AND state = 'waiting' AND attempts = 0;

-- name: NoticesOfCase :many
SELECT * FROM notices WHERE case_id = @case_id ORDER BY id;

-- name: NoticeByID :one
SELECT * FROM notices WHERE id = @id;

-- name: EarlierNoticeWaits :one
-- An older notice to the same person about the same case goes first, unless it is in trouble.
SELECT EXISTS (
    SELECT 1 FROM notices e JOIN notices n ON n.case_id = e.case_id
        AND coalesce(n.officer, 0) = coalesce(e.officer, 0) AND n.colleague = e.colleague AND e.seq < n.seq
    WHERE n.id = @id AND e.state = 'waiting' AND e.attempts < 3 AND e.due_at <= clock_timestamp()
);

-- name: AttemptNotice :execrows
-- Before the send: a row with attempts and still waiting may have been sent by a process that died.
UPDATE notices SET attempts = attempts + 1, updated_at = clock_timestamp() WHERE id = @id AND state = 'waiting';

-- name: PutOffNotice :execrows
-- Nothing was sent and nothing is in trouble: it waits for its turn, and later ones wait behind it.
UPDATE notices SET attempts = attempts - 1, updated_at = clock_timestamp()
WHERE id = @id AND state = 'waiting' AND attempts > 0;

-- name: SettleNotice :execrows
UPDATE notices SET state = @state, updated_at = clock_timestamp() WHERE id = @id AND state = 'waiting';

-- name: AnyNoticeWaits :one
SELECT (EXISTS (SELECT 1 FROM notices WHERE state = 'waiting' AND due_at <= clock_timestamp())
    OR EXISTS (SELECT 1 FROM files WHERE state = 'waiting'))::boolean;

-- name: ResendBlocked :many
UPDATE notices SET state = 'waiting', attempts = 0, updated_at = clock_timestamp()
FROM (SELECT case_id, 0 AS n FROM reporters WHERE reporters.reporter_key = @reporter
    UNION ALL SELECT case_id, n FROM co_reporters WHERE co_reporters.reporter_key = @reporter) r
WHERE r.case_id = notices.case_id AND r.n = notices.colleague AND notices.state = 'blocked' AND notices.recipient = 'reporter'
RETURNING notices.id;

-- name: NoticesDue :one
-- Of those only whose time has come: the index of what waits is small.
SELECT count(*)::bigint AS waiting, coalesce(greatest(extract(epoch FROM clock_timestamp() - min(due_at)), 0), 0)::float8 AS oldest
FROM notices WHERE state = 'waiting' AND due_at <= clock_timestamp();
