-- The outbox of requests to other systems: run this attempt. Written with the retry, sent after it, closed when it was taken.

-- name: open_calls
INSERT INTO rerun_call (id, job_id, attempt_no, namespace)
SELECT id, job_id, attempt_no, namespace
FROM unnest(%(ids)b::uuid[], %(job_ids)b::uuid[], %(attempts)b::integer[], %(namespaces)b::text[])
     AS call (id, job_id, attempt_no, namespace)

-- name: withdraw_calls
UPDATE rerun_call SET closed_at = now() WHERE job_id = %(job_id)s AND closed_at IS NULL

-- name: take_due_calls
-- Those to be sent; whoever takes one has `lease` seconds for it, then it is due again.
UPDATE rerun_call AS c
SET tries = c.tries + 1, due_at = now() + make_interval(secs => %(lease)s)
FROM (
    SELECT o.id, s.url, s.secret_ref, j.pipeline, j.name
    FROM rerun_call AS o
    JOIN external_system AS s ON s.namespace = o.namespace AND s.url IS NOT NULL
    JOIN job AS j ON j.id = o.job_id AND j.attempt_no = o.attempt_no AND j.state = 'queued'
    WHERE o.closed_at IS NULL AND o.due_at <= now()
    ORDER BY o.due_at
    LIMIT %(limit)s
    FOR UPDATE OF o SKIP LOCKED
) AS due
WHERE c.id = due.id
RETURNING c.id, c.job_id, c.attempt_no, c.namespace, c.created_at, c.tries, due.url, due.secret_ref, due.pipeline, due.name,
    (SELECT r.run_id FROM external_run AS r WHERE r.job_id = c.job_id AND r.attempt_no < c.attempt_no
     ORDER BY r.attempt_no DESC, r.heard_at DESC LIMIT 1) AS run_id

-- name: claim_calls
-- Those that a system comes for itself, by the same lease, with what it had sealed for itself.
UPDATE rerun_call AS c
SET tries = c.tries + 1, due_at = now() + make_interval(secs => %(lease)s)
FROM (
    SELECT o.id, j.pipeline, j.name, last.run_id, last.restart
    FROM rerun_call AS o
    JOIN external_system AS s ON s.namespace = o.namespace AND s.url IS NULL
    JOIN job AS j ON j.id = o.job_id AND j.attempt_no = o.attempt_no AND j.state = 'queued'
    LEFT JOIN LATERAL (
        SELECT r.run_id, r.restart FROM external_run AS r
        WHERE r.job_id = o.job_id AND r.attempt_no < o.attempt_no
        ORDER BY r.restart IS NULL, r.attempt_no DESC, r.heard_at DESC LIMIT 1
    ) AS last ON true
    WHERE o.namespace = %(namespace)s AND o.closed_at IS NULL AND o.due_at <= now()
    ORDER BY o.due_at
    LIMIT %(limit)s
    FOR UPDATE OF o SKIP LOCKED
) AS due
WHERE c.id = due.id
RETURNING c.id, c.job_id, c.attempt_no AS attempt, due.pipeline, due.name, due.run_id, due.restart

-- name: settle_call
-- What came of one try: `wait` seconds to the next, none when it is over.
UPDATE rerun_call
SET delivery = %(delivery)s, status = %(status)s, due_at = coalesce(now() + make_interval(secs => %(wait)s), due_at),
    closed_at = CASE WHEN %(wait)s::float8 IS NULL THEN now() END
WHERE id = %(id)s AND closed_at IS NULL

-- name: set_system
INSERT INTO external_system (namespace, url, secret_ref) VALUES (%(namespace)s, %(url)s, %(secret_ref)s)
ON CONFLICT (namespace) DO UPDATE SET url = excluded.url, secret_ref = excluded.secret_ref

-- name: remove_system
DELETE FROM external_system WHERE namespace = %(namespace)s

-- name: note_poll
-- A system that comes asking says by that how it is to be asked.
INSERT INTO external_system AS s (namespace, polled_at) VALUES (%(namespace)s, now())
ON CONFLICT (namespace) DO UPDATE SET polled_at = now()
RETURNING s.xmax = 0 AS is_new

-- name: list_systems
-- Systems are few: SYSTEM_LIMIT.
SELECT namespace, url, secret_ref, polled_at, created_at FROM external_system ORDER BY namespace

-- name: count_systems
SELECT count(*) AS n FROM external_system
