-- +goose NO TRANSACTION
-- +goose Up

-- What an officer has of one kind, ended cases too: they are many, and none of the other indexes has them in the order of the
-- queue. As in 00020, whatever ends this halfway, it can be run again.
DROP INDEX CONCURRENTLY IF EXISTS cases_all_owner_kind;
CREATE INDEX CONCURRENTLY cases_all_owner_kind ON cases (owner, kind, urgent DESC, next_due, filed_at, id) WHERE owner IS NOT NULL;

-- Whoever owns a case is of its department, which works its kind. Without this the planner takes the three for unrelated,
-- expects hardly a row, and sorts all that an officer ever had.
CREATE STATISTICS IF NOT EXISTS cases_go_together (dependencies) ON owner, department, kind FROM cases;
ANALYZE cases;

-- +goose Down
DROP STATISTICS IF EXISTS cases_go_together;
DROP INDEX CONCURRENTLY IF EXISTS cases_all_owner_kind;
