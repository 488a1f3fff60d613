-- +goose Up

-- Whether two cases were filed from one chat is for who may know who filed both: named cases of their department, and
-- confidential ones whose identity a custodian let them open. For everybody else there is no such question.
CREATE OR REPLACE FUNCTION same_reporter(_one uuid, _other uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT count(*) = 2 AND count(DISTINCT r.reporter_key) = 1
    FROM cases c JOIN reporters r ON r.case_id = c.id
    WHERE c.id IN (_one, _other) AND _one <> _other AND r.reporter_key IS NOT NULL
        AND (c.mode = 'named' OR c.mode = 'confidential' AND c.custody_what = 'identity' AND c.custody_by = officer_now()
            AND c.custody_until IS NOT NULL)
        AND NOT c.unqueued AND NOT c.shredded AND NOT officer_now() = ANY (c.recused) AND c.department = department_now()
$$;

-- That a mediation is settled is written by desk_settles alone, of a case that is in mediation.
ALTER POLICY desk_acts ON events WITH CHECK (EXISTS (SELECT FROM cases c WHERE c.id = case_id)
    AND (party = 'office' AND officer = (SELECT officer_now())
        OR party = 'system' AND officer IS NULL AND kind IN ('linked', 'filed', 'recused')));

-- +goose Down
ALTER POLICY desk_acts ON events WITH CHECK (EXISTS (SELECT FROM cases c WHERE c.id = case_id)
    AND (party = 'office' AND officer = (SELECT officer_now())
        OR party = 'system' AND officer IS NULL AND kind IN ('linked', 'settled', 'filed', 'recused')));
CREATE OR REPLACE FUNCTION same_reporter(_one uuid, _other uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT count(*) = 2 AND count(DISTINCT r.reporter_key) = 1
    FROM cases c JOIN reporters r ON r.case_id = c.id
    WHERE c.id IN (_one, _other) AND _one <> _other AND c.mode IN ('named', 'confidential') AND r.reporter_key IS NOT NULL
        AND NOT c.unqueued AND NOT c.shredded AND NOT officer_now() = ANY (c.recused) AND c.department = department_now()
$$;
