-- What must hold of a history, whatever happened. Each statement returns the offences; none is the only good answer.

-- name: list_lost
-- Acknowledged submissions that are not there.
SELECT id::text AS what FROM unnest(%(ids)s::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM job WHERE job.id = id.id)

-- name: list_without_effect
-- Jobs that succeeded as ingested without their document, or with fewer passages than it has.
SELECT j.id::text AS what
FROM job AS j LEFT JOIN document AS d ON d.id = j.document_id
WHERE j.state = 'succeeded' AND (d.id IS NULL OR (SELECT count(*) FROM chunk AS c WHERE c.document_id = d.id) <> d.chunk_total)

-- name: list_doubled
-- Jobs with two documents, and documents with content that another has.
SELECT job_id::text AS what FROM document GROUP BY job_id HAVING count(*) > 1
UNION ALL
SELECT sha256 FROM document GROUP BY pipeline, sha256 HAVING count(*) > 1

-- name: list_ended_twice
-- Attempts that came to more than one end.
SELECT job_id || '/' || attempt_no AS what
FROM job_event
WHERE after IN ('succeeded', 'failed', 'cancelled')
GROUP BY job_id, attempt_no HAVING count(*) > 1

-- name: list_illegal
-- Transitions that no table allows, or that do not follow from the one before.
SELECT job_id || ': ' || coalesce(before::text, '-') || ' -> ' || after AS what
FROM (SELECT *, lag(after) OVER (PARTITION BY job_id ORDER BY id) AS previous FROM job_event) AS e
WHERE before IS DISTINCT FROM previous
   OR (before IS NULL AND after <> 'queued')
   OR (before IS NOT NULL AND before::text || '>' || after::text <> ALL(%(legal)s))

-- name: list_disagreeing
-- Jobs that stand otherwise than their history or their newest attempt says.
SELECT j.id::text AS what
FROM job AS j
WHERE j.state <> (SELECT after FROM job_event WHERE job_id = j.id ORDER BY id DESC LIMIT 1)
   OR NOT EXISTS (SELECT FROM attempt WHERE job_id = j.id AND attempt_no = j.attempt_no AND state = j.state)

-- name: list_unaudited
-- People's attempts without exactly one allowed event about their job, written by the very transaction that made them; and
-- events of retries without an attempt.
SELECT a.job_id || '/' || a.attempt_no AS what
FROM attempt AS a
WHERE a.origin = 'person' AND 1 <> (
    SELECT count(*) FROM audit_event AS e JOIN job_event AS h ON h.job_id = a.job_id AND h.audit_event_id = e.id
    WHERE e.id = a.audit_event_id AND e.outcome = 'allowed' AND e.action IN ('ingestion.retry', 'ingestion.release')
      AND e.target_id = a.job_id AND h.xmin = e.xid::xid)
UNION ALL
SELECT e.id::text FROM audit_event AS e
WHERE e.action = 'ingestion.retry' AND e.outcome = 'allowed'
  AND 1 <> (SELECT count(*) FROM attempt AS a WHERE a.audit_event_id = e.id AND a.origin = 'person')

-- name: list_stuck
SELECT id::text || ' ' || state AS what FROM job WHERE state IN ('queued', 'running')

-- name: list_miscounted
-- Counters that are not what a recount says.
SELECT c.state || ' ' || c.n || ' <> ' || coalesce(t.n, 0) AS what
FROM (SELECT state, sum(n) AS n FROM job_count GROUP BY state) AS c
FULL JOIN (SELECT state, count(*) AS n FROM job GROUP BY state) AS t USING (state)
WHERE coalesce(c.n, 0) <> coalesce(t.n, 0)

-- name: list_recoveries
-- For each attempt that lost its worker: seconds from the fault to the next attempt's beginning, where the fault is known.
SELECT extract(epoch FROM next.started_at - f.at)::float8 AS seconds
FROM unnest(%(jobs)s::uuid[], %(attempts)s::integer[], %(times)s::timestamptz[]) AS f (job_id, attempt_no, at)
JOIN attempt AS lost ON lost.job_id = f.job_id AND lost.attempt_no = f.attempt_no AND lost.failure_code = 'worker_lost'
JOIN attempt AS next ON next.job_id = f.job_id AND next.attempt_no = f.attempt_no + 1
WHERE next.started_at IS NOT NULL

-- name: list_running
SELECT j.id AS job_id, j.attempt_no, now() AS at
FROM job AS j JOIN worker AS w ON w.id = j.worker_id
WHERE j.state = 'running' AND w.pid = ANY(%(pids)s)

-- name: terminate
-- Cut connections of this database, never our own: all, the listeners, or one that commits (else one that is at work).
SELECT count(pg_terminate_backend(pid)) AS n
FROM (
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'tidegate%%'
      AND (%(which)s <> 'listeners' OR query ILIKE 'LISTEN%%' OR application_name ILIKE '%%listen%%')
      AND (%(which)s <> 'committing' OR state <> 'idle')
    ORDER BY (query ILIKE 'COMMIT%%') DESC
    LIMIT CASE WHEN %(which)s = 'committing' THEN 1 ELSE 1000 END
) AS chosen

-- name: sum_up
-- The harness's own database is small.
SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM attempt) AS attempts
