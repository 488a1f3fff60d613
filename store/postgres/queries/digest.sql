-- name: KeptFilters :many
SELECT id, sealed FROM kept_filters WHERE officer = @officer ORDER BY place;

-- name: LockKept :exec
-- Two lists kept at once take two places.
SELECT pg_advisory_xact_lock(hashtextextended('huiyin/kept/' || CAST(@officer::bigint AS text), 0));

-- name: KeepFilter :execrows
-- In the first place that is free.
INSERT INTO kept_filters (officer, place, sealed)
SELECT @officer::bigint, p, @sealed::bytea FROM generate_series(1, @most::integer) AS p
WHERE NOT EXISTS (SELECT FROM kept_filters k WHERE k.officer = @officer::bigint AND k.place = p)
ORDER BY p LIMIT 1;

-- name: DropFilter :execrows
DELETE FROM kept_filters WHERE officer = @officer AND id = @id;

-- name: DigestOf :one
SELECT * FROM digests WHERE officer = @officer;

-- name: LockDigest :one
SELECT called_at FROM digests WHERE officer = @officer FOR UPDATE;

-- name: SetDigest :exec
INSERT INTO digests (officer, days, hour, next_at) VALUES (@officer, @days, @hour, sqlc.narg('next_at')::timestamptz)
ON CONFLICT (officer) DO UPDATE SET days = excluded.days, hour = excluded.hour, next_at = excluded.next_at;

-- name: DigestsToCall :many
SELECT sqlc.embed(d), sqlc.embed(o) FROM digests d JOIN officers o ON o.id = d.officer
WHERE d.next_at <= @at::timestamptz
ORDER BY d.next_at LIMIT @size FOR UPDATE OF d SKIP LOCKED;

-- name: PutOffDigest :exec
UPDATE digests SET next_at = sqlc.narg('next_at')::timestamptz WHERE officer = @officer;

-- name: CallDigest :exec
UPDATE digests SET next_at = sqlc.narg('next_at')::timestamptz, called_at = @called_at::timestamptz WHERE officer = @officer;

-- name: BeginDigest :execrows
-- The one that was called for last, once. Whoever stops it after that has lost it: a second one on the same day is worse.
UPDATE digests SET begun_at = called_at
WHERE officer = @officer AND days <> '' AND called_at = @called_at::timestamptz AND begun_at IS DISTINCT FROM called_at;

-- name: GiveBackDigest :exec
-- It was surely not sent.
UPDATE digests SET begun_at = NULL WHERE officer = @officer AND begun_at = @called_at::timestamptz;

-- name: DigestPiles :one
-- What calls for something in a department, as far as an officer of it may know of the cases. The postman asks, and sees
-- every case: what the desk's row policy says is said here.
SELECT count(*) FILTER (WHERE free AND queued_at > @since::timestamptz) AS fresh,
    count(*) FILTER (WHERE free AND next_due <= @day_ends::timestamptz) AS free_owed,
    count(*) FILTER (WHERE own AND next_due < @at::timestamptz) AS own_overdue,
    count(*) FILTER (WHERE own AND next_due BETWEEN @at AND @day_ends) AS own_today,
    count(*) FILTER (WHERE own AND reporters) AS own_waiting,
    count(*) FILTER (WHERE own AND idle) AS own_idle,
    count(*) FILTER (WHERE next_due < @at) AS team_overdue,
    count(*) FILTER (WHERE next_due BETWEEN @at AND @day_ends) AS team_today,
    count(*) FILTER (WHERE reporters) AS team_waiting,
    count(*) FILTER (WHERE idle) AS team_idle
FROM (
    SELECT c.owner IS NULL AS free, c.owner IS NOT DISTINCT FROM @officer::bigint AS own, c.queued_at, c.next_due,
        c.status IN ('waiting', 'proposed') AS reporters,
        c.owner IS NOT NULL AND (c.owner = @officer OR @leads::boolean) AND c.status NOT IN ('waiting', 'proposed')
            AND c.filed_at < @idle_since::timestamptz
            AND NOT EXISTS (SELECT FROM snoozes z WHERE z.case_id = c.id AND z.officer = c.owner AND z.until > @at)
            AND NOT EXISTS (SELECT FROM events e WHERE e.case_id = c.id AND e.at >= @idle_since AND e.kind <> 'opened'
                AND e.party <> 'system') AS idle
    FROM cases c
    WHERE c.department = @department AND c.ended_at IS NULL AND NOT c.unqueued AND NOT c.shredded
        AND NOT @officer = ANY (c.recused)
) piles;

-- name: DigestNearest :many
-- The officer's own, then nobody's, then, for a lead, those of the department.
SELECT * FROM cases c
WHERE c.department = @department AND c.ended_at IS NULL AND NOT c.unqueued AND NOT c.shredded
    AND NOT @officer::bigint = ANY (c.recused)
    AND c.next_due <= @day_ends::timestamptz AND (@leads::boolean OR c.owner IS NULL OR c.owner = @officer)
ORDER BY CASE WHEN c.owner = @officer THEN 0 WHEN c.owner IS NULL THEN 1 ELSE 2 END, c.next_due, c.id LIMIT @size;
