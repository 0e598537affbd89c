-- name: lock_key
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))

-- name: get_kept
SELECT fingerprint, response FROM idempotency_key WHERE actor_id = %(actor_id)s AND key = %(key)s

-- name: keep
INSERT INTO idempotency_key (actor_id, key, fingerprint, response)
VALUES (%(actor_id)s, %(key)s, %(fingerprint)s, %(response)s::jsonb)
