-- +goose Up

-- A file that somebody sent with an event. The event names it by id; its bytes are sealed in the blob store under that id.
CREATE TABLE files (
    id       uuid PRIMARY KEY,
    case_id  uuid NOT NULL,
    seq      integer NOT NULL,
    state    text NOT NULL CHECK (state IN ('waiting', 'kept', 'infected', 'lost')),
    source   bytea CHECK (octet_length(source) > 0), -- what Telegram calls it, sealed; gone when the bytes are here
    mime     text NOT NULL DEFAULT '' CHECK (mime ~ '^[a-z0-9.+/-]{0,127}$'), -- by the bytes, never by what the sender said
    size     bigint NOT NULL DEFAULT 0,
    cleaned  text NOT NULL DEFAULT '' CHECK (cleaned IN ('', 'clean', 'plain', 'cannot')),
    original boolean NOT NULL DEFAULT false,         -- the bytes as they were sent are kept beside the clean copy
    FOREIGN KEY (case_id, seq) REFERENCES events,
    CONSTRAINT files_source CHECK ((state = 'waiting') = (source IS NOT NULL))
);
CREATE INDEX files_of_case ON files (case_id, seq);

ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_sees ON files TO huiyin_desk USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id));
CREATE POLICY intake_keeps ON files TO huiyin_intake USING (true);
GRANT SELECT, INSERT, UPDATE ON files TO huiyin_intake;
GRANT SELECT, INSERT ON files TO huiyin_desk;

-- +goose Down
DROP TABLE files;
