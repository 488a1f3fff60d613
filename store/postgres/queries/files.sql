-- name: InsertFile :exec
INSERT INTO files (id, case_id, seq, state, source) VALUES (@id, @case_id, @seq, 'waiting', @source);

-- name: FileByID :one
SELECT * FROM files WHERE id = @id;

-- name: FilesOfCase :many
SELECT * FROM files WHERE case_id = @case_id ORDER BY seq, id;

-- name: KeepFile :execrows
UPDATE files SET state = @state, source = NULL, mime = @mime, size = @size, cleaned = @cleaned, original = @original
WHERE id = @id AND state = 'waiting';
