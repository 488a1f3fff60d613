-- name: CaseByDraft :one
SELECT * FROM cases WHERE draft = @draft;

-- name: CaseByID :one
SELECT * FROM cases WHERE id = @id;

-- name: CaseByRef :one
SELECT * FROM cases WHERE ref = @ref;

-- name: CaseAtReceipt :one
-- The case of a receipt or, when there is none, the next one in the order of the look-up values: a row is read
-- either way, and the time says nothing. The caller compares.
SELECT sqlc.embed(c), r.receipt_lookup FROM reporters r JOIN cases c ON c.id = r.case_id WHERE r.receipt_lookup = COALESCE(
    (SELECT n.receipt_lookup FROM reporters n WHERE n.receipt_lookup >= @receipt_lookup ORDER BY n.receipt_lookup LIMIT 1),
    (SELECT f.receipt_lookup FROM reporters f WHERE f.receipt_lookup IS NOT NULL ORDER BY f.receipt_lookup LIMIT 1));

-- name: CasesByReporter :many
SELECT c.* FROM cases c JOIN reporters r ON r.case_id = c.id
WHERE r.reporter_key = @reporter_key AND NOT c.shredded ORDER BY c.filed_at DESC, c.id;

-- name: LockCaseByID :one
SELECT * FROM cases WHERE id = @id FOR UPDATE;

-- name: LockCaseByRef :one
SELECT * FROM cases WHERE ref = @ref FOR UPDATE;

-- name: BeforeFiling :many
-- What a filing asks first: the time, whether its draft is a case already, and the active officers; at least one row.
SELECT clock_timestamp()::timestamptz AS at, EXISTS (SELECT FROM cases WHERE draft = @draft)::boolean AS filed,
    coalesce(o.id, 0)::bigint AS id, coalesce(o.name, '')::text AS name, coalesce(o.role, '')::text AS role,
    coalesce(o.department, '')::text AS department, coalesce(o.language, '')::text AS language, o.away_until, o.deputy,
    coalesce(o.skills, '{}')::text[] AS skills
FROM (VALUES (true)) AS always (yes) LEFT JOIN officers o ON o.revoked_at IS NULL
ORDER BY o.id;

-- name: FileCase :one
-- A case with what leads back to its reporter, its first event and the note that this waits to be sealed, what the tree is
-- to show, and its words: all of it or, when the draft is a case already, nothing.
WITH filed AS (
    INSERT INTO cases (id, ref, draft, mode, kind, matter, unit, department, language, procedure, urgent, status, owner,
        outcome, rating, version, unread, clocks, next_due, filed_at, updated_at, wrapped_key, shared_key, prompt, restricted,
        queued_at, unqueued, recused, retention, work, guests, transfer_to, watched, wake_at)
    VALUES (@id, @ref, @draft, @mode, @kind, @matter, @unit, @department, @language, @procedure, @urgent, @status, @owner,
        @outcome, @rating, @version, @unread, @clocks, @next_due, @filed_at, @updated_at, @wrapped_key, true, @prompt,
        @restricted, @queued_at, @unqueued, @recused::bigint[], @retention, @work, @guests::bigint[], @transfer_to, @watched,
        @wake_at)
    ON CONFLICT (draft) DO NOTHING
    RETURNING id, mode
), way AS (
    INSERT INTO reporters (case_id, mode, reporter_key, address, receipt_lookup)
    SELECT id, mode, sqlc.narg('reporter_key')::bytea, sqlc.narg('address')::bytea, sqlc.narg('receipt_lookup')::bytea FROM filed
), who AS (
    INSERT INTO identities (case_id, mode, sealed_to, sealed)
    SELECT id, mode, @sealed_to::text, sqlc.narg('identity')::bytea FROM filed WHERE sqlc.narg('identity')::bytea IS NOT NULL
), begun AS (
    INSERT INTO events (case_id, seq, kind, at, party, officer, role, by_department, status, to_officer, department, code,
        body, action_key, hash, more)
    SELECT id, 1, @event_kind::text, @event_at::timestamptz, @event_party::text, NULL, '', '', @event_status::text,
        sqlc.narg('event_to')::bigint, @event_department::text, @event_code::text, sqlc.narg('event_body')::bytea,
        @event_key::text, @event_hash::bytea, sqlc.narg('event_more')::json
    FROM filed
    RETURNING case_id, seq, hash
), waits AS (
    INSERT INTO audit_pending (hash, kind, case_id, seq, due)
    SELECT hash, 'event', case_id, seq, @event_due::timestamptz FROM begun
), shown AS (
    INSERT INTO audit_pending (hash, kind, due)
    SELECT sqlc.narg('commitment')::bytea, 'commitment', @commitment_due::timestamptz
    FROM filed WHERE sqlc.narg('commitment')::bytea IS NOT NULL
    ON CONFLICT (hash) DO NOTHING
), words AS (
    INSERT INTO case_words (case_id, kind, grams)
    SELECT id, @kind::text, @grams::integer[] FROM filed WHERE cardinality(@grams::integer[]) > 0
)
SELECT count(*) = 1 AS filed FROM filed;

-- name: UpdateCase :execrows
-- What a case was filed with stays; the rest is the fold of its events.
UPDATE cases SET department = @department, status = @status, owner = @owner, outcome = @outcome, rating = @rating,
    version = @version, unread = @unread, clocks = @clocks, next_due = @next_due, updated_at = @updated_at,
    recused = @recused::bigint[], custody_what = @custody_what, custody_by = @custody_by, custody_until = @custody_until,
    ended_at = @ended_at, warned_at = @warned_at, held = @held, mode = @mode, unqueued = @unqueued, shredded = @shredded,
    work = @work, guests = @guests::bigint[], transfer_to = @transfer_to, watched = @watched, tags = @tags::text[],
    into_case = @into_case, colleagues = @colleagues, wake_at = @wake_at
WHERE id = @id AND version = @read_version;

-- name: WriteCase :one
-- UpdateCase by an officer; only what officers may change. written holds the columns.
SELECT write_case(_id => @id::uuid, _read_version => @read_version::integer, _row => @written::jsonb)::boolean AS written;

-- name: CasesToWake :many
SELECT id FROM cases WHERE wake_at <= @now::timestamptz ORDER BY wake_at, id LIMIT @size;

-- name: SetWake :exec
-- A time that was due and asks for nothing is forgotten.
UPDATE cases SET wake_at = @wake_at WHERE id = @id AND version = @version;

-- name: SetWakeAnyhow :exec
UPDATE cases SET wake_at = @wake_at WHERE id = @id;

-- name: SetOfficer :exec
-- Says for the rest of the transaction who asks, and whether statements are planned for their values.
SELECT set_config('huiyin.officer', @officer::text, true), set_config('plan_cache_mode', @plans::text, true);

-- name: EventByKey :one
SELECT * FROM events WHERE case_id = @case_id AND action_key = @action_key;

-- name: EventBySeq :one
SELECT * FROM events WHERE case_id = @case_id AND seq = @seq;

-- name: EventsOfCase :many
SELECT * FROM events WHERE case_id = @case_id ORDER BY seq;

-- name: DatabaseTime :one
-- clock_timestamp, not now: a transaction that waited for a lock must not act in the past.
SELECT clock_timestamp()::timestamptz;
