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

-- name: ListCases :many
SELECT c.* FROM cases c
WHERE (c.department = @own_department AND NOT @custodian::boolean
       OR @every_department::boolean AND NOT c.restricted
       OR @custodian AND c.custody_what <> '' AND c.custody_until IS NULL AND c.custody_by <> @officer::bigint)
  AND NOT c.unqueued AND NOT c.shredded AND NOT @officer::bigint = ANY (c.recused)
  AND (@department::text = '' OR c.department = @department)
  AND (@kind::text = '' OR c.kind = @kind)
  AND (@status::text = '' OR c.status = @status)
  AND (NOT @open::boolean OR c.ended_at IS NULL)
  AND (@owner::text = '' OR (@owner = 'me' AND c.owner = @officer::bigint) OR (@owner = 'none' AND c.owner IS NULL))
  AND (sqlc.narg('due_to')::timestamptz IS NULL OR c.next_due < sqlc.narg('due_to'))
  AND (sqlc.narg('filed_to')::timestamptz IS NULL OR c.filed_at <= sqlc.narg('filed_to'))
  AND (@tag::text = '' OR c.tags <> '{}' AND c.tags @> ARRAY[@tag::text])
  AND (NOT @awake::boolean OR c.urgent OR c.next_due < sqlc.narg('at')::timestamptz
       OR NOT EXISTS (SELECT FROM snoozes z WHERE z.case_id = c.id AND z.officer = @officer::bigint AND z.until > sqlc.narg('at')))
  AND (@text::text = '' OR strpos(translate(c.ref, '-', ''), @ref_part) > 0
       OR lower(@text) IN (c.kind, c.matter, c.unit))
ORDER BY c.urgent DESC, c.next_due ASC NULLS LAST, c.filed_at, c.id
LIMIT @size OFFSET @skip;

-- name: CountCases :one
SELECT count(*) FROM cases c
WHERE (c.department = @own_department AND NOT @custodian::boolean
       OR @every_department::boolean AND NOT c.restricted
       OR @custodian AND c.custody_what <> '' AND c.custody_until IS NULL AND c.custody_by <> @officer::bigint)
  AND NOT c.unqueued AND NOT c.shredded AND NOT @officer::bigint = ANY (c.recused)
  AND (@department::text = '' OR c.department = @department)
  AND (@kind::text = '' OR c.kind = @kind)
  AND (@status::text = '' OR c.status = @status)
  AND (NOT @open::boolean OR c.ended_at IS NULL)
  AND (@owner::text = '' OR (@owner = 'me' AND c.owner = @officer::bigint) OR (@owner = 'none' AND c.owner IS NULL))
  AND (sqlc.narg('due_to')::timestamptz IS NULL OR c.next_due < sqlc.narg('due_to'))
  AND (sqlc.narg('filed_to')::timestamptz IS NULL OR c.filed_at <= sqlc.narg('filed_to'))
  AND (@tag::text = '' OR c.tags <> '{}' AND c.tags @> ARRAY[@tag::text])
  AND (NOT @awake::boolean OR c.urgent OR c.next_due < sqlc.narg('at')::timestamptz
       OR NOT EXISTS (SELECT FROM snoozes z WHERE z.case_id = c.id AND z.officer = @officer::bigint AND z.until > sqlc.narg('at')))
  AND (@text::text = '' OR strpos(translate(c.ref, '-', ''), @ref_part) > 0
       OR lower(@text) IN (c.kind, c.matter, c.unit));
