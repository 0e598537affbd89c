-- What an administrator sees of an account.

-- name: list_members
SELECT p.id, p.login, p.display_name, p.reads_content, p.disabled_at IS NOT NULL AS disabled, g.role,
       s.sessions, s.seen_at, t.tokens
FROM person AS p
     LEFT JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
     CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > now()
                                       AND seen_at > now() - make_interval(secs => %(idle)s)) AS sessions,
                max(seen_at) AS seen_at
         FROM session WHERE session.person_id = p.id
     ) AS s
     CROSS JOIN LATERAL (
         SELECT count(*) AS tokens FROM api_token
         WHERE api_token.person_id = p.id AND revoked_at IS NULL AND expires_at > now()
     ) AS t
WHERE true
  AND p.login > %(after)s  --? after
ORDER BY p.login
LIMIT %(limit)s

-- name: get_account
SELECT p.id, p.login, p.display_name, p.reads_content, p.disabled_at IS NOT NULL AS disabled, g.role,
       p.created_at, p.disabled_at, p.password_hash IS NOT NULL AS has_password
FROM person AS p LEFT JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
WHERE p.id = %(id)s

-- name: list_grants
-- Every role that a person held, newest first, each with the audit event that gave it.
SELECT g.role, g.granted_at, g.revoked_at, g.audit_event_id, e.body #>> '{actor,name}' AS granted_by, e.body ->> 'reason' AS reason
FROM role_grant AS g JOIN audit_event AS e ON e.id = g.audit_event_id
WHERE g.person_id = %(person_id)s
ORDER BY g.id DESC
LIMIT 100

-- name: list_identities
SELECT issuer, subject, linked_at, audit_event_id
FROM person_identity
WHERE person_id = %(person_id)s
ORDER BY linked_at DESC
LIMIT 100
