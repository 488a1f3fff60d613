-- +goose Up

-- The statuses and kinds of cases.Statuses and cases.EventKinds. Every list grows only, so rows that are there need not be
-- read again: the constraints bind what is written from here on.
ALTER TABLE cases
    ADD COLUMN work        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(work) = 'object'), -- cases.Work
    ADD COLUMN guests      bigint[] NOT NULL DEFAULT '{}', -- officers elsewhere who may know of it: cases.Case.Guests
    ADD COLUMN transfer_to facet_or_none NOT NULL DEFAULT '', -- the department that has to say whether it is theirs
    ADD COLUMN watched     boolean NOT NULL DEFAULT false, -- leaders see it
    ADD COLUMN tags        text[] NOT NULL DEFAULT '{}',
    ADD COLUMN into_case   uuid,
    ADD COLUMN colleagues  integer NOT NULL DEFAULT 0 CHECK (colleagues >= 0),
    ADD COLUMN wake_at     timestamptz,         -- when time next does something to it
    DROP CONSTRAINT cases_status_check,
    DROP CONSTRAINT cases_ended_owes_nothing,
    DROP CONSTRAINT cases_ended,
    ADD CONSTRAINT cases_status_check CHECK (status IN ('received', 'accepted', 'investigating', 'waiting', 'mediation',
        'panel', 'proposed', 'second_look', 'final_review', 'not_accepted', 'redirected', 'merged', 'closed', 'final',
        'withdrawn')) NOT VALID,
    ADD CONSTRAINT cases_ended CHECK ((ended_at IS NULL) = (status IN ('received', 'accepted', 'investigating', 'waiting',
        'mediation', 'panel', 'proposed', 'second_look', 'final_review'))) NOT VALID,
    ADD CONSTRAINT cases_ended_owes_nothing CHECK (next_due IS NULL OR ended_at IS NULL) NOT VALID,
    ADD CONSTRAINT cases_merged CHECK ((status = 'merged') <= (into_case IS NOT NULL)) NOT VALID;
CREATE INDEX cases_wake ON cases (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_into ON cases (into_case) WHERE into_case IS NOT NULL;
CREATE INDEX cases_guests ON cases USING gin (guests) WHERE guests <> '{}';
CREATE INDEX cases_transfer ON cases (transfer_to) WHERE transfer_to <> '';

ALTER TABLE events
    ADD COLUMN more json,                       -- cases.More, as it was hashed
    DROP CONSTRAINT events_kind_check,
    DROP CONSTRAINT events_status_check,
    DROP CONSTRAINT events_role_check,
    ADD CONSTRAINT events_status_check CHECK (status IN ('received', 'accepted', 'investigating', 'waiting', 'mediation',
        'panel', 'proposed', 'second_look', 'final_review', 'not_accepted', 'redirected', 'merged', 'closed', 'final',
        'withdrawn')) NOT VALID,
    ADD CONSTRAINT events_role_check CHECK (role IN ('', 'officer', 'lead', 'admin', 'custodian', 'leader', 'guest')) NOT VALID,
    ADD CONSTRAINT events_kind_check CHECK (kind IN ('filed', 'accepted', 'not_accepted', 'redirected', 'merged',
        'investigation_started', 'asked', 'answered', 'mediation_started', 'mediation_failed', 'settled', 'convened',
        'concluded', 'proposed', 'satisfied', 'lapsed', 'closed', 'second_look_asked', 'second_look_answered',
        'final_review_asked', 'final_review_answered', 'reopened', 'withdrawn',
        'taken', 'released', 'assigned', 'replied', 'noted', 'added', 'rated', 'opened',
        'queued', 'lowered', 'revealed', 'recused', 'custody_asked', 'custody_granted', 'custody_refused',
        'custody_opened', 'held', 'hold_lifted', 'warned', 'shredded',
        'split', 'linked', 'consented', 'offered', 'agreed', 'opined', 'acknowledged', 'transfer_offered', 'transferred',
        'transfer_refused', 'transfer_lapsed', 'extension_asked', 'extension_granted', 'extension_refused', 'tagged',
        'untagged', 'undone', 'met', 'exported', 'guest_invited', 'guest_joined', 'guest_left', 'raised',
        'major_acknowledged', 'reminded', 'missed', 'relayed', 'check_ins', 'check_in_due', 'checked_in', 'joined',
        'left')) NOT VALID;

ALTER TABLE notices
    DROP CONSTRAINT notices_recipient_check,
    ADD CONSTRAINT notices_recipient_check CHECK (recipient IN ('reporter', 'owner', 'department', 'officer', 'custodian',
        'lead', 'leader')) NOT VALID;

ALTER TABLE officers
    DROP CONSTRAINT officers_role_check,
    DROP CONSTRAINT officers_department,
    ADD CONSTRAINT officers_role_check CHECK (role IN ('officer', 'lead', 'admin', 'custodian', 'leader', 'guest')),
    ADD CONSTRAINT officers_department CHECK (role IN ('admin', 'custodian', 'leader', 'guest') OR department <> '');
ALTER TABLE invites
    DROP CONSTRAINT invites_role_check,
    DROP CONSTRAINT invites_department,
    ADD CONSTRAINT invites_role_check CHECK (role IN ('officer', 'lead', 'admin', 'custodian', 'leader', 'guest')),
    ADD CONSTRAINT invites_department CHECK (role IN ('admin', 'custodian', 'leader', 'guest') OR department <> '');

-- The department a leader answers for, '' for all of them; NULL for who is no leader.
CREATE FUNCTION leads_now() RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT o.department::text FROM officers o WHERE o.id = officer_now() AND o.revoked_at IS NULL AND o.role = 'leader');

-- What an officer may know of: cases.Can(by, List, c), said in SQL. write_case says it again, for a row as it was.
ALTER POLICY desk_sees ON cases USING (
    NOT unqueued AND NOT shredded AND NOT (SELECT officer_now()) = ANY (recused)
    AND (department = (SELECT department_now())
        OR transfer_to = (SELECT department_now())
        OR (SELECT officer_now()) = ANY (guests)
        OR watched AND ((SELECT leads_now()) = department OR (SELECT leads_now()) = '' AND NOT restricted)
        OR (SELECT role_now()) = 'admin' AND NOT restricted
        OR (SELECT role_now()) = 'custodian' AND custody_what <> '' AND custody_until IS NULL
            AND custody_by <> (SELECT officer_now())));

-- Who filed a named case is for who works it, and not for guests of it.
ALTER POLICY desk_sees ON identities USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id
    AND (c.mode = 'named' AND c.department = (SELECT department_now())
        OR c.custody_what = 'identity' AND c.custody_by = (SELECT officer_now()) AND c.custody_until > clock_timestamp())));

-- The desk changes a case by this function only, because a change may put the case out of its own sight (moved away,
-- recused, answered by the custodian), and the row policies would refuse that. _row holds the columns to be changed. Gives
-- whether the row was changed: the officer must have known of it as it was, and its version must be the one read.
DROP FUNCTION write_case;
-- +goose StatementBegin
CREATE FUNCTION write_case(_id uuid, _read_version integer, _row jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    was cases;
    new cases;
BEGIN
    SELECT * INTO was FROM cases
    WHERE id = _id AND version = _read_version AND NOT unqueued AND NOT shredded AND NOT officer_now() = ANY (recused)
        AND (department = department_now() OR transfer_to = department_now() OR officer_now() = ANY (guests)
            OR watched AND (leads_now() = department OR leads_now() = '' AND NOT restricted)
            OR role_now() = 'admin' AND NOT restricted
            OR role_now() = 'custodian' AND custody_what <> '' AND custody_until IS NULL AND custody_by <> officer_now())
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    new := jsonb_populate_record(was, _row);
    UPDATE cases SET department = new.department, status = new.status, owner = new.owner, outcome = new.outcome,
        rating = new.rating, version = new.version, unread = new.unread, clocks = new.clocks, next_due = new.next_due,
        updated_at = new.updated_at, recused = new.recused, custody_what = new.custody_what, custody_by = new.custody_by,
        custody_until = new.custody_until, ended_at = new.ended_at, warned_at = new.warned_at, held = new.held,
        work = new.work, guests = new.guests, transfer_to = new.transfer_to, watched = new.watched, tags = new.tags,
        into_case = new.into_case, wake_at = new.wake_at
    WHERE id = _id;
    RETURN true;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION write_case FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_case TO huiyin_desk;

-- +goose Down
-- +goose StatementBegin
DO $$ BEGIN RAISE EXCEPTION 'statuses and kinds of events are not taken back: restore a backup'; END $$;
-- +goose StatementEnd
