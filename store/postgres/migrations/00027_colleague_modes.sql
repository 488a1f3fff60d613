-- +goose Up

-- Less or more is kept of a colleague, and what their new mode does not hold goes. The intake may write an address and not
-- read one, and change a colleague in no other way.
-- +goose StatementBegin
CREATE FUNCTION change_colleague(_case uuid, _n integer, _mode text, _reporter bytea, _address bytea, _receipt bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DELETE FROM co_identities WHERE case_id = _case AND n = _n;
    UPDATE co_reporters SET mode = _mode,
        reporter_key = CASE WHEN _mode IN ('named', 'confidential') THEN coalesce(_reporter, reporter_key) END,
        address = CASE WHEN _mode <> 'dark' THEN coalesce(_address, address) END,
        receipt_lookup = CASE WHEN _mode IN ('anonymous', 'dark') THEN coalesce(_receipt, receipt_lookup) END
    WHERE case_id = _case AND n = _n
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION change_colleague FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_colleague TO huiyin_intake;

-- Who a named colleague said they are is sealed anew to the custodian when they become confidential, as with a reporter.
CREATE POLICY intake_sees ON co_identities FOR SELECT TO huiyin_intake USING (mode = 'named');
GRANT SELECT ON co_identities TO huiyin_intake;

-- +goose Down
REVOKE SELECT ON co_identities FROM huiyin_intake;
DROP POLICY intake_sees ON co_identities;
DROP FUNCTION change_colleague;
