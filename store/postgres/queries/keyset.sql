-- name: SetKeyset :exec
INSERT INTO keyset (fingerprint) VALUES (@fingerprint) ON CONFLICT (one) DO NOTHING;

-- name: Keyset :one
SELECT fingerprint FROM keyset;
