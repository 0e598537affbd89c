-- Whom the identity provider's people are here, and the sign-ins that are under way there.

-- name: lock_identity
-- Two first sign-ins of one identity at once: the second waits and then finds the first one's account.
SELECT pg_advisory_xact_lock(hashtextextended(%(issuer)s || ' ' || %(subject)s, 0))

-- name: whose_identity
SELECT p.id, p.login, p.display_name, p.reads_content, p.disabled_at IS NOT NULL AS disabled, g.role
FROM person_identity AS i JOIN person AS p ON p.id = i.person_id
     LEFT JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
WHERE i.issuer = %(issuer)s AND i.subject = %(subject)s

-- name: get_identity
SELECT person_id AS id FROM person_identity WHERE issuer = %(issuer)s AND subject = %(subject)s

-- name: link_identity
INSERT INTO person_identity (issuer, subject, person_id, audit_event_id)
VALUES (%(issuer)s, %(subject)s, %(person_id)s, %(audit_event_id)s)
ON CONFLICT (issuer, subject) DO UPDATE SET person_id = excluded.person_id, audit_event_id = excluded.audit_event_id

-- name: forget_expired
DELETE FROM pending_sign_in WHERE expires_at <= now()

-- name: keep_pending
INSERT INTO pending_sign_in (secret_hash, return_to, expires_at)
VALUES (%(secret_hash)s, %(return_to)s, now() + make_interval(secs => %(seconds)s))

-- name: spend_pending
-- Deleting is what makes it single-use, whatever follows.
DELETE FROM pending_sign_in WHERE secret_hash = %(secret_hash)s
RETURNING return_to, expires_at > now() AS holds
