-- +goose NO TRANSACTION
-- +goose Up

-- Indexes of big tables are made CONCURRENTLY, which cannot be done inside a transaction: cases are filed and worked
-- meanwhile. Whatever ends this halfway, it can be run again, so every step first removes what a run before left.

-- The lists of officers, in the order of the queue (cases.Before). Who may know of a case is decided by its row; these
-- give the rows in order, so that a page is read and not sorted.
DROP INDEX CONCURRENTLY IF EXISTS cases_open;
CREATE INDEX CONCURRENTLY cases_open ON cases (department, urgent DESC, next_due, filed_at, id) WHERE ended_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS cases_open_kind;
CREATE INDEX CONCURRENTLY cases_open_kind ON cases (department, kind, urgent DESC, next_due, filed_at, id) WHERE ended_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS cases_unowned;
CREATE INDEX CONCURRENTLY cases_unowned ON cases (department, urgent DESC, next_due, filed_at, id)
    WHERE ended_at IS NULL AND owner IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS cases_open_owner;
CREATE INDEX CONCURRENTLY cases_open_owner ON cases (owner, urgent DESC, next_due, filed_at, id) WHERE ended_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS cases_open_house;
CREATE INDEX CONCURRENTLY cases_open_house ON cases (urgent DESC, next_due, filed_at, id) WHERE ended_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS cases_watched;
CREATE INDEX CONCURRENTLY cases_watched ON cases (id) WHERE watched;

-- The same with what has ended.
DROP INDEX CONCURRENTLY IF EXISTS cases_all;
CREATE INDEX CONCURRENTLY cases_all ON cases (department, urgent DESC, next_due, filed_at, id);
DROP INDEX CONCURRENTLY IF EXISTS cases_all_kind;
CREATE INDEX CONCURRENTLY cases_all_kind ON cases (department, kind, urgent DESC, next_due, filed_at, id);
DROP INDEX CONCURRENTLY IF EXISTS cases_all_owner;
CREATE INDEX CONCURRENTLY cases_all_owner ON cases (owner, urgent DESC, next_due, filed_at, id) WHERE owner IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS cases_all_unowned;
CREATE INDEX CONCURRENTLY cases_all_unowned ON cases (department, urgent DESC, next_due, filed_at, id) WHERE owner IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS cases_all_house;
CREATE INDEX CONCURRENTLY cases_all_house ON cases (urgent DESC, next_due, filed_at, id);

-- Searching gives the newest first.
DROP INDEX CONCURRENTLY IF EXISTS cases_filed;
CREATE INDEX CONCURRENTLY cases_filed ON cases (department, filed_at DESC, id);
DROP INDEX CONCURRENTLY IF EXISTS cases_all_house_kind;
CREATE INDEX CONCURRENTLY cases_all_house_kind ON cases (kind, urgent DESC, next_due, filed_at, id) WHERE NOT restricted;
DROP INDEX CONCURRENTLY IF EXISTS cases_filed_kind;
CREATE INDEX CONCURRENTLY cases_filed_kind ON cases (department, kind, filed_at DESC, id);
DROP INDEX CONCURRENTLY IF EXISTS cases_filed_status;
CREATE INDEX CONCURRENTLY cases_filed_status ON cases (department, status, filed_at DESC, id);
DROP INDEX CONCURRENTLY IF EXISTS cases_filed_house;
CREATE INDEX CONCURRENTLY cases_filed_house ON cases (filed_at DESC, id);

-- The statuses in which a case is open grow; the column that says so does not.
DROP INDEX CONCURRENTLY IF EXISTS cases_queue;
DROP INDEX CONCURRENTLY IF EXISTS cases_owner;

-- Part of a reference: its neighbouring characters, two by two.
CREATE OR REPLACE FUNCTION ref_pairs(_ref text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(substr(r, i, 2)), '{}')
        FROM (SELECT translate(_ref, '-', '') AS r) s, generate_series(1, length(r) - 1) AS i);
DROP INDEX CONCURRENTLY IF EXISTS cases_ref_pairs;
CREATE INDEX CONCURRENTLY cases_ref_pairs ON cases USING gin (ref_pairs(substr(ref, 4)));

-- What the words of a case hold, blind: keyed hashes of pairs of characters and of parts of words (cases/grams.go), under
-- a key of the department and the month of filing. Restricted cases have no row, destroyed ones lose it.
CREATE TABLE IF NOT EXISTS case_words (
    case_id uuid PRIMARY KEY REFERENCES cases,
    grams   integer[] NOT NULL
);
-- Without fastupdate a search never reads through a heap of what was not sorted in yet.
DROP INDEX CONCURRENTLY IF EXISTS case_words_grams;
CREATE INDEX CONCURRENTLY case_words_grams ON case_words USING gin (grams) WITH (fastupdate = off);
ALTER TABLE case_words ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS desk_sees ON case_words;
CREATE POLICY desk_sees ON case_words TO huiyin_desk USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id));
DROP POLICY IF EXISTS intake_keeps ON case_words;
CREATE POLICY intake_keeps ON case_words TO huiyin_intake USING (true);
GRANT SELECT, INSERT, UPDATE ON case_words TO huiyin_desk, huiyin_intake;
GRANT DELETE ON case_words TO huiyin_intake;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM case_words WHERE case_id = NEW.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
DROP TRIGGER IF EXISTS cases_forget_words ON cases;
CREATE TRIGGER cases_forget_words AFTER UPDATE OF shredded, restricted ON cases
    FOR EACH ROW WHEN (NEW.shredded OR NEW.restricted) EXECUTE FUNCTION forget_words();

-- What desk_sees on cases says, of a row and of who asks. A test compares the two. It is for the functions below: operators
-- that look into an array may not be asked of rows that a policy has not let through yet, so an index on an array is of
-- no use under one.
CREATE OR REPLACE FUNCTION may_know(c cases, _officer bigint, _department text, _leads text, _role text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(NOT c.unqueued AND NOT c.shredded AND NOT _officer = ANY (c.recused)
        AND (c.department = _department
            OR c.transfer_to = _department
            OR _officer = ANY (c.guests)
            OR c.watched AND (_leads = c.department OR _leads = '' AND NOT c.restricted)
            OR _role = 'admin' AND NOT c.restricted
            OR _role = 'custodian' AND c.custody_what <> '' AND c.custody_until IS NULL AND c.custody_by <> _officer), false);

-- The cases with a part of their reference, of those that the officer of the transaction may know of.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION cases_with_ref(_part text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    _officer bigint := officer_now(); _department text := department_now(); _leads text := leads_now(); _role text := role_now();
BEGIN
    RETURN QUERY SELECT c.id FROM cases c
        WHERE ref_pairs(substr(c.ref, 4)) @> ref_pairs(_part) AND strpos(translate(c.ref, '-', ''), _part) > 0
            AND may_know(c, _officer, _department, _leads, _role);
END
$$;
-- +goose StatementEnd

-- The cases that have the officer of the transaction as a guest.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION cases_with_guest() RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 20 SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
    SELECT c.id FROM cases c WHERE c.guests <> '{}' AND c.guests @> ARRAY[officer_now()]
$$;
-- +goose StatementEnd

-- The newest cases whose words hold all of a row of _sets, of those that the officer of the transaction may know of. A
-- row is one month of one department, the newest first; they are looked through in strides that grow, while there is room.
-- Its plans are the same for all words, because planning takes longer than looking, and always use the indexes: the
-- planner knows nothing of how rare a gram is.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION cases_with_words(_sets integer[], _kind text, _status text, _state text, _from timestamptz,
    _to timestamptz, _most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off AS $$
DECLARE
    _officer bigint := officer_now(); _department text := department_now(); _leads text := leads_now(); _role text := role_now();
    last integer := coalesce(array_length(_sets, 1), 0);
    at integer := 1;
    stride integer := 2;
    n integer := 0;
    more integer;
BEGIN
    WHILE at <= last AND n < _most LOOP
        RETURN QUERY WITH held AS MATERIALIZED (
                SELECT w.case_id FROM generate_series(at, least(at + stride - 1, last)) AS month
                    JOIN case_words w ON w.grams @> _sets[month:month])
            SELECT c.id FROM held CROSS JOIN LATERAL (
                SELECT c.id, c.filed_at FROM cases c
                WHERE c.id = held.case_id AND may_know(c, _officer, _department, _leads, _role)
                    AND (_kind = '' OR c.kind = _kind) AND (_status = '' OR c.status = _status)
                    AND (_state = '' OR (c.ended_at IS NULL) = (_state = 'open'))
                    AND (_from IS NULL OR c.filed_at >= _from) AND (_to IS NULL OR c.filed_at < _to)
                OFFSET 0) c -- case by case
            ORDER BY c.filed_at DESC, c.id LIMIT _most - n;
        GET DIAGNOSTICS more = ROW_COUNT;
        n := n + more;
        at := at + stride;
        stride := stride * 2;
    END LOOP;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION cases_with_ref, cases_with_guest, cases_with_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cases_with_ref, cases_with_guest, cases_with_words TO huiyin_desk;

-- +goose Down
DROP FUNCTION cases_with_words, cases_with_guest, cases_with_ref, may_know;
DROP TABLE case_words;
DROP TRIGGER cases_forget_words ON cases;
DROP FUNCTION forget_words;
DROP INDEX CONCURRENTLY cases_ref_pairs;
DROP FUNCTION ref_pairs;
DROP INDEX CONCURRENTLY cases_open;
DROP INDEX CONCURRENTLY cases_open_kind;
DROP INDEX CONCURRENTLY cases_unowned;
DROP INDEX CONCURRENTLY cases_open_owner;
DROP INDEX CONCURRENTLY cases_open_house;
DROP INDEX CONCURRENTLY cases_watched;
DROP INDEX CONCURRENTLY cases_all;
DROP INDEX CONCURRENTLY cases_all_kind;
DROP INDEX CONCURRENTLY cases_all_owner;
DROP INDEX CONCURRENTLY cases_all_unowned;
DROP INDEX CONCURRENTLY cases_all_house;
DROP INDEX CONCURRENTLY cases_filed;
DROP INDEX CONCURRENTLY cases_filed_kind;
DROP INDEX CONCURRENTLY cases_all_house_kind;
DROP INDEX CONCURRENTLY cases_filed_status;
DROP INDEX CONCURRENTLY cases_filed_house;
CREATE INDEX CONCURRENTLY cases_queue ON cases (department, urgent DESC, next_due ASC NULLS LAST, filed_at, id) WHERE ended_at IS NULL;
CREATE INDEX CONCURRENTLY cases_owner ON cases (owner) WHERE owner IS NOT NULL;
