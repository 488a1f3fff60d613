-- +goose Up

-- What a filing adds is cheap to add. None of this holds up anybody: it says how rows are written from here on.

-- Words are sorted into their index some cases at a time, in one pass: one by one, their two or three hundred grams were the
-- most expensive part of a filing. What waits to be sorted in is read through by every search of a month, so it is little.
ALTER INDEX case_words_grams SET (fastupdate = on, gin_pending_list_limit = 64);

-- A draft is written anew with every answer. Where a page has room, the new version lies beside the old one and no index
-- hears of it.
ALTER TABLE drafts SET (fillfactor = 50);

-- +goose Down
ALTER TABLE drafts RESET (fillfactor);
ALTER INDEX case_words_grams SET (fastupdate = off);
ALTER INDEX case_words_grams RESET (gin_pending_list_limit);
