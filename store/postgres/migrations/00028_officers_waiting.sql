-- +goose NO TRANSACTION
-- +goose Up

-- How many notices wait for an officer before another one: of these few, and not of all that wait.
DROP INDEX CONCURRENTLY IF EXISTS notices_to_officer;
CREATE INDEX CONCURRENTLY notices_to_officer ON notices (officer, id) WHERE state = 'waiting' AND officer IS NOT NULL;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS notices_to_officer;
