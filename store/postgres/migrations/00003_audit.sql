-- +goose Up

-- The tamper-evident record (store/audit says how it is computed). Who needs what:
--   intake, desk: SELECT on events; INSERT on account_events and audit_pending; SELECT on account_events
--   intake also seals: SELECT, DELETE on audit_pending; SELECT, INSERT on audit_leaves, audit_hashes, audit_blocks,
--     audit_exports
--   postman: nothing
--   `huiyin audit verify` reads every row of events and cases, so it runs as the owner.

-- The hash of the row and of the event before it. Events from before this column keep NULL: what they said when they
-- were written cannot be known any more. The first act after on their case covers them as they stood then. The
-- constraint is never validated, so it binds every row written from here on, and only those.
ALTER TABLE events ADD COLUMN hash bytea;
ALTER TABLE events ADD CONSTRAINT events_hashed CHECK (hash IS NOT NULL AND octet_length(hash) = 32) NOT VALID;

-- What happened to officers' accounts and to the keys.
CREATE TABLE account_events (
    seq        bigint PRIMARY KEY CHECK (seq >= 1), -- without a gap
    kind       text NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    at         timestamptz NOT NULL,
    officer    bigint REFERENCES officers,      -- whose account; NULL when it is nobody's (yet)
    by_officer bigint REFERENCES officers,      -- NULL is whoever has the command line, or the house itself
    role       facet_or_none NOT NULL,
    department facet_or_none NOT NULL,
    code       facet_or_none NOT NULL,
    hash       bytea NOT NULL CHECK (octet_length(hash) = 32)
);

-- Written and not sealed yet. due keeps what was dated to the day only, and commitments, until that day is over: the
-- block that holds them must not tell the hour, and a commitment is to be one among those of a day. A commitment's row
-- names no case. (Until it is sealed, the order of rows in the table's file may still tell which filing brought it.)
CREATE TABLE audit_pending (
    hash          bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    kind          text NOT NULL CHECK (kind IN ('event', 'account', 'commitment')),
    case_id       uuid,
    seq           integer,
    account_event bigint,
    due           timestamptz NOT NULL,
    CONSTRAINT audit_pending_names CHECK ((kind = 'event') = (case_id IS NOT NULL) AND (kind = 'event') = (seq IS NOT NULL)
        AND (kind = 'account') = (account_event IS NOT NULL))
);
CREATE INDEX audit_pending_due ON audit_pending (due);
CREATE UNIQUE INDEX audit_pending_event ON audit_pending (case_id, seq) WHERE case_id IS NOT NULL;
CREATE UNIQUE INDEX audit_pending_account ON audit_pending (account_event) WHERE account_event IS NOT NULL;

-- The records of the tree. They refer to cases without a foreign key: a leaf is to outlive what it is about.
CREATE TABLE audit_leaves (
    idx           bigint PRIMARY KEY CHECK (idx >= 0),
    kind          text NOT NULL CHECK (kind IN ('event', 'account', 'commitment')),
    case_id       uuid,
    seq           integer,
    account_event bigint,
    hash          bytea NOT NULL CHECK (octet_length(hash) = 32),
    CONSTRAINT audit_leaves_names CHECK ((kind = 'event') = (case_id IS NOT NULL) AND (kind = 'event') = (seq IS NOT NULL)
        AND (kind = 'account') = (account_event IS NOT NULL))
);
CREATE INDEX audit_leaves_hash ON audit_leaves (hash);
CREATE UNIQUE INDEX audit_leaves_event ON audit_leaves (case_id, seq) WHERE case_id IS NOT NULL;
CREATE UNIQUE INDEX audit_leaves_account ON audit_leaves (account_event) WHERE account_event IS NOT NULL;

-- The hashes of the tree, numbered as golang.org/x/mod/sumdb/tlog stores them.
CREATE TABLE audit_hashes (
    idx  bigint PRIMARY KEY CHECK (idx >= 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE TABLE audit_blocks (
    n          bigint PRIMARY KEY CHECK (n >= 1),
    first_leaf bigint NOT NULL UNIQUE CHECK (first_leaf >= 0),
    size       bigint NOT NULL UNIQUE,          -- of the tree with this block
    root       bytea NOT NULL CHECK (octet_length(root) = 32),
    prev       bytea NOT NULL CHECK (octet_length(prev) = 32),
    sealed_at  timestamptz NOT NULL,
    hash       bytea NOT NULL CHECK (octet_length(hash) = 32),
    CONSTRAINT audit_blocks_hold_something CHECK (size > first_leaf)
);

-- Which head was published on a day.
CREATE TABLE audit_exports (
    day   date PRIMARY KEY,
    block bigint NOT NULL REFERENCES audit_blocks
);

-- +goose StatementBegin
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION refuse_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gone g WHERE NOT EXISTS (SELECT FROM audit_leaves l WHERE l.hash = g.hash)) THEN
        RAISE EXCEPTION 'audit_pending is emptied by sealing'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_pending_sealed_first';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER account_events_append_only BEFORE UPDATE OR DELETE ON account_events
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER account_events_never_emptied BEFORE TRUNCATE ON account_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_leaves_append_only BEFORE UPDATE OR DELETE ON audit_leaves
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_leaves_never_emptied BEFORE TRUNCATE ON audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_hashes_append_only BEFORE UPDATE OR DELETE ON audit_hashes
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_hashes_never_emptied BEFORE TRUNCATE ON audit_hashes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_blocks_append_only BEFORE UPDATE OR DELETE ON audit_blocks
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_blocks_never_emptied BEFORE TRUNCATE ON audit_blocks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_exports_append_only BEFORE UPDATE OR DELETE ON audit_exports
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_exports_never_emptied BEFORE TRUNCATE ON audit_exports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_pending_never_changed BEFORE UPDATE ON audit_pending
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_pending_never_emptied BEFORE TRUNCATE ON audit_pending
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_pending_sealed_first AFTER DELETE ON audit_pending REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_unsealed();

GRANT SELECT, INSERT ON account_events TO huiyin_intake, huiyin_desk;
GRANT INSERT ON audit_pending TO huiyin_desk;
GRANT SELECT, INSERT, DELETE ON audit_pending TO huiyin_intake;
GRANT SELECT, INSERT ON audit_leaves, audit_hashes, audit_blocks, audit_exports TO huiyin_intake;

-- +goose Down
DROP TABLE audit_exports, audit_blocks, audit_hashes, audit_leaves, audit_pending, account_events;
DROP FUNCTION refuse_audit_change(), refuse_unsealed();
ALTER TABLE events DROP COLUMN hash;
