-- +goose Up

-- Facets of a case are ids of the configuration, never anyone's words: a sentence cannot be stored in one.
CREATE DOMAIN facet AS text CHECK (VALUE ~ '^[A-Za-z0-9_.-]{1,64}$');
CREATE DOMAIN facet_or_none AS text CHECK (VALUE ~ '^[A-Za-z0-9_.-]{0,64}$');
-- Keys are made by machines: printable, no spaces.
CREATE DOMAIN machine_key AS text CHECK (VALUE ~ '^[!-~]{1,200}$');

CREATE TABLE officers (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    officer_key bytea NOT NULL UNIQUE,          -- keyed name of the Telegram user
    address     bytea NOT NULL,                 -- sealed
    name        text NOT NULL CHECK (name <> ''),
    role        text NOT NULL CHECK (role IN ('officer', 'lead', 'admin')),
    department  facet_or_none NOT NULL,
    language    text NOT NULL CHECK (language ~ '^[A-Za-z0-9-]{2,35}$'),
    joined_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz,
    CONSTRAINT officers_department CHECK (role = 'admin' OR department <> ''),
    CONSTRAINT officers_sealed CHECK (octet_length(officer_key) > 0 AND octet_length(address) > 0)
);
CREATE INDEX officers_of_department ON officers (department, id) WHERE revoked_at IS NULL;

CREATE TABLE invites (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32), -- SHA-256; the token itself is nowhere
    name       text NOT NULL CHECK (name <> ''),
    role       text NOT NULL CHECK (role IN ('officer', 'lead', 'admin')),
    department facet_or_none NOT NULL,
    expires_at timestamptz NOT NULL,
    used_by    bigint REFERENCES officers,
    used_at    timestamptz,
    CONSTRAINT invites_department CHECK (role = 'admin' OR department <> ''),
    CONSTRAINT invites_used CHECK ((used_by IS NULL) = (used_at IS NULL))
);

CREATE TABLE cases (
    id             uuid PRIMARY KEY,
    ref            text NOT NULL CONSTRAINT cases_ref_key UNIQUE CHECK (ref ~ '^HY-[0-9A-Z]{4}-[0-9A-Z]{4}$'),
    draft          machine_key NOT NULL CONSTRAINT cases_draft_key UNIQUE,
    mode           text NOT NULL CHECK (mode IN ('named', 'confidential', 'anonymous')),
    kind           facet NOT NULL,
    matter         facet_or_none NOT NULL,
    unit           facet_or_none NOT NULL,
    department     facet NOT NULL,
    language       text NOT NULL CHECK (language ~ '^[A-Za-z0-9-]{2,35}$'),
    procedure      facet_or_none NOT NULL,
    urgent         boolean NOT NULL,
    status         text NOT NULL CHECK (status IN ('received', 'accepted', 'investigating', 'waiting',
                       'not_accepted', 'redirected', 'closed', 'withdrawn')),
    owner          bigint REFERENCES officers,
    outcome        facet_or_none NOT NULL,
    rating         facet_or_none NOT NULL,
    version        integer NOT NULL CHECK (version >= 1),
    unread         boolean NOT NULL,
    clocks         jsonb NOT NULL CHECK (jsonb_typeof(clocks) = 'array'),
    next_due       timestamptz,                 -- NULL when nothing is owed
    filed_at       timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    wrapped_key    bytea NOT NULL CHECK (octet_length(wrapped_key) > 0),
    identity       bytea,                       -- sealed with the case key
    reporter_key   bytea,                       -- keyed name of the reporter's chat
    address        bytea,                       -- sealed to the postman
    receipt_lookup bytea CONSTRAINT cases_receipt_key UNIQUE,
    -- An anonymous case holds nothing that leads back to a person; any other holds no receipt.
    CONSTRAINT cases_mode_holds CHECK (CASE WHEN mode = 'anonymous'
        THEN reporter_key IS NULL AND address IS NULL AND identity IS NULL AND receipt_lookup IS NOT NULL
        ELSE reporter_key IS NOT NULL AND address IS NOT NULL AND identity IS NOT NULL AND receipt_lookup IS NULL
        END),
    CONSTRAINT cases_nothing_empty CHECK (octet_length(reporter_key) > 0 AND octet_length(address) > 0
        AND octet_length(identity) > 0 AND octet_length(receipt_lookup) > 0),
    CONSTRAINT cases_ended_owes_nothing CHECK (next_due IS NULL
        OR status IN ('received', 'accepted', 'investigating', 'waiting')),
    CONSTRAINT cases_time_order CHECK (updated_at >= filed_at)
);
CREATE INDEX cases_queue ON cases (department, urgent DESC, next_due ASC NULLS LAST, filed_at, id)
    WHERE status IN ('received', 'accepted', 'investigating', 'waiting');
CREATE INDEX cases_owner ON cases (owner) WHERE owner IS NOT NULL;
CREATE INDEX cases_reporter ON cases (reporter_key) WHERE reporter_key IS NOT NULL;

CREATE TABLE events (
    case_id       uuid NOT NULL REFERENCES cases,
    seq           integer NOT NULL CHECK (seq >= 1),
    kind          text NOT NULL CHECK (kind IN ('filed', 'accepted', 'not_accepted', 'redirected',
                      'investigation_started', 'asked', 'answered', 'closed', 'reopened', 'withdrawn',
                      'taken', 'released', 'assigned', 'replied', 'noted', 'added', 'rated', 'opened')),
    at            timestamptz NOT NULL,
    party         text NOT NULL CHECK (party IN ('reporter', 'office', 'system')),
    officer       bigint REFERENCES officers,
    role          text NOT NULL CHECK (role IN ('', 'officer', 'lead', 'admin')), -- of the officer, then
    by_department facet_or_none NOT NULL,       -- of the officer, then
    status        text NOT NULL CHECK (status IN ('received', 'accepted', 'investigating', 'waiting',
                      'not_accepted', 'redirected', 'closed', 'withdrawn')),
    to_officer    bigint REFERENCES officers,
    department    facet_or_none NOT NULL,       -- where the case went, when it went elsewhere
    code          facet_or_none NOT NULL,
    body          bytea CHECK (octet_length(body) > 0), -- sealed with the case key
    action_key    machine_key NOT NULL,
    PRIMARY KEY (case_id, seq),
    CONSTRAINT events_action_key UNIQUE (action_key, case_id),
    CONSTRAINT events_begin_with_filing CHECK ((kind = 'filed') = (seq = 1)),
    CONSTRAINT events_office_has_officer CHECK ((party = 'office') = (officer IS NOT NULL)),
    CONSTRAINT events_officer_has_role CHECK ((party = 'office') = (role <> ''))
);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'events_append_only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_never_emptied BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE notices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id    uuid NOT NULL,
    seq        integer NOT NULL,
    recipient  text NOT NULL CHECK (recipient IN ('reporter', 'owner', 'department', 'officer')),
    officer    bigint REFERENCES officers,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'unknown', 'blocked', 'failed')),
    attempts   integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (case_id, seq) REFERENCES events,
    CONSTRAINT notices_officer CHECK ((recipient = 'reporter') = (officer IS NULL))
);
CREATE UNIQUE INDEX notices_once ON notices (case_id, seq, recipient, (coalesce(officer, 0)));
CREATE INDEX notices_waiting ON notices (id) WHERE state = 'waiting';

CREATE TABLE drafts (
    name       bytea PRIMARY KEY CHECK (octet_length(name) > 0),
    rev        bigint NOT NULL,
    body       bytea,                           -- sealed; NULL is a tombstone
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX drafts_age ON drafts (updated_at);

-- +goose Down
DROP TABLE drafts, notices, events, cases, invites, officers;
DROP FUNCTION refuse_change();
DROP DOMAIN facet, facet_or_none, machine_key;
