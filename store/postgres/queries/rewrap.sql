-- name: CountKeys :one
SELECT (SELECT count(*) FROM cases WHERE octet_length(wrapped_key) > 1) + (SELECT count(*) FROM reception_bookings)::bigint AS keys;

-- name: KeysAfter :many
SELECT c.id, c.wrapped_key, c.shared_key FROM cases c WHERE c.id > @after AND octet_length(c.wrapped_key) > 1
UNION ALL SELECT b.id, b.wrapped_key, true FROM reception_bookings b WHERE b.id > @after
ORDER BY 1 LIMIT @size;

-- name: RewrapKeys :execrows
-- The version of a case stays: nothing that is said of it changes. A key that another run has wrapped meanwhile stays too.
UPDATE cases c SET wrapped_key = u.fresh
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@stale::bytea[]) AS stale, unnest(@fresh::bytea[]) AS fresh) u
WHERE c.id = u.id AND c.wrapped_key = u.stale;

-- name: DestroyWholeKey :exec
-- One byte is no key. A key with a half elsewhere stays: it opens nothing without it.
UPDATE cases SET wrapped_key = '\x00' WHERE id = @id AND NOT shared_key;

-- name: KnownCases :many
SELECT id FROM cases WHERE id = ANY (@ids::uuid[]);
