-- name: InsertReceptionDay :one
-- Not found: the key is in use.
INSERT INTO reception_days (leader, department, starts_at, ends_at, minutes, meetings, place, phone, action_key)
VALUES (@leader, @department, @starts_at, @ends_at, @minutes, @meetings::text[], @place, @phone, @action_key)
ON CONFLICT (action_key) DO NOTHING
RETURNING id;

-- name: LockLeader :exec
-- Two days of one leader are published one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('reception of ' || (@leader::bigint)::text, 0));

-- name: ReceptionDayByKey :one
SELECT sqlc.embed(d), o.name FROM reception_days d JOIN officers o ON o.id = d.leader WHERE d.action_key = @action_key;

-- name: ReceptionDayByID :one
SELECT sqlc.embed(d), o.name FROM reception_days d JOIN officers o ON o.id = d.leader WHERE d.id = @id;

-- name: ReceptionDayOverlaps :one
SELECT EXISTS (SELECT 1 FROM reception_days
    WHERE leader = @leader AND NOT cancelled AND starts_at < @ends_at AND ends_at > @starts_at);

-- name: CallReceptionOff :execrows
UPDATE reception_days SET cancelled = true WHERE id = @id AND NOT cancelled;

-- name: LockReceptionDay :exec
-- Bookings that are being written hold their day by its key: this waits for them, and they for this.
SELECT id FROM reception_days WHERE id = @id FOR UPDATE;

-- name: ReceptionDaysFrom :many
-- The days that end after an instant; of one leader, or of all for 0.
SELECT sqlc.embed(d), o.name FROM reception_days d JOIN officers o ON o.id = d.leader
WHERE d.ends_at > @since AND (@leader::bigint = 0 OR d.leader = @leader)
ORDER BY d.starts_at, d.id LIMIT @size;

-- name: OfferedReceptionDays :many
SELECT sqlc.embed(d), sqlc.embed(o) FROM reception_days d JOIN officers o ON o.id = d.leader
WHERE d.starts_at > @since AND NOT d.cancelled AND o.revoked_at IS NULL ORDER BY d.starts_at, d.id LIMIT 50;

-- name: OfferedReceptionDay :one
SELECT sqlc.embed(d), sqlc.embed(o) FROM reception_days d JOIN officers o ON o.id = d.leader
WHERE d.id = @id AND o.revoked_at IS NULL;

-- name: TakenReceptionSlots :many
SELECT day, slot FROM reception_bookings WHERE day = ANY (@days::bigint[]) AND state <> 'cancelled';

-- name: InsertBooking :execrows
INSERT INTO reception_bookings (id, day, slot, meeting, known_at, case_id, mode, language, reporter_key, address, wrapped_key,
    body, action_key)
VALUES (@id, @day, @slot, @meeting, @known_at, nullif(@case_id::text, '')::uuid, @mode, @language, sqlc.narg('reporter_key')::bytea,
    sqlc.narg('address')::bytea, @wrapped_key, sqlc.narg('body')::bytea, @action_key)
ON CONFLICT (action_key) DO NOTHING;

-- name: LapseBookings :exec
-- What nobody said anything of after its day no longer stands in the way of another.
UPDATE reception_bookings b SET state = 'lapsed' FROM reception_days d
WHERE d.id = b.day AND b.state = 'booked' AND (d.ends_at < @now OR d.cancelled)
    AND (b.case_id = nullif(@case_id::text, '')::uuid OR b.reporter_key = sqlc.narg('reporter_key')::bytea);

-- name: BookingByKey :one
SELECT id FROM reception_bookings WHERE action_key = @action_key;

-- name: Booking :one
SELECT id, day, slot, meeting, state, moves, coalesce(case_id::text, '')::text AS case_id, mode, language, wrapped_key, body, answer
FROM reception_bookings WHERE id = @id;

-- name: LockBooking :one
SELECT id, day, slot, meeting, state, moves, coalesce(case_id::text, '')::text AS case_id, mode, language, wrapped_key, body, answer
FROM reception_bookings WHERE id = @id FOR UPDATE;

-- name: BookingOfCase :one
SELECT b.id FROM reception_bookings b JOIN reception_days d ON d.id = b.day
WHERE b.case_id = @case_id::uuid AND b.state <> 'cancelled' ORDER BY (b.state = 'booked') DESC, d.starts_at DESC LIMIT 1;

-- name: BookingOfChat :one
SELECT b.id FROM reception_bookings b JOIN reception_days d ON d.id = b.day
WHERE b.reporter_key = @reporter_key AND b.state <> 'cancelled' ORDER BY (b.state = 'booked') DESC, d.starts_at DESC LIMIT 1;

-- name: MoveBooking :exec
UPDATE reception_bookings SET day = @day, slot = @slot, meeting = @meeting, moves = moves + 1, known_at = @known_at WHERE id = @id;

-- name: CancelBooking :exec
-- Its key is free again: the same slot may be booked once more.
UPDATE reception_bookings SET state = 'cancelled', action_key = 'cancelled:' || id WHERE id = @id;

-- name: SettleBooking :exec
UPDATE reception_bookings SET state = @state, answer = coalesce(sqlc.narg('answer')::bytea, answer) WHERE id = @id;

-- name: BookingsOfDay :many
-- As the leader sees them; the reference of a case only where they may know of it.
SELECT b.id, b.day, b.slot, b.meeting, b.state, b.moves, coalesce(b.case_id::text, '')::text AS case_id, b.mode, coalesce(c.ref, '')::text AS ref,
    coalesce(c.mode, b.mode)::text AS mode_now
FROM reception_bookings b LEFT JOIN cases c ON c.id = b.case_id
WHERE b.day = @day AND b.known_at <= @now ORDER BY b.slot, b.state;

-- name: BookingsToTell :many
SELECT id FROM reception_bookings WHERE day = @day AND state = 'booked' ORDER BY slot;

-- name: BookingAddress :one
SELECT b.id, b.day, b.slot, b.meeting, b.state, b.moves, coalesce(b.case_id::text, '')::text AS case_id, b.mode, b.language, b.address
FROM reception_bookings b WHERE b.id = @id;

-- name: OldBookings :many
SELECT b.id FROM reception_bookings b JOIN reception_days d ON d.id = b.day WHERE d.ends_at < @before ORDER BY b.id LIMIT 200;

-- name: DeleteBooking :exec
DELETE FROM reception_bookings WHERE id = @id;

-- name: DeleteOldReceptionDays :exec
DELETE FROM reception_days d WHERE d.ends_at < @before AND NOT EXISTS (SELECT FROM reception_bookings b WHERE b.day = d.id);

-- name: RewrapBookings :execrows
UPDATE reception_bookings b SET wrapped_key = u.fresh
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@stale::bytea[]) AS stale, unnest(@fresh::bytea[]) AS fresh) u
WHERE b.id = u.id AND b.wrapped_key = u.stale;

-- name: KnownBookings :many
SELECT id FROM reception_bookings WHERE id = ANY (@ids::uuid[]);
