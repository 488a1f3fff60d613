-- name: OpenJoinLinks :one
SELECT count(*) FROM join_links WHERE case_id = @case_id AND used_at IS NULL AND expires_at > @now::timestamptz;

-- name: JoinLink :one
SELECT * FROM join_links WHERE token_hash = @token_hash;

-- name: LockJoinLink :one
SELECT * FROM join_links WHERE token_hash = @token_hash FOR UPDATE;

-- name: InsertJoinLink :exec
INSERT INTO join_links (token_hash, case_id, expires_at) VALUES (@token_hash, @case_id, @expires_at);

-- name: UseJoinLink :exec
UPDATE join_links SET used_at = @used_at, used_key = @used_key WHERE token_hash = @token_hash;

-- name: DeleteJoinLinks :exec
DELETE FROM join_links WHERE case_id = @case_id;

-- name: JoinedSoFar :one
-- How many colleagues ever joined a case, those who left as well.
SELECT count(*) FROM events WHERE case_id = @case_id AND kind = 'joined';

-- name: InsertCoReporter :exec
INSERT INTO co_reporters (case_id, n, mode, language, reporter_key, address, receipt_lookup)
VALUES (@case_id, @n, @mode, @language, @reporter_key, @address, @receipt_lookup);

-- name: InsertCoIdentity :exec
INSERT INTO co_identities (case_id, n, mode, sealed_to, sealed) VALUES (@case_id, @n, @mode, @sealed_to, @sealed);

-- name: CoReporters :many
SELECT n, mode, language FROM co_reporters WHERE case_id = @case_id ORDER BY n;

-- name: CoReporter :one
SELECT n, mode, language FROM co_reporters WHERE case_id = @case_id AND n = @n;

-- name: CoReporterAddress :one
SELECT n, mode, language, address FROM co_reporters WHERE case_id = @case_id AND n = @n;

-- name: CoIdentities :many
SELECT * FROM co_identities WHERE case_id = @case_id ORDER BY n;

-- name: CoIdentity :one
SELECT * FROM co_identities WHERE case_id = @case_id AND n = @n;

-- name: ChangeColleague :exec
-- What the mode does not hold goes, the identity always; what it holds and was not brought stays.
SELECT change_colleague(_case => @case_id::uuid, _n => @n::integer, _mode => @mode::text,
    _reporter => sqlc.narg('reporter_key')::bytea, _address => sqlc.narg('address')::bytea, _receipt => sqlc.narg('receipt_lookup')::bytea);

-- name: DeleteCoReporter :exec
DELETE FROM co_reporters WHERE case_id = @case_id AND n = @n;

-- name: DeleteCoReporters :exec
DELETE FROM co_reporters WHERE case_id = @case_id;

-- name: IsReporter :one
-- Whether a chat is that of the first reporter of a case.
SELECT EXISTS (SELECT FROM reporters WHERE case_id = @case_id AND reporter_key = @reporter_key)::boolean;

-- name: CasesJoined :many
SELECT sqlc.embed(c), r.n, r.mode AS own_mode, r.language AS own_language FROM cases c JOIN co_reporters r ON r.case_id = c.id
WHERE r.reporter_key = @reporter_key AND NOT c.shredded ORDER BY c.filed_at DESC, c.id;

-- name: JoinedAtReceipt :one
-- As CaseAtReceipt, for a colleague's receipt: a row is read either way, and the caller compares.
SELECT sqlc.embed(c), r.receipt_lookup, r.n, r.mode AS own_mode, r.language AS own_language
FROM co_reporters r JOIN cases c ON c.id = r.case_id WHERE r.receipt_lookup = COALESCE(
    (SELECT m.receipt_lookup FROM co_reporters m WHERE m.receipt_lookup >= @receipt_lookup ORDER BY m.receipt_lookup LIMIT 1),
    (SELECT f.receipt_lookup FROM co_reporters f WHERE f.receipt_lookup IS NOT NULL ORDER BY f.receipt_lookup LIMIT 1));
