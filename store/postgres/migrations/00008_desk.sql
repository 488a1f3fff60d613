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

-- What the system does at once because of an officer's act is written by the desk too: the other half of a link, and a
-- settlement to which both sides have agreed.
ALTER POLICY desk_acts ON events WITH CHECK (EXISTS (SELECT FROM cases c WHERE c.id = case_id)
    AND (party = 'office' AND officer = (SELECT officer_now())
        OR party = 'system' AND officer IS NULL AND kind IN ('linked', 'settled')));

-- Whether two cases were filed from one chat, for an officer who works both; never for what has no name. The key of the
-- chat stays here.
CREATE FUNCTION same_reporter(_one uuid, _other uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT count(*) = 2 AND count(DISTINCT r.reporter_key) = 1
    FROM cases c JOIN reporters r ON r.case_id = c.id
    WHERE c.id IN (_one, _other) AND _one <> _other AND c.mode IN ('named', 'confidential') AND r.reporter_key IS NOT NULL
        AND NOT c.unqueued AND NOT c.shredded AND NOT officer_now() = ANY (c.recused) AND c.department = department_now()
$$;
REVOKE ALL ON FUNCTION same_reporter FROM PUBLIC;
GRANT EXECUTE ON FUNCTION same_reporter TO huiyin_desk;

-- +goose Down
DROP FUNCTION same_reporter;
ALTER POLICY desk_acts ON events
    WITH CHECK (party = 'office' AND officer = (SELECT officer_now()) AND EXISTS (SELECT FROM cases c WHERE c.id = case_id));
DROP TABLE snoozes;
DROP INDEX cases_tags;
