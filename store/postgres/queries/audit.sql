-- name: InsertEvent :exec
-- The event and the note that it waits to be sealed, in one statement.
WITH written AS (
    INSERT INTO events (case_id, seq, kind, at, party, officer, role, by_department, status, to_officer, department, code,
        body, action_key, hash, more)
    VALUES (@case_id, @seq, @kind, @at, @party, @officer, @role, @by_department, @status, @to_officer, @department, @code,
        @body, @action_key, @hash, @more)
    RETURNING case_id, seq, hash
)
INSERT INTO audit_pending (hash, kind, case_id, seq, due)
SELECT written.hash, 'event', written.case_id, written.seq, @due::timestamptz FROM written;

-- name: EventHash :one
SELECT hash FROM events WHERE case_id = @case_id AND seq = @seq;

-- name: LockAccounts :exec
SELECT pg_advisory_xact_lock(hashtextextended('huiyin/audit/accounts', 0));

-- name: NewestAccountEvent :one
SELECT seq, hash FROM account_events ORDER BY seq DESC LIMIT 1;

-- name: InsertAccountEvent :exec
WITH written AS (
    INSERT INTO account_events (seq, kind, at, officer, by_officer, role, department, code, hash)
    VALUES (@seq, @kind, @at, @officer, @by_officer, @role, @department, @code, @hash)
    RETURNING seq, at, hash
)
INSERT INTO audit_pending (hash, kind, account_event, due)
SELECT written.hash, 'account', written.seq, written.at FROM written;

-- name: InsertCommitment :exec
INSERT INTO audit_pending (hash, kind, due) VALUES (@hash, 'commitment', @due) ON CONFLICT (hash) DO NOTHING;

-- name: LockSealing :exec
SELECT pg_advisory_xact_lock(hashtextextended('huiyin/audit/seal', 0));

-- name: DuePending :many
-- In the order of hashes, which tells nothing of the order of writing.
SELECT hash, kind FROM audit_pending WHERE due <= @now ORDER BY hash LIMIT @size;

-- name: InsertLeaves :execrows
INSERT INTO audit_leaves (idx, kind, case_id, seq, account_event, hash)
SELECT u.place + sqlc.arg(first_leaf)::bigint - 1, p.kind, p.case_id, p.seq, p.account_event, p.hash
FROM unnest(@hashes::bytea[]) WITH ORDINALITY AS u (hash, place) JOIN audit_pending p ON p.hash = u.hash;

-- name: InsertHashes :exec
INSERT INTO audit_hashes (idx, hash)
SELECT u.place + sqlc.arg(first_index)::bigint - 1, u.hash FROM unnest(@hashes::bytea[]) WITH ORDINALITY AS u (hash, place);

-- name: DeletePending :execrows
DELETE FROM audit_pending WHERE hash = ANY (@hashes::bytea[]);

-- name: InsertBlock :exec
INSERT INTO audit_blocks (n, first_leaf, size, root, prev, sealed_at, hash)
VALUES (@n, @first_leaf, @size, @root, @prev, @sealed_at, @hash);

-- name: NewestBlock :one
SELECT * FROM audit_blocks ORDER BY n DESC LIMIT 1;

-- name: BlockByNumber :one
SELECT * FROM audit_blocks WHERE n = @n;

-- name: HashesByIndex :many
SELECT idx, hash FROM audit_hashes WHERE idx = ANY (@indexes::bigint[]);

-- name: CommitmentLeaf :one
SELECT idx FROM audit_leaves WHERE hash = @hash AND kind = 'commitment' ORDER BY idx LIMIT 1;

-- name: CommitmentWaits :one
SELECT EXISTS (SELECT FROM audit_pending WHERE hash = @hash AND kind = 'commitment');

-- name: PublishedBlockWith :one
-- The first published block whose tree holds a leaf.
SELECT b.* FROM audit_exports x JOIN audit_blocks b ON b.n = x.block WHERE b.size > @idx ORDER BY b.n LIMIT 1;

-- name: ExportedOn :one
SELECT EXISTS (SELECT FROM audit_exports WHERE day = @day);

-- name: InsertExport :exec
INSERT INTO audit_exports (day, block) VALUES (@day, @block) ON CONFLICT (day) DO NOTHING;

-- name: CountToVerify :one
SELECT ((SELECT count(*) FROM events) + (SELECT count(*) FROM audit_leaves))::bigint;

-- name: EventsToVerify :many
-- The words stay where they are: the server gives their hash.
SELECT e.case_id, e.seq, e.kind, e.at, e.party, e.officer, e.role, e.by_department, e.status, e.to_officer, e.department,
    e.code, sha256(e.body) AS body_hash, e.action_key, e.hash, e.more, c.version, l.hash AS leaf, p.hash AS waiting
FROM events e
    LEFT JOIN cases c ON c.id = e.case_id
    LEFT JOIN audit_leaves l ON l.case_id = e.case_id AND l.seq = e.seq
    LEFT JOIN audit_pending p ON p.case_id = e.case_id AND p.seq = e.seq
WHERE (e.case_id, e.seq) > (@case_id::uuid, @seq::integer)
ORDER BY e.case_id, e.seq LIMIT @size;

-- name: CasesWithoutEvents :many
SELECT id FROM cases c WHERE NOT EXISTS (SELECT FROM events e WHERE e.case_id = c.id) AND c.id > @after
ORDER BY id LIMIT @size;

-- name: AccountEventsToVerify :many
SELECT a.*, l.hash AS leaf, p.hash AS waiting
FROM account_events a
    LEFT JOIN audit_leaves l ON l.account_event = a.seq
    LEFT JOIN audit_pending p ON p.account_event = a.seq
WHERE a.seq > @after ORDER BY a.seq LIMIT @size;

-- name: LeavesToVerify :many
SELECT l.*, (e.case_id IS NOT NULL)::boolean AS event_there, (c.id IS NOT NULL)::boolean AS case_there,
    (a.seq IS NOT NULL)::boolean AS account_there
FROM audit_leaves l
    LEFT JOIN events e ON e.case_id = l.case_id AND e.seq = l.seq
    LEFT JOIN cases c ON c.id = l.case_id
    LEFT JOIN account_events a ON a.seq = l.account_event
WHERE l.idx > @after ORDER BY l.idx LIMIT @size;

-- name: HashesToVerify :many
SELECT idx, hash FROM audit_hashes WHERE idx > @after ORDER BY idx LIMIT @size;

-- name: BlocksToVerify :many
SELECT * FROM audit_blocks WHERE n > @after ORDER BY n LIMIT @size;

-- name: PendingToVerify :many
SELECT p.*, (e.case_id IS NOT NULL)::boolean AS event_there, (a.seq IS NOT NULL)::boolean AS account_there
FROM audit_pending p
    LEFT JOIN events e ON e.case_id = p.case_id AND e.seq = p.seq
    LEFT JOIN account_events a ON a.seq = p.account_event
WHERE p.hash > @after ORDER BY p.hash LIMIT @size;
