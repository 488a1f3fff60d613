-- +goose Up

-- Which keyset this database was written with, as a fingerprint that tells nothing of it: with another one nobody would
-- find their cases, and a start with the wrong file is better refused than half served.
CREATE TABLE keyset (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    fingerprint text NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{8,64}$')
);
GRANT SELECT ON keyset TO huiyin_desk, huiyin_postman;
GRANT SELECT, INSERT ON keyset TO huiyin_intake;

-- +goose Down
DROP TABLE keyset;
