-- +goose Up

-- A link by which one colleague may join the reporter of a case. The token itself is nowhere, and the row tells no hour:
-- a link is good to the end of a day.
CREATE TABLE join_links (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32), -- SHA-256
    case_id    uuid NOT NULL REFERENCES cases,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,                     -- the day, for who joined without a name
    used_key   text CHECK (used_key ~ '^[!-~]{1,200}$'),                 -- action key of the joining, so that the same draft may ask again
    CONSTRAINT join_links_used CHECK ((used_at IS NULL) = (used_key IS NULL))
);
CREATE INDEX join_links_of_case ON join_links (case_id);

-- Who joined the reporter of a case, while they do. A row goes when its colleague leaves and when the case is destroyed;
-- the events keep that somebody joined, and in which mode.
CREATE TABLE co_reporters (
    case_id        uuid NOT NULL REFERENCES cases,
    n              integer NOT NULL CHECK (n >= 1),
    mode           text NOT NULL,
    language       text NOT NULL CHECK (language ~ '^[A-Za-z0-9-]{2,35}$'),
    reporter_key   bytea,                       -- keyed name of the colleague's chat
    address        bytea,                       -- sealed to the postman
    receipt_lookup bytea CONSTRAINT co_reporters_receipt_key UNIQUE,
    PRIMARY KEY (case_id, n),
    UNIQUE (case_id, n, mode),
    CONSTRAINT co_reporters_once UNIQUE (case_id, reporter_key),
    -- What a mode holds, and nothing else: the same table as cases.Way.
    CONSTRAINT co_reporters_mode_holds CHECK (CASE mode
        WHEN 'named'        THEN reporter_key IS NOT NULL AND address IS NOT NULL AND receipt_lookup IS NULL
        WHEN 'confidential' THEN reporter_key IS NOT NULL AND address IS NOT NULL AND receipt_lookup IS NULL
        WHEN 'anonymous'    THEN reporter_key IS NULL AND address IS NOT NULL AND receipt_lookup IS NOT NULL
        WHEN 'dark'         THEN reporter_key IS NULL AND address IS NULL AND receipt_lookup IS NOT NULL
        ELSE false END),
    CONSTRAINT co_reporters_nothing_empty CHECK (octet_length(reporter_key) > 0 AND octet_length(address) > 0
        AND octet_length(receipt_lookup) > 0)
);
CREATE INDEX co_reporters_key ON co_reporters (reporter_key) WHERE reporter_key IS NOT NULL;

-- Who a colleague said they are; it goes with the row above.
CREATE TABLE co_identities (
    case_id   uuid NOT NULL,
    n         integer NOT NULL,
    mode      text NOT NULL CHECK (mode IN ('named', 'confidential')),
    sealed_to text NOT NULL CHECK (sealed_to = CASE mode WHEN 'named' THEN 'case' ELSE 'custodian' END),
    sealed    bytea NOT NULL CHECK (octet_length(sealed) > 0),
    PRIMARY KEY (case_id, n),
    FOREIGN KEY (case_id, n, mode) REFERENCES co_reporters (case_id, n, mode) ON DELETE CASCADE
);

-- A notice to a colleague carries their number. The index is made anew in one go: a minute for tens of millions of rows.
ALTER TABLE notices
    ADD COLUMN colleague integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT notices_colleague CHECK (colleague >= 0 AND (colleague = 0 OR recipient = 'reporter')) NOT VALID;
DROP INDEX notices_once;
CREATE UNIQUE INDEX notices_once ON notices (case_id, seq, recipient, (coalesce(officer, 0)), colleague);

ALTER TABLE join_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE co_reporters ENABLE ROW LEVEL SECURITY;
ALTER TABLE co_identities ENABLE ROW LEVEL SECURITY;
CREATE POLICY intake_keeps ON join_links TO huiyin_intake USING (true);
CREATE POLICY intake_keeps ON co_reporters TO huiyin_intake USING (true);
CREATE POLICY postman_reads ON co_reporters FOR SELECT TO huiyin_postman USING (true);
-- The desk learns how many joined and in which mode: the columns are bounded below.
CREATE POLICY desk_sees ON co_reporters FOR SELECT TO huiyin_desk USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id));
-- Who a named colleague is is for who works the case, as with its reporter; a sealed identity is for whom a custodian let.
CREATE POLICY desk_sees ON co_identities FOR SELECT TO huiyin_desk USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id
    AND (co_identities.mode = 'named' AND c.department = (SELECT department_now())
        OR c.custody_what = 'identity' AND c.custody_by = (SELECT officer_now()) AND c.custody_until > clock_timestamp())));
CREATE POLICY intake_keeps ON co_identities FOR INSERT TO huiyin_intake WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON join_links TO huiyin_intake;
GRANT SELECT (case_id, n, mode, language, reporter_key, receipt_lookup), INSERT, DELETE ON co_reporters TO huiyin_intake;
GRANT SELECT (case_id, n, mode, language) ON co_reporters TO huiyin_desk;
GRANT SELECT (case_id, n, mode, language, address) ON co_reporters TO huiyin_postman;
GRANT INSERT ON co_identities TO huiyin_intake;
GRANT SELECT ON co_identities TO huiyin_desk;

-- +goose Down
-- +goose StatementBegin
DO $$ BEGIN RAISE EXCEPTION 'who joined a case is not taken out again: restore a backup'; END $$;
-- +goose StatementEnd
