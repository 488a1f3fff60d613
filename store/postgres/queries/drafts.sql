-- name: GetDraft :one
SELECT rev, body FROM drafts WHERE name = @name;

-- name: SaveDrafts :exec
-- A tombstone also beats the body of its own revision; a body never beats a tombstone that is as new.
-- Its time is that of the hour: while it stays the same, no index hears of a new version.
INSERT INTO drafts (name, rev, body, updated_at)
SELECT unnest(@names::bytea[]), unnest(@revs::bigint[]), unnest(@bodies::bytea[]), date_trunc('hour', now())
ON CONFLICT (name) DO UPDATE SET rev = excluded.rev, body = excluded.body, updated_at = excluded.updated_at
WHERE drafts.rev < excluded.rev OR (excluded.body IS NULL AND drafts.rev = excluded.rev);

-- name: DeleteStaleDrafts :execrows
DELETE FROM drafts
WHERE updated_at < now() - CASE WHEN body IS NULL THEN interval '2 days' ELSE interval '30 days' END;
