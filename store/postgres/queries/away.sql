-- name: SetAway :execrows
UPDATE officers SET away_until = sqlc.narg('away_until')::timestamptz, deputy = sqlc.narg('deputy')::bigint
WHERE id = @id AND revoked_at IS NULL;

-- name: SetSkills :execrows
UPDATE officers SET skills = @skills::text[] WHERE id = @id AND revoked_at IS NULL;

-- name: LockLoad :exec
-- Two cases given to one officer at once are counted one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('huiyin/load/' || CAST(@officer::bigint AS text), 0));

-- name: OpenCases :one
SELECT open_cases(_officer => @officer::bigint)::integer AS open_cases;

-- name: Loads :many
SELECT c.owner, count(*) AS open, count(*) FILTER (WHERE c.next_due < @now::timestamptz) AS overdue,
    count(*) FILTER (WHERE c.unread OR EXISTS (SELECT FROM jsonb_array_elements(c.work -> 'veiled') v
        WHERE v @> '{"words": true}' AND (v ->> 'slot')::timestamptz <= @now::timestamptz)) AS unread
FROM cases c
WHERE c.owner IS NOT NULL AND c.ended_at IS NULL AND NOT c.unqueued AND NOT c.shredded AND c.department = @department
    AND NOT @officer::bigint = ANY (c.recused)
GROUP BY c.owner;
