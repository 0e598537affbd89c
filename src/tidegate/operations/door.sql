-- name: lock_people
-- Who manages people takes turns: two administrators who depose each other at once neither leave none nor wait for each other.
SELECT pg_advisory_xact_lock(hashtextextended('tidegate.people', 0))

-- name: lock_key
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))

-- name: get_kept
SELECT fingerprint, response FROM idempotency_key WHERE actor_id = %(actor_id)s AND key = %(key)s

-- name: keep
INSERT INTO idempotency_key (actor_id, key, fingerprint, response)
VALUES (%(actor_id)s, %(key)s, %(fingerprint)s, %(response)s::jsonb)
