-- +goose Up

CREATE INDEX cases_tags ON cases USING gin (tags) WHERE tags <> '{}';

-- What an officer has put aside for a time. It is theirs alone: to everybody else the case stands where it stood.
CREATE TABLE snoozes (
    officer bigint NOT NULL REFERENCES officers,
    case_id uuid NOT NULL REFERENCES cases ON DELETE CASCADE,
    until   timestamptz NOT NULL,
    PRIMARY KEY (officer, case_id)
);
CREATE INDEX snoozes_case ON snoozes (case_id);
ALTER TABLE snoozes ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_keeps ON snoozes TO huiyin_desk USING (officer = (SELECT officer_now()))
    WITH CHECK (officer = (SELECT officer_now()) AND EXISTS (SELECT FROM cases c WHERE c.id = case_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON snoozes TO huiyin_desk;

-- +goose Down
DROP TABLE snoozes;
DROP INDEX cases_tags;
