-- name: ChangeReporter :execrows
-- What the mode does not hold goes; what it holds and was not brought stays. The intake may write an address, and not
-- read one, so there are two: this one for a change that brings an address or takes it away.
UPDATE reporters SET mode = @mode::text,
    reporter_key = CASE WHEN @mode::text IN ('named', 'confidential') THEN coalesce(sqlc.narg('reporter_key')::bytea, reporter_key) END,
    address = sqlc.narg('address')::bytea,
    receipt_lookup = CASE WHEN @mode::text IN ('anonymous', 'dark') THEN coalesce(sqlc.narg('receipt_lookup')::bytea, receipt_lookup) END
WHERE case_id = @case_id;

-- name: ChangeReporterMode :execrows
UPDATE reporters SET mode = @mode::text,
    reporter_key = CASE WHEN @mode::text IN ('named', 'confidential') THEN coalesce(sqlc.narg('reporter_key')::bytea, reporter_key) END,
    receipt_lookup = CASE WHEN @mode::text IN ('anonymous', 'dark') THEN coalesce(sqlc.narg('receipt_lookup')::bytea, receipt_lookup) END
WHERE case_id = @case_id;

-- name: DeleteReporter :exec
DELETE FROM reporters WHERE case_id = @case_id;

-- name: AddressOfCase :one
SELECT r.address FROM reporters r WHERE r.case_id = @case_id;

-- name: IdentityOfCase :one
SELECT * FROM identities WHERE case_id = @case_id;

-- name: InsertIdentity :exec
INSERT INTO identities (case_id, mode, sealed_to, sealed) VALUES (@case_id, @mode, @sealed_to, @sealed);

-- name: DeleteIdentity :exec
SELECT forget_identity(_case => @case_id::uuid);
