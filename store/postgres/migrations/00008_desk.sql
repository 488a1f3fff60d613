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
        OR party = 'system' AND officer IS NULL AND kind IN ('linked', 'settled', 'filed', 'recused')));

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

-- For which case an identity was sealed, where that is not its own: a part that was split off has the reporter of the
-- whole, and what is sealed to the custodian cannot be sealed anew by who may not open it.
ALTER TABLE identities ADD COLUMN sealed_for uuid;

-- A part of a named or confidential case becomes a case of its own. Way back, key of the chat and identity are copied
-- here, unread. _row holds the columns of the new case; _named the identity of a named one, sealed for the new case. Gives
-- whether it was done: the officer must work the department of the case.
-- +goose StatementBegin
CREATE FUNCTION split_case(_from uuid, _row jsonb, _wrapped_key bytea, _named bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    was cases;
    new cases;
BEGIN
    SELECT * INTO was FROM cases WHERE id = _from AND mode IN ('named', 'confidential') AND department = department_now()
        AND NOT unqueued AND NOT shredded AND NOT officer_now() = ANY (recused);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    new := jsonb_populate_record(NULL::cases, _row);
    INSERT INTO cases (id, ref, draft, mode, kind, matter, unit, department, language, procedure, urgent, status, owner,
        outcome, rating, version, unread, clocks, next_due, filed_at, updated_at, wrapped_key, shared_key, prompt, restricted,
        queued_at, unqueued, recused, retention, work, guests, transfer_to, watched, wake_at)
    VALUES (new.id, new.ref, new.draft, was.mode, new.kind, '', was.unit, was.department, was.language, new.procedure, false,
        new.status, NULL, '', '', new.version, new.unread, new.clocks, new.next_due, new.filed_at, new.updated_at,
        _wrapped_key, true, false, was.restricted OR new.restricted, new.queued_at, false, new.recused, new.retention,
        new.work, new.guests, '', false, new.wake_at);
    INSERT INTO reporters (case_id, mode, reporter_key, address)
    SELECT new.id, r.mode, r.reporter_key, r.address FROM reporters r WHERE r.case_id = _from;
    INSERT INTO identities (case_id, mode, sealed_to, sealed, sealed_for)
    SELECT new.id, i.mode, i.sealed_to, CASE i.sealed_to WHEN 'case' THEN _named ELSE i.sealed END,
        CASE i.sealed_to WHEN 'case' THEN NULL ELSE coalesce(i.sealed_for, i.case_id) END
    FROM identities i WHERE i.case_id = _from;
    RETURN true;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION split_case FROM PUBLIC;
GRANT EXECUTE ON FUNCTION split_case TO huiyin_desk;

-- +goose Down
DROP FUNCTION split_case;
ALTER TABLE identities DROP COLUMN sealed_for;
DROP FUNCTION same_reporter;
ALTER POLICY desk_acts ON events
    WITH CHECK (party = 'office' AND officer = (SELECT officer_now()) AND EXISTS (SELECT FROM cases c WHERE c.id = case_id));
DROP TABLE snoozes;
DROP INDEX cases_tags;
