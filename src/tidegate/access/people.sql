-- People, their roles, and the credentials they prove themselves with.

-- name: get_standing
-- What a person may be right now; the lock makes a role change wait for the act, or the act for the change.
SELECT p.id, p.login, p.display_name, p.reads_content, p.disabled_at IS NOT NULL AS disabled, g.role
FROM person AS p LEFT JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
WHERE p.id = %(id)s
FOR SHARE OF p

-- name: person_by_login
SELECT p.id, p.login, p.display_name, p.reads_content, p.disabled_at IS NOT NULL AS disabled, g.role, p.password_hash
FROM person AS p LEFT JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
WHERE p.login = %(login)s

-- name: list_people
SELECT p.id, p.login, p.display_name, p.reads_content, p.disabled_at IS NOT NULL AS disabled, g.role
FROM person AS p LEFT JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
WHERE true
  AND p.login > %(after)s  --? after
ORDER BY p.login
LIMIT %(limit)s

-- name: lock_person
SELECT id FROM person WHERE id = %(id)s FOR UPDATE

-- name: add_person
INSERT INTO person (id, login, display_name, password_hash, reads_content)
VALUES (%(id)s, %(login)s, %(display_name)s, %(password_hash)s, %(reads_content)s)
ON CONFLICT (login) DO NOTHING

-- name: set_reads_content
UPDATE person SET reads_content = %(reads_content)s WHERE id = %(id)s AND reads_content <> %(reads_content)s

-- name: set_password
UPDATE person SET password_hash = %(password_hash)s WHERE id = %(id)s

-- name: revoke_role
UPDATE role_grant SET revoked_at = now() WHERE person_id = %(person_id)s AND revoked_at IS NULL

-- name: grant_role
INSERT INTO role_grant (id, person_id, role, audit_event_id)
VALUES (%(id)s, %(person_id)s, %(role)s::person_role, %(audit_event_id)s)

-- name: has_admin
SELECT EXISTS (
    SELECT FROM role_grant AS g JOIN person AS p ON p.id = g.person_id
    WHERE g.role = 'admin' AND g.revoked_at IS NULL AND p.disabled_at IS NULL
) AS found

-- name: open_session
INSERT INTO session (id, token_hash, person_id, expires_at, user_agent, by_link)
VALUES (%(id)s, %(token_hash)s, %(person_id)s, now() + make_interval(secs => %(seconds)s), %(user_agent)s, %(by_link)s)

-- name: came_by_link
SELECT EXISTS (
    SELECT FROM session WHERE id = %(id)s AND by_link AND created_at > now() - make_interval(secs => %(seconds)s)
) AS found

-- name: spend_link_proof
UPDATE session SET by_link = false WHERE id = %(id)s AND by_link

-- name: session_person
-- One `alone` touches `seen_at` at most once a minute, so that reading a page does not write. Several `together` write nothing, so
-- that none waits for another's row, and those alone are told that need no touch.
WITH found AS (
    SELECT s.id AS session_id, s.token_hash, p.id, p.login, p.display_name, p.reads_content, g.role, s.seen_at
    FROM session AS s JOIN person AS p ON p.id = s.person_id AND p.disabled_at IS NULL
         JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
    WHERE s.token_hash = ANY(%(token_hashes)s) AND s.revoked_at IS NULL AND s.expires_at > now()
      AND s.seen_at > now() - make_interval(secs => %(idle)s)
      AND s.seen_at >= now() - interval '1 minute'  --? together
), touched AS (  --? alone
    UPDATE session SET seen_at = now()  --? alone
    FROM found WHERE session.id = found.session_id AND found.seen_at < now() - interval '1 minute'  --? alone
)
SELECT session_id AS credential_id, token_hash, id, login, display_name, reads_content, role, NULL::text[] AS scopes FROM found

-- name: revoke_session
UPDATE session AS s SET revoked_at = now()
FROM person AS p
WHERE s.id = %(id)s AND s.revoked_at IS NULL AND p.id = s.person_id
  AND s.person_id = %(person_id)s  --? person_id
RETURNING p.id AS person_id, p.login, NULL AS name

-- name: revoke_other_sessions
UPDATE session SET revoked_at = now()
WHERE person_id = %(person_id)s AND revoked_at IS NULL AND id IS DISTINCT FROM %(kept)s

-- name: revoke_all_tokens
UPDATE api_token SET revoked_at = now() WHERE person_id = %(person_id)s AND revoked_at IS NULL

-- name: set_disabled
UPDATE person SET disabled_at = CASE WHEN %(disabled)s THEN now() END
WHERE id = %(id)s AND (disabled_at IS NULL) = %(disabled)s

-- name: list_sessions
SELECT id, created_at, seen_at, expires_at, user_agent
FROM session
WHERE person_id = %(person_id)s AND revoked_at IS NULL AND expires_at > now()
  AND seen_at > now() - make_interval(secs => %(idle)s)
ORDER BY created_at DESC
LIMIT 100

-- name: add_token
INSERT INTO api_token (id, token_hash, person_id, name, scopes, expires_at)
VALUES (%(id)s, %(token_hash)s, %(person_id)s, %(name)s, %(scopes)s, now() + make_interval(days => %(days)s))

-- name: token_person
-- `alone` and `together` as with sessions; what is touched is `used_at`.
WITH found AS (
    SELECT t.id AS token_id, t.token_hash, t.scopes, t.used_at, p.id, p.login, p.display_name, p.reads_content, g.role
    FROM api_token AS t JOIN person AS p ON p.id = t.person_id AND p.disabled_at IS NULL
         JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
    WHERE t.token_hash = ANY(%(token_hashes)s) AND t.revoked_at IS NULL AND t.expires_at > now()
      AND t.used_at >= now() - interval '1 minute'  --? together
), touched AS (  --? alone
    UPDATE api_token SET used_at = now()  --? alone
    FROM found WHERE api_token.id = found.token_id  --? alone
                 AND (found.used_at IS NULL OR found.used_at < now() - interval '1 minute')  --? alone
)
SELECT token_id AS credential_id, token_hash, id, login, display_name, reads_content, role, scopes FROM found

-- name: list_tokens
SELECT id, name, scopes, created_at, expires_at, used_at
FROM api_token
WHERE person_id = %(person_id)s AND revoked_at IS NULL AND expires_at > now()
ORDER BY created_at DESC
LIMIT 100

-- name: revoke_token
UPDATE api_token AS t SET revoked_at = now()
FROM person AS p
WHERE t.id = %(id)s AND t.revoked_at IS NULL AND p.id = t.person_id
  AND t.person_id = %(person_id)s  --? person_id
RETURNING p.id AS person_id, p.login, t.name

-- name: add_link
INSERT INTO signin_link (token_hash, person_id, expires_at)
VALUES (%(token_hash)s, %(person_id)s, now() + make_interval(secs => %(seconds)s))

-- name: end_links
UPDATE signin_link SET expires_at = now() WHERE person_id = %(person_id)s AND used_at IS NULL AND expires_at > now()

-- name: use_link
UPDATE signin_link SET used_at = now()
WHERE token_hash = %(token_hash)s AND used_at IS NULL AND expires_at > now()
RETURNING person_id AS id
