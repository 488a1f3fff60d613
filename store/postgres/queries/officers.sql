-- name: InsertInvite :exec
INSERT INTO invites (token_hash, name, role, department, expires_at)
VALUES (@token_hash, @name, @role, @department, @expires_at);

-- name: LockInvite :one
SELECT * FROM invites WHERE token_hash = @token_hash FOR UPDATE;

-- name: UseInvite :exec
UPDATE invites SET used_by = @used_by::bigint, used_at = @used_at::timestamptz WHERE token_hash = @token_hash;

-- name: SaveOfficer :one
-- A known person who joins anew gets the new invite's place, and is let in again when revoked.
INSERT INTO officers (officer_key, name, role, department, language)
VALUES (@officer_key, @name, @role, @department, @language)
ON CONFLICT (officer_key) DO UPDATE SET name = excluded.name, role = excluded.role,
    department = excluded.department, language = excluded.language, revoked_at = NULL
RETURNING *;

-- name: AddOfficerAddress :execrows
INSERT INTO officer_addresses (officer, address) VALUES (@officer, @address) ON CONFLICT (officer) DO NOTHING;

-- name: ChangeOfficerAddress :exec
UPDATE officer_addresses SET address = @address WHERE officer = @officer;

-- name: OfficerAddress :one
SELECT a.address FROM officer_addresses a JOIN officers o ON o.id = a.officer WHERE a.officer = @officer AND o.revoked_at IS NULL;

-- name: OfficerCode :one
SELECT sealed FROM officer_codes WHERE officer = @officer;

-- name: SaveOfficerCode :exec
INSERT INTO officer_codes (officer, sealed) VALUES (@officer, @sealed)
ON CONFLICT (officer) DO UPDATE SET sealed = excluded.sealed;

-- name: DeleteOfficerCode :exec
DELETE FROM officer_codes WHERE officer = @officer;

-- name: PlaceOfficer :execrows
UPDATE officers SET role = @role, department = @department WHERE id = @id AND revoked_at IS NULL;

-- name: OfficerByKey :one
SELECT * FROM officers WHERE officer_key = @officer_key;

-- name: OfficerByID :one
SELECT * FROM officers WHERE id = @id;

-- name: ActiveOfficers :many
SELECT * FROM officers
WHERE revoked_at IS NULL AND (@department::text = '' OR department = @department)
ORDER BY id;

-- name: SetOfficerLanguage :execrows
UPDATE officers SET language = @language WHERE id = @id;

-- name: RevokeOfficer :execrows
UPDATE officers SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = @id;

-- name: AnyAdmin :one
SELECT EXISTS (SELECT FROM officers WHERE role = 'admin' AND revoked_at IS NULL)::boolean;

-- name: ActiveOfficerKeys :many
SELECT officer_key FROM officers WHERE revoked_at IS NULL;
