-- +goose Up

-- Days on which leaders receive. What stands here is published to everybody.
CREATE TABLE reception_days (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    leader     bigint NOT NULL REFERENCES officers,
    department facet_or_none NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    minutes    integer NOT NULL CHECK (minutes BETWEEN 5 AND 240),
    meetings   text[] NOT NULL CHECK (cardinality(meetings) > 0 AND meetings <@ ARRAY['in_person', 'phone', 'writing']),
    place      text NOT NULL CHECK (char_length(place) <= 200),
    phone      text NOT NULL CHECK (char_length(phone) <= 40),
    cancelled  boolean NOT NULL DEFAULT false,
    action_key machine_key NOT NULL UNIQUE,
    CONSTRAINT reception_days_order CHECK (ends_at > starts_at)
);
CREATE INDEX reception_days_start ON reception_days (starts_at);

-- Slots taken. Nothing tells when somebody booked: no time, and ids are random. What somebody said of themself and of
-- the matter, and what came of it, is sealed under a key of the booking's own.
CREATE TABLE reception_bookings (
    id           uuid PRIMARY KEY,
    day          bigint NOT NULL REFERENCES reception_days,
    slot         smallint NOT NULL CHECK (slot >= 0),
    meeting      text NOT NULL CHECK (meeting IN ('in_person', 'phone', 'writing')),
    state        text NOT NULL DEFAULT 'booked' CHECK (state IN ('booked', 'cancelled', 'held', 'missed', 'lapsed')),
    moves        integer NOT NULL DEFAULT 0,
    known_at     timestamptz NOT NULL, -- before that the office does not see it
    case_id      uuid REFERENCES cases,
    mode         text NOT NULL CHECK (mode IN ('named', 'confidential', 'anonymous', 'dark')),
    language     text NOT NULL CHECK (language <> ''),
    reporter_key bytea CHECK (octet_length(reporter_key) > 0), -- keyed name of the chat
    address      bytea CHECK (octet_length(address) > 0),      -- sealed to the postman
    wrapped_key  bytea NOT NULL CHECK (octet_length(wrapped_key) > 0),
    body         bytea CHECK (octet_length(body) > 0),
    answer       bytea CHECK (octet_length(answer) > 0),
    action_key   machine_key NOT NULL UNIQUE,
    -- One from a case is found and told by the case's own way back; one without has a way of its own.
    CONSTRAINT reception_bookings_way CHECK (CASE
        WHEN case_id IS NOT NULL THEN reporter_key IS NULL AND address IS NULL AND body IS NULL
        WHEN mode = 'named' THEN reporter_key IS NOT NULL AND address IS NOT NULL AND body IS NOT NULL
        WHEN mode = 'anonymous' THEN reporter_key IS NULL AND address IS NOT NULL AND body IS NOT NULL
        ELSE false END),
    CONSTRAINT reception_bookings_nameless CHECK (case_id IS NOT NULL OR mode = 'named' OR meeting <> 'in_person')
);
-- One winner when several people want a slot, and one open booking for each case and chat.
CREATE UNIQUE INDEX reception_slot ON reception_bookings (day, slot) WHERE state <> 'cancelled';
CREATE UNIQUE INDEX reception_case ON reception_bookings (case_id) WHERE state = 'booked';
CREATE UNIQUE INDEX reception_chat ON reception_bookings (reporter_key) WHERE state = 'booked';

ALTER TABLE reception_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE reception_bookings ENABLE ROW LEVEL SECURITY;

-- A leader has their own days, an admin keeps everybody's. Who booked is the leader's alone to know.
CREATE POLICY desk_keeps ON reception_days TO huiyin_desk
    USING (leader = (SELECT officer_now()) OR (SELECT role_now()) = 'admin');
CREATE POLICY intake_offers ON reception_days TO huiyin_intake USING (true);
CREATE POLICY postman_reads ON reception_days FOR SELECT TO huiyin_postman USING (true);
CREATE POLICY desk_sees ON reception_bookings TO huiyin_desk USING (known_at <= clock_timestamp()
    AND EXISTS (SELECT FROM reception_days d WHERE d.id = day AND d.leader = (SELECT officer_now())));
CREATE POLICY intake_books ON reception_bookings TO huiyin_intake USING (true);
CREATE POLICY postman_reads ON reception_bookings FOR SELECT TO huiyin_postman USING (true);

GRANT SELECT, DELETE ON reception_days TO huiyin_intake;
GRANT SELECT, INSERT, UPDATE (cancelled) ON reception_days TO huiyin_desk;
GRANT SELECT ON reception_days TO huiyin_postman;
GRANT SELECT (id, day, slot, meeting, state, moves, known_at, case_id, mode, language, reporter_key, wrapped_key, body,
    answer, action_key), INSERT, UPDATE (day, slot, meeting, state, moves, known_at, wrapped_key, action_key), DELETE
    ON reception_bookings TO huiyin_intake;
GRANT SELECT (id, day, slot, meeting, state, moves, known_at, case_id, mode, language, wrapped_key, body, answer, action_key),
    UPDATE (state, answer) ON reception_bookings TO huiyin_desk;
GRANT SELECT (id, day, slot, meeting, state, moves, known_at, case_id, mode, language, address)
    ON reception_bookings TO huiyin_postman;

-- +goose Down
DROP TABLE reception_bookings, reception_days;
