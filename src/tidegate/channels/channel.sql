-- Channels: few, made by administrators. A removed one stays for the deliveries that it had.

-- name: list_channels
SELECT id, name, kind, target, secret, events, language, to_char(quiet_from, 'HH24:MI') AS quiet_from,
       to_char(quiet_to, 'HH24:MI') AS quiet_to, zone, window_seconds, paused, created_at
FROM channel
WHERE removed_at IS NULL
ORDER BY name, id
LIMIT %(limit)s

-- name: get_channel
SELECT id, name, kind, target, secret, events, language, to_char(quiet_from, 'HH24:MI') AS quiet_from,
       to_char(quiet_to, 'HH24:MI') AS quiet_to, zone, window_seconds, paused, created_at
FROM channel
WHERE id = %(id)s AND removed_at IS NULL

-- name: lock_channel
SELECT id, name, kind, target, secret, events, language, to_char(quiet_from, 'HH24:MI') AS quiet_from,
       to_char(quiet_to, 'HH24:MI') AS quiet_to, zone, window_seconds, paused, created_at
FROM channel
WHERE id = %(id)s AND removed_at IS NULL
FOR UPDATE

-- name: insert_channel
INSERT INTO channel (id, name, kind, target, secret, events, language, quiet_from, quiet_to, zone, window_seconds, paused,
                     audit_event_id)
VALUES (%(id)s, %(name)s, %(kind)s, %(target)s, %(secret)s, %(events)s, %(language)s, %(quiet_from)s::time, %(quiet_to)s::time,
        %(zone)s, %(window_seconds)s, %(paused)s, %(audit_event_id)s)

-- name: update_channel
UPDATE channel
SET name = %(name)s, kind = %(kind)s, target = %(target)s, secret = %(secret)s, events = %(events)s, language = %(language)s,
    quiet_from = %(quiet_from)s::time, quiet_to = %(quiet_to)s::time, zone = %(zone)s, window_seconds = %(window_seconds)s,
    paused = %(paused)s, audit_event_id = %(audit_event_id)s
WHERE id = %(id)s

-- name: remove_channel
UPDATE channel SET removed_at = now(), audit_event_id = %(audit_event_id)s WHERE id = %(id)s

-- name: drop_waiting
UPDATE delivery SET done_at = now(), closed_at = coalesce(closed_at, now()), outcome = 'dropped'
WHERE channel_id = %(id)s AND done_at IS NULL

-- name: knows_zone
SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %(zone)s) AS known
