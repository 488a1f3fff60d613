-- +goose Up

-- What a filing adds is cheap to add. None of this holds up anybody: it says how rows are written from here on.

-- Words are sorted into their index some cases at a time, in one pass: one by one, their two or three hundred grams were the
-- most expensive part of a filing. What waits to be sorted in is read through by every search of a month, so it is little.
ALTER INDEX case_words_grams SET (fastupdate = on, gin_pending_list_limit = 64);

-- The pairs of a reference, which has eight characters. Without a query within, and without STRICT, it is not called but
-- read into whatever asks for it: that is every new case. A part that is longer is compared in full anyway.
CREATE OR REPLACE FUNCTION ref_pairs(_ref text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY[substr(translate(_ref, '-', ''), 1, 2), substr(translate(_ref, '-', ''), 2, 2),
        substr(translate(_ref, '-', ''), 3, 2), substr(translate(_ref, '-', ''), 4, 2), substr(translate(_ref, '-', ''), 5, 2),
        substr(translate(_ref, '-', ''), 6, 2), substr(translate(_ref, '-', ''), 7, 2)]
        )[1:greatest(length(translate(_ref, '-', '')) - 1, 0)];

-- A draft is written anew with every answer. Where a page has room, the new version lies beside the old one and no index
-- hears of it.
ALTER TABLE drafts SET (fillfactor = 50);

-- +goose Down
CREATE OR REPLACE FUNCTION ref_pairs(_ref text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(substr(r, i, 2)), '{}')
        FROM (SELECT translate(_ref, '-', '') AS r) s, generate_series(1, length(r) - 1) AS i);
ALTER TABLE drafts RESET (fillfactor);
ALTER INDEX case_words_grams SET (fastupdate = off);
ALTER INDEX case_words_grams RESET (gin_pending_list_limit);
