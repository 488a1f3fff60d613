-- +goose Up

-- The kind of a case, which never changes, beside its words: of a search by words and a kind only those rows are looked up
-- among the cases. '' is not known yet: a row gets its kind when words are added to it, or when they are made anew. To
-- write them all here would hold up whoever adds words meanwhile.
ALTER TABLE case_words ADD COLUMN kind text NOT NULL DEFAULT '';

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
                    JOIN case_words w ON w.grams @> _sets[month:month]
                    WHERE _kind = '' OR w.kind IN ('', _kind))
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

-- +goose Down
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
ALTER TABLE case_words DROP COLUMN kind;
