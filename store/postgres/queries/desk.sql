-- name: MostUsedTags :many
-- The tags of the cases that somebody may see, the most used first.
SELECT tag::text AS tag, count(*) AS used FROM cases c, unnest(c.tags) AS tag
WHERE c.tags <> '{}' AND NOT c.unqueued AND NOT c.shredded AND NOT @officer::bigint = ANY (c.recused)
  AND (c.department = @department::text OR @every_department::boolean AND NOT c.restricted)
GROUP BY tag ORDER BY used DESC, tag LIMIT @size;

-- name: PutAside :exec
INSERT INTO snoozes (officer, case_id, until) VALUES (@officer, @case_id, @until)
ON CONFLICT (officer, case_id) DO UPDATE SET until = excluded.until;

-- name: TakeUp :exec
DELETE FROM snoozes WHERE officer = @officer AND case_id = @case_id;

-- name: AsideUntil :one
SELECT until FROM snoozes WHERE officer = @officer AND case_id = @case_id AND until > @at::timestamptz;

-- name: ForgetAside :exec
-- What has come back by itself.
DELETE FROM snoozes WHERE officer = @officer AND until <= @at::timestamptz;

-- name: SameReporter :one
SELECT same_reporter(@one::uuid, @other::uuid)::boolean AS same;

-- name: MergedInto :many
SELECT id FROM cases WHERE into_case = @id::uuid AND status = 'merged' AND NOT shredded ORDER BY id;

-- name: SplitCase :one
SELECT split_case(@id::uuid, @written::jsonb, @wrapped_key::bytea, sqlc.narg('named')::bytea)::boolean AS done;
