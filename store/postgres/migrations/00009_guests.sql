-- +goose Up

-- An invitation of somebody from outside is to one case, in the name of who gave it.
ALTER TABLE invites
    ADD COLUMN case_id      uuid,
    ADD COLUMN what_for     text NOT NULL DEFAULT '' CHECK (what_for IN ('', 'counsel', 'other_side')),
    ADD COLUMN access_until timestamptz, -- how long whoever comes may stay
    ADD COLUMN invited_by   bigint REFERENCES officers,
    ADD CONSTRAINT invites_guest CHECK ((role = 'guest')
        = (case_id IS NOT NULL AND what_for <> '' AND access_until IS NOT NULL AND invited_by IS NOT NULL));
CREATE INDEX invites_of_case ON invites (case_id) WHERE case_id IS NOT NULL;

-- What the system does within an act of the desk, and nothing else: a guest comes by an invitation that was just used, and
-- a mediation in which both sides agree is settled.
CREATE POLICY desk_lets_in ON events FOR INSERT TO huiyin_desk
    WITH CHECK (party = 'system' AND kind = 'guest_joined' AND EXISTS (SELECT FROM cases c WHERE c.id = case_id)
        AND EXISTS (SELECT FROM invites i WHERE i.case_id = events.case_id AND i.used_by = to_officer));
CREATE POLICY desk_settles ON events FOR INSERT TO huiyin_desk
    WITH CHECK (party = 'system' AND kind = 'settled'
        AND EXISTS (SELECT FROM cases c WHERE c.id = case_id AND c.status = 'mediation'));

-- The other side of a mediation, a guest who is not the case's counsel, is shown the mediation's events (cases.OtherSide),
-- the newest event, on which the next one hangs, and no file.
ALTER POLICY desk_sees ON events USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id
    AND ((SELECT role_now()) <> 'guest' OR (c.work -> 'counsel' ->> 'officer')::bigint = (SELECT officer_now())
        OR events.seq = c.version OR events.kind IN ('mediation_started', 'guest_joined', 'consented', 'offered', 'agreed',
            'mediation_failed', 'settled'))));
ALTER POLICY desk_sees ON files USING (EXISTS (SELECT FROM cases c WHERE c.id = case_id
    AND ((SELECT role_now()) <> 'guest' OR (c.work -> 'counsel' ->> 'officer')::bigint = (SELECT officer_now()))));

-- Guests whom no case needs any more, and whom nothing is still to be told, lose their accounts. Gives who they were. The
-- intake, which keeps the dates, may not write accounts.
-- +goose StatementBegin
CREATE FUNCTION revoke_guests() RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE officers o SET revoked_at = clock_timestamp()
    WHERE o.role = 'guest' AND o.revoked_at IS NULL
        AND NOT EXISTS (SELECT FROM cases c WHERE c.guests @> ARRAY[o.id] AND NOT c.shredded)
        AND NOT EXISTS (SELECT FROM notices n WHERE n.officer = o.id AND n.state = 'waiting')
    RETURNING o.id
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION revoke_guests FROM PUBLIC;
GRANT EXECUTE ON FUNCTION revoke_guests TO huiyin_intake;
CREATE INDEX officers_guests ON officers (id) WHERE role = 'guest' AND revoked_at IS NULL;

-- +goose Down
-- +goose StatementBegin
DO $$ BEGIN RAISE EXCEPTION 'guests are not taken back: restore a backup'; END $$;
-- +goose StatementEnd
