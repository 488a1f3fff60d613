-- name: AddWords :exec
INSERT INTO case_words (case_id, kind, grams) VALUES (@case_id, @kind, @grams::integer[])
ON CONFLICT (case_id) DO UPDATE
SET kind = excluded.kind, grams = ARRAY(SELECT unnest(case_words.grams) UNION SELECT unnest(excluded.grams));

-- name: SetWords :exec
INSERT INTO case_words (case_id, kind, grams) VALUES (@case_id, @kind, @grams::integer[])
ON CONFLICT (case_id) DO UPDATE SET kind = excluded.kind, grams = excluded.grams;

-- name: CasesWithRef :many
SELECT found::uuid AS id FROM cases_with_ref(@part::text) AS found;

-- name: CasesWithWords :many
SELECT found::uuid AS id FROM cases_with_words(@sets::integer[][], @kind::text, @status::text, @state::text,
    sqlc.narg('filed_from')::timestamptz, sqlc.narg('filed_to')::timestamptz, @most::integer) WITH ORDINALITY AS f (found, place)
ORDER BY place;

-- name: WordsOfCases :many
-- What was said in cases, sealed.
SELECT * FROM events WHERE case_id = ANY (@ids::uuid[]) AND body IS NOT NULL ORDER BY case_id, seq;

-- name: CasesWithoutWords :many
SELECT c.id FROM cases c
WHERE c.id > @after AND NOT c.shredded AND NOT c.restricted
  AND (@anew::boolean OR NOT EXISTS (SELECT FROM case_words w WHERE w.case_id = c.id))
ORDER BY c.id LIMIT 200;
