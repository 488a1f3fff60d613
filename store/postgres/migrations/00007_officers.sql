-- +goose Up

-- Who is away, who stands in, and what an officer is good at ("kind.pay", "language.en").
ALTER TABLE officers
    ADD COLUMN away_until timestamptz,
    ADD COLUMN deputy     bigint REFERENCES officers,
    ADD COLUMN skills     text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT officers_deputy CHECK (deputy IS NULL OR deputy <> id AND away_until IS NOT NULL),
    ADD CONSTRAINT officers_skills CHECK (array_to_string(skills, ' ') ~ '^([a-z]+\.[A-Za-z0-9_-]{1,64}( |$))*$');

-- What an officer is and where is for whoever keeps the accounts; what this table says of them besides is theirs, and their
-- lead's. The program asks cases.MaySetAway; the desk's role is held to it here. Where nobody asks, the program has asked.
-- +goose StatementBegin
CREATE FUNCTION officers_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'huiyin_desk' AND officer_now() IS DISTINCT FROM new.id AND NOT EXISTS (
        SELECT FROM officers o WHERE o.id = officer_now() AND o.revoked_at IS NULL AND o.role = 'lead'
            AND o.department = new.department AND new.role IN ('officer', 'lead')) THEN
        RAISE EXCEPTION 'for the officer and their lead' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN new;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER officers_own BEFORE UPDATE OF away_until, deputy, skills ON officers
    FOR EACH ROW WHEN ((old.away_until, old.deputy, old.skills) IS DISTINCT FROM (new.away_until, new.deputy, new.skills))
    EXECUTE FUNCTION officers_own();

-- How many open cases an officer has, those that the asker must not know of among them: a limit that counted fewer would
-- be none. It gives a number and nothing else.
-- +goose StatementBegin
CREATE FUNCTION open_cases(_officer bigint) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $$ SELECT count(*)::integer FROM cases WHERE owner = _officer AND ended_at IS NULL $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION open_cases FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_cases TO huiyin_desk, huiyin_intake;

-- +goose Down
DROP FUNCTION open_cases(bigint);
DROP TRIGGER officers_own ON officers;
DROP FUNCTION officers_own();
ALTER TABLE officers DROP COLUMN away_until, DROP COLUMN deputy, DROP COLUMN skills;
