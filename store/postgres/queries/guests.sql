-- name: InsertGuestInvite :exec
INSERT INTO invites (token_hash, name, role, department, expires_at, case_id, what_for, access_until, invited_by)
VALUES (@token_hash, @name, 'guest', '', @expires_at, @case_id::uuid, @what_for, @access_until::timestamptz, @invited_by::bigint);

-- name: CasesOfGuest :many
-- Cases that somebody elsewhere may know of because they were asked in.
SELECT * FROM cases
WHERE id IN (SELECT cases_with_guest()) AND NOT unqueued AND NOT shredded AND NOT @officer::bigint = ANY (recused)
ORDER BY filed_at, id LIMIT 50;

-- name: RevokeGuests :many
SELECT revoke_guests()::bigint AS officer;
