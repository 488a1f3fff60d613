-- +goose Up

-- Three roles, one for each part of the house; a process becomes one of them (SET ROLE) and can then do no more than it
-- needs. They belong to the server, not to a database, so they may be there already.
-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['huiyin_intake', 'huiyin_desk', 'huiyin_postman'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this server was migrated at the same moment
        END;
        -- From 16 on, who made a role is a member of it and still may not become it.
        IF NOT pg_has_role(current_user, name,
            CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
            EXECUTE format('GRANT %I TO %I', name, current_user);
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd

ALTER TABLE cases
    ADD COLUMN prompt        boolean NOT NULL DEFAULT false,
    ADD COLUMN restricted    boolean NOT NULL DEFAULT false,
    ADD COLUMN queued_at     timestamptz,
    ADD COLUMN unqueued      boolean NOT NULL DEFAULT false,
    ADD COLUMN recused       bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN custody_what  facet_or_none NOT NULL DEFAULT '',
    ADD COLUMN custody_by    bigint REFERENCES officers,
    ADD COLUMN custody_until timestamptz,
    ADD COLUMN retention     facet_or_none NOT NULL DEFAULT '',
    ADD COLUMN ended_at      timestamptz,
    ADD COLUMN warned_at     timestamptz,
    ADD COLUMN held          boolean NOT NULL DEFAULT false,
    ADD COLUMN shredded      boolean NOT NULL DEFAULT false,
    ADD COLUMN shared_key    boolean NOT NULL DEFAULT false; -- half of the key is kept outside this database

ALTER TABLE cases
    DROP CONSTRAINT cases_mode_check,
    DROP CONSTRAINT cases_mode_holds,
    DROP CONSTRAINT cases_nothing_empty;
-- What was called anonymous kept no address: that is the mode dark.
UPDATE cases SET mode = 'dark' WHERE mode = 'anonymous';
UPDATE cases SET queued_at = filed_at;
UPDATE cases SET ended_at = updated_at WHERE status IN ('not_accepted', 'redirected', 'closed', 'withdrawn');
ALTER TABLE cases
    ALTER COLUMN queued_at SET NOT NULL,
    ADD CONSTRAINT cases_mode_check CHECK (mode IN ('named', 'confidential', 'anonymous', 'dark')),
    ADD CONSTRAINT cases_id_mode_key UNIQUE (id, mode),
    ADD CONSTRAINT cases_prompt CHECK (NOT prompt OR mode IN ('anonymous', 'dark') OR version > 1),
    ADD CONSTRAINT cases_custody CHECK ((custody_what = '') = (custody_by IS NULL) AND (custody_what <> '' OR custody_until IS NULL)),
    ADD CONSTRAINT cases_ended CHECK ((ended_at IS NULL) = (status IN ('received', 'accepted', 'investigating', 'waiting'))),
    ADD CONSTRAINT cases_owner_not_recused CHECK (owner IS NULL OR NOT owner = ANY (recused));

-- What leads back to a reporter stands apart from the case, so that a role can be given one without the other.
CREATE TABLE reporters (
    case_id        uuid PRIMARY KEY,
    mode           text NOT NULL,
    reporter_key   bytea,                       -- keyed name of the reporter's chat
    address        bytea,                       -- sealed to the postman
    receipt_lookup bytea CONSTRAINT reporters_receipt_key UNIQUE,
    FOREIGN KEY (case_id, mode) REFERENCES cases (id, mode) DEFERRABLE INITIALLY DEFERRED,
    -- What a mode holds, and nothing else: the same table as cases.Way.
    CONSTRAINT reporters_mode_holds CHECK (CASE mode
        WHEN 'named'        THEN reporter_key IS NOT NULL AND address IS NOT NULL AND receipt_lookup IS NULL
        WHEN 'confidential' THEN reporter_key IS NOT NULL AND address IS NOT NULL AND receipt_lookup IS NULL
        WHEN 'anonymous'    THEN reporter_key IS NULL AND address IS NOT NULL AND receipt_lookup IS NOT NULL
        WHEN 'dark'         THEN reporter_key IS NULL AND address IS NULL AND receipt_lookup IS NOT NULL
        ELSE false END),
    CONSTRAINT reporters_nothing_empty CHECK (octet_length(reporter_key) > 0 AND octet_length(address) > 0
        AND octet_length(receipt_lookup) > 0)
);
CREATE INDEX reporters_key ON reporters (reporter_key) WHERE reporter_key IS NOT NULL;
INSERT INTO reporters (case_id, mode, reporter_key, address, receipt_lookup)
SELECT id, mode, reporter_key, address, receipt_lookup FROM cases;

CREATE TABLE identities (
    case_id uuid PRIMARY KEY,
    mode    text NOT NULL CHECK (mode IN ('named', 'confidential')),
    sealed_to text NOT NULL CHECK (sealed_to IN ('case', 'custodian')),
    sealed  bytea NOT NULL CHECK (octet_length(sealed) > 0),
    FOREIGN KEY (case_id, mode) REFERENCES cases (id, mode) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO identities (case_id, mode, sealed_to, sealed)
SELECT id, mode, 'case', identity FROM cases WHERE identity IS NOT NULL;

ALTER TABLE cases DROP COLUMN identity, DROP COLUMN reporter_key, DROP COLUMN address, DROP COLUMN receipt_lookup;
CREATE INDEX cases_ended_at ON cases (retention, ended_at) WHERE ended_at IS NOT NULL AND NOT shredded;
CREATE INDEX cases_requests ON cases (id) WHERE custody_what <> '' AND custody_until IS NULL;

ALTER TABLE events
    DROP CONSTRAINT events_kind_check,
    DROP CONSTRAINT events_role_check,
    ADD CONSTRAINT events_kind_check CHECK (kind IN ('filed', 'accepted', 'not_accepted', 'redirected',
        'investigation_started', 'asked', 'answered', 'closed', 'reopened', 'withdrawn',
        'taken', 'released', 'assigned', 'replied', 'noted', 'added', 'rated', 'opened',
        'queued', 'lowered', 'revealed', 'recused', 'custody_asked', 'custody_granted', 'custody_refused',
        'custody_opened', 'held', 'hold_lifted', 'warned', 'shredded')),
    ADD CONSTRAINT events_role_check CHECK (role IN ('', 'officer', 'lead', 'admin', 'custodian'));

ALTER TABLE notices
    ADD COLUMN due_at timestamptz NOT NULL DEFAULT now(), -- not before
    DROP CONSTRAINT notices_recipient_check,
    ADD CONSTRAINT notices_recipient_check CHECK (recipient IN ('reporter', 'owner', 'department', 'officer', 'custodian'));

-- Officers: where to write to is the postman's, codes are the desk's.
ALTER TABLE officers
    DROP CONSTRAINT officers_role_check,
    DROP CONSTRAINT officers_department,
    DROP CONSTRAINT officers_sealed,
    ADD CONSTRAINT officers_role_check CHECK (role IN ('officer', 'lead', 'admin', 'custodian')),
    ADD CONSTRAINT officers_department CHECK (role IN ('admin', 'custodian') OR department <> ''),
    ADD CONSTRAINT officers_sealed CHECK (octet_length(officer_key) > 0);
CREATE TABLE officer_addresses (
    officer bigint PRIMARY KEY REFERENCES officers,
    address bytea NOT NULL CHECK (octet_length(address) > 0) -- sealed to the postman
);
INSERT INTO officer_addresses SELECT id, address FROM officers;
ALTER TABLE officers DROP COLUMN address;
CREATE TABLE officer_codes (
    officer bigint PRIMARY KEY REFERENCES officers,
    sealed  bytea NOT NULL CHECK (octet_length(sealed) > 0) -- the secret of one-time codes
);
ALTER TABLE invites
    DROP CONSTRAINT invites_role_check,
    DROP CONSTRAINT invites_department,
    ADD CONSTRAINT invites_role_check CHECK (role IN ('officer', 'lead', 'admin', 'custodian')),
    ADD CONSTRAINT invites_department CHECK (role IN ('admin', 'custodian') OR department <> '');

-- Who asks, in the desk's transactions. Where it was not said, nobody asks, and nobody sees anything.
CREATE FUNCTION officer_now() RETURNS bigint LANGUAGE sql STABLE
    RETURN nullif(current_setting('huiyin.officer', true), '')::bigint;
CREATE FUNCTION department_now() RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT o.department::text FROM officers o WHERE o.id = officer_now() AND o.revoked_at IS NULL AND o.role IN ('officer', 'lead'));
CREATE FUNCTION role_now() RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT o.role FROM officers o WHERE o.id = officer_now() AND o.revoked_at IS NULL);

ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE reporters ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities ENABLE ROW LEVEL SECURITY;

-- What an officer may know of: cases.Can(by, List, c), said in SQL. write_case says it again, for a row as it was.
CREATE POLICY desk_sees ON cases TO huiyin_desk USING (
    NOT unqueued AND NOT shredded AND NOT (SELECT officer_now()) = ANY (recused)
    AND (department = (SELECT department_now())
        OR (SELECT role_now()) = 'admin' AND NOT restricted
        OR (SELECT role_now()) = 'custodian' AND custody_what <> '' AND custody_until IS NULL
            AND custody_by <> (SELECT officer_now())));
CREATE POLICY intake_files ON cases TO huiyin_intake USING (true);
CREATE POLICY postman_reads ON cases FOR SELECT TO huiyin_postman USING (true);

CREATE POLICY desk_sees ON events FOR SELECT TO huiyin_desk USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id));
CREATE POLICY desk_acts ON events FOR INSERT TO huiyin_desk
    WITH CHECK (party = 'office' AND officer = (SELECT officer_now()) AND EXISTS (SELECT FROM cases c WHERE c.id = case_id));
CREATE POLICY intake_sees ON events FOR SELECT TO huiyin_intake USING (true);
CREATE POLICY intake_acts ON events FOR INSERT TO huiyin_intake WITH CHECK (party <> 'office');
CREATE POLICY postman_reads ON events FOR SELECT TO huiyin_postman USING (true);

CREATE POLICY desk_sees ON notices TO huiyin_desk USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id));
CREATE POLICY intake_tells ON notices TO huiyin_intake USING (true);
CREATE POLICY postman_sends ON notices TO huiyin_postman USING (true);

CREATE POLICY intake_keeps ON reporters TO huiyin_intake USING (true);
CREATE POLICY postman_reads ON reporters FOR SELECT TO huiyin_postman USING (true);

-- The identity of a named case is read by who works it, and by its reporter's side when it is lowered; that of a
-- confidential one by whom a custodian let.
CREATE POLICY desk_sees ON identities FOR SELECT TO huiyin_desk USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id
    AND (c.mode = 'named' AND (SELECT role_now()) IN ('officer', 'lead')
        OR c.custody_what = 'identity' AND c.custody_by = (SELECT officer_now()) AND c.custody_until > clock_timestamp())));
CREATE POLICY intake_keeps ON identities FOR INSERT TO huiyin_intake WITH CHECK (true);
CREATE POLICY intake_changes ON identities FOR UPDATE TO huiyin_intake USING (true);
CREATE POLICY intake_forgets ON identities FOR DELETE TO huiyin_intake USING (true);
CREATE POLICY intake_sees ON identities FOR SELECT TO huiyin_intake USING (mode = 'named');

-- The desk changes a case by this function only, because a change may put the case out of its own sight (moved away,
-- recused, answered by the custodian), and the row policies would refuse that. Gives whether the row was changed: the
-- officer must have known of it as it was, and its version must be the one read.
-- +goose StatementBegin
CREATE FUNCTION write_case(_id uuid, _read_version integer, _department text, _status text, _owner bigint, _outcome text,
    _rating text, _version integer, _unread boolean, _clocks jsonb, _next_due timestamptz, _updated_at timestamptz,
    _recused bigint[], _custody_what text, _custody_by bigint, _custody_until timestamptz, _ended_at timestamptz,
    _warned_at timestamptz, _held boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE cases SET department = _department, status = _status, owner = _owner, outcome = _outcome, rating = _rating,
        version = _version, unread = _unread, clocks = _clocks, next_due = _next_due, updated_at = _updated_at,
        recused = _recused, custody_what = _custody_what, custody_by = _custody_by, custody_until = _custody_until,
        ended_at = _ended_at, warned_at = _warned_at, held = _held
    WHERE id = _id AND version = _read_version AND NOT unqueued AND NOT shredded AND NOT officer_now() = ANY (recused)
        AND (department = department_now()
            OR role_now() = 'admin' AND NOT restricted
            OR role_now() = 'custodian' AND custody_what <> '' AND custody_until IS NULL AND custody_by <> officer_now());
    RETURN FOUND;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION write_case FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_case TO huiyin_desk;

-- The intake forgets an identity that it may not read: a DELETE finds only rows that its policy for reading shows, and
-- would leave what is sealed to the custodian where it is, without a word.
-- +goose StatementBegin
CREATE FUNCTION forget_identity(_case uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$ DELETE FROM identities WHERE case_id = _case $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION forget_identity FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_identity TO huiyin_intake;

GRANT SELECT, INSERT, UPDATE ON cases TO huiyin_intake;
GRANT SELECT, INSERT ON events TO huiyin_intake;
GRANT SELECT, INSERT, UPDATE ON notices TO huiyin_intake;
GRANT SELECT (case_id, mode, reporter_key, receipt_lookup), INSERT, UPDATE, DELETE ON reporters TO huiyin_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON identities TO huiyin_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON drafts TO huiyin_intake, huiyin_desk;
GRANT SELECT ON officers TO huiyin_intake, huiyin_desk, huiyin_postman;

GRANT SELECT, UPDATE (updated_at) ON cases TO huiyin_desk; -- UPDATE of a column, to be able to lock the row
GRANT SELECT, INSERT ON events TO huiyin_desk;
GRANT SELECT, INSERT ON notices TO huiyin_desk;
GRANT SELECT ON identities TO huiyin_desk;
GRANT INSERT, UPDATE ON officers TO huiyin_desk;
GRANT SELECT (officer), INSERT, UPDATE ON officer_addresses TO huiyin_desk;
GRANT SELECT, INSERT, UPDATE, DELETE ON officer_codes TO huiyin_desk;
GRANT SELECT, INSERT, UPDATE ON invites TO huiyin_desk;

GRANT SELECT ON cases, events TO huiyin_postman;
GRANT SELECT, UPDATE ON notices TO huiyin_postman;
GRANT SELECT (case_id, mode, address) ON reporters TO huiyin_postman;
GRANT SELECT ON officer_addresses TO huiyin_postman;

-- +goose Down
-- +goose StatementBegin
DO $$ BEGIN RAISE EXCEPTION 'what was taken apart is not put together again: restore a backup'; END $$;
-- +goose StatementEnd
