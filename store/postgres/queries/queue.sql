-- name: LockForNext :exec
-- One press asked for twice at once must not take two cases.
SELECT pg_advisory_xact_lock(hashtextextended('huiyin/next/' || @action_key::text, 0));

-- name: CaseTakenByKey :one
SELECT c.* FROM cases c JOIN events e ON e.case_id = c.id
WHERE e.action_key = @action_key AND e.kind = 'taken' AND e.officer = @officer::bigint;

-- name: NextUnowned :one
SELECT * FROM cases
WHERE department = @department AND owner IS NULL AND ended_at IS NULL AND status <> 'proposed'
  AND NOT unqueued AND NOT @officer::bigint = ANY (recused)
  AND (status NOT IN ('second_look', 'final_review') OR NOT coalesce(work->'barred' @> to_jsonb(@officer::bigint), false))
ORDER BY urgent DESC, next_due ASC NULLS LAST, filed_at, id
LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: NextUnownedWaiting :one
-- Asked only when NextUnowned finds nothing: a case that somebody is just reading must not look like an empty queue.
SELECT * FROM cases
WHERE department = @department AND owner IS NULL AND ended_at IS NULL AND status <> 'proposed'
  AND NOT unqueued AND NOT @officer::bigint = ANY (recused)
  AND (status NOT IN ('second_look', 'final_review') OR NOT coalesce(work->'barred' @> to_jsonb(@officer::bigint), false))
ORDER BY urgent DESC, next_due ASC NULLS LAST, filed_at, id
LIMIT 1 FOR UPDATE;

-- name: KeptTooLong :many
-- Cases for which retention may ask for something; cases.Retention.Next decides.
SELECT * FROM cases
WHERE ended_at IS NOT NULL AND NOT shredded AND NOT held AND (NOT unread OR status = 'withdrawn') AND retention = @retention AND id > @after
  AND (ended_at <= @ended_before AND warned_at IS NULL OR ended_at <= @shred_before AND warned_at <= @warned_before)
ORDER BY id LIMIT 100;

-- name: CasesByIDs :many
SELECT * FROM cases WHERE id = ANY (@ids::uuid[]);
