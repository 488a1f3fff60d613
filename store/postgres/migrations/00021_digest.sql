-- +goose Up

-- Lists that an officer keeps. Name, conditions and words typed are sealed for that officer: what stands here tells how many
-- they are.
CREATE TABLE kept_filters (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    officer bigint NOT NULL REFERENCES officers,
    place   smallint NOT NULL CHECK (place BETWEEN 1 AND 10), -- and so no more than ten, whoever comes at once
    sealed  bytea NOT NULL CHECK (octet_length(sealed) > 0),
    UNIQUE (officer, place)
);
ALTER TABLE kept_filters ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_keeps ON kept_filters TO huiyin_desk USING (officer = (SELECT officer_now()));
GRANT SELECT, INSERT, DELETE ON kept_filters TO huiyin_desk;

-- When officers want their digest. The intake, which keeps the dates, calls for it; the postman, who sends it, begins each
-- at most once.
CREATE TABLE digests (
    officer   bigint PRIMARY KEY REFERENCES officers,
    days      text NOT NULL CHECK (days IN ('', 'working', 'daily')), -- '' is never
    hour      smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    next_at   timestamptz, -- when it is called for next
    called_at timestamptz, -- when it was called for last
    begun_at  timestamptz, -- the called_at of the one that began to be sent last
    CONSTRAINT digests_never CHECK (days <> '' OR next_at IS NULL)
);
CREATE INDEX digests_next ON digests (next_at) WHERE next_at IS NOT NULL;
ALTER TABLE digests ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_keeps ON digests TO huiyin_desk USING (officer = (SELECT officer_now()));
CREATE POLICY intake_calls ON digests TO huiyin_intake USING (true);
CREATE POLICY postman_sends ON digests TO huiyin_postman USING (true);
GRANT SELECT, INSERT (officer, days, hour, next_at), UPDATE (days, hour, next_at) ON digests TO huiyin_desk;
GRANT SELECT, UPDATE (next_at, called_at) ON digests TO huiyin_intake;
GRANT SELECT, UPDATE (begun_at) ON digests TO huiyin_postman;

-- A digest does not call to mind what its officer has put aside.
CREATE POLICY postman_reads ON snoozes FOR SELECT TO huiyin_postman USING (true);
GRANT SELECT ON snoozes TO huiyin_postman;

-- What was an officer's alone goes with them.
-- +goose StatementBegin
CREATE FUNCTION forget_officer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM kept_filters WHERE officer = NEW.id;
    DELETE FROM digests WHERE officer = NEW.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER officers_forget AFTER UPDATE OF revoked_at ON officers
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION forget_officer();

-- +goose Down
DROP TRIGGER officers_forget ON officers;
DROP FUNCTION forget_officer;
REVOKE SELECT ON snoozes FROM huiyin_postman;
DROP POLICY postman_reads ON snoozes;
DROP TABLE digests, kept_filters;
