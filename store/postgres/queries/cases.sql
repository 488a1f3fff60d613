-- name: CaseByDraft :one
SELECT * FROM cases WHERE draft = @draft;

-- name: CaseByID :one
SELECT * FROM cases WHERE id = @id;

-- name: CaseByRef :one
SELECT * FROM cases WHERE ref = @ref;

-- name: CaseAtReceipt :one
-- The case of a receipt or, when there is none, the next one in the order of the look-up values: a row is read
-- either way, and the time says nothing. The caller compares.
SELECT * FROM cases WHERE receipt_lookup = COALESCE(
    (SELECT n.receipt_lookup FROM cases n WHERE n.receipt_lookup >= @receipt_lookup ORDER BY n.receipt_lookup LIMIT 1),
    (SELECT f.receipt_lookup FROM cases f WHERE f.receipt_lookup IS NOT NULL ORDER BY f.receipt_lookup LIMIT 1));

-- name: CasesByReporter :many
SELECT * FROM cases WHERE reporter_key = @reporter_key ORDER BY filed_at DESC, id;

-- name: LockCaseByID :one
SELECT * FROM cases WHERE id = @id FOR UPDATE;

-- name: LockCaseByRef :one
SELECT * FROM cases WHERE ref = @ref FOR UPDATE;

-- name: InsertCase :execrows
INSERT INTO cases (id, ref, draft, mode, kind, matter, unit, department, language, procedure, urgent, status, owner,
    outcome, rating, version, unread, clocks, next_due, filed_at, updated_at, wrapped_key, identity, reporter_key,
    address, receipt_lookup)
VALUES (@id, @ref, @draft, @mode, @kind, @matter, @unit, @department, @language, @procedure, @urgent, @status, @owner,
    @outcome, @rating, @version, @unread, @clocks, @next_due, @filed_at, @updated_at, @wrapped_key, @identity, @reporter_key,
    @address, @receipt_lookup)
ON CONFLICT (draft) DO NOTHING;

-- name: UpdateCase :execrows
-- What a case was filed with stays; the rest is the fold of its events.
UPDATE cases SET department = @department, status = @status, owner = @owner, outcome = @outcome, rating = @rating,
    version = @version, unread = @unread, clocks = @clocks, next_due = @next_due, updated_at = @updated_at
WHERE id = @id AND version = @read_version;

-- name: InsertEvent :exec
INSERT INTO events (case_id, seq, kind, at, party, officer, role, by_department, status, to_officer, department, code,
    body, action_key)
VALUES (@case_id, @seq, @kind, @at, @party, @officer, @role, @by_department, @status, @to_officer, @department, @code,
    @body, @action_key);

-- name: EventByKey :one
SELECT * FROM events WHERE case_id = @case_id AND action_key = @action_key;

-- name: EventBySeq :one
SELECT * FROM events WHERE case_id = @case_id AND seq = @seq;

-- name: EventsOfCase :many
SELECT * FROM events WHERE case_id = @case_id ORDER BY seq;

-- name: DatabaseTime :one
-- clock_timestamp, not now: a transaction that waited for a lock must not act in the past.
SELECT clock_timestamp()::timestamptz;
