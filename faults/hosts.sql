-- What the hosts did, from the ledger's own times.

-- name: pace
-- Documents a second of a batch, from its first attempt's beginning to its last one's end.
SELECT (count(*) / extract(epoch FROM max(a.ended_at) - min(a.started_at)))::float8 AS rate,
       count(DISTINCT a.worker_id) AS workers
FROM attempt AS a JOIN job AS j ON j.id = a.job_id
WHERE j.batch_id = %(batch_id)s AND a.state = 'succeeded'

-- name: list_of_worker
-- The attempts that a process runs.
SELECT j.id AS job_id, j.attempt_no, clock_timestamp() AS at
FROM job AS j JOIN worker AS w ON w.id = j.worker_id
WHERE j.state = 'running' AND w.pid = %(pid)s

-- name: take_row
-- Lock the row of one attempt that a process runs.
SELECT j.id AS job_id, j.attempt_no, clock_timestamp() AS at
FROM job AS j JOIN worker AS w ON w.id = j.worker_id
WHERE j.state = 'running' AND w.pid = %(pid)s
LIMIT 1
FOR UPDATE OF j SKIP LOCKED

-- name: taken_over
-- How many of these attempts were closed as lost, and have succeeded as another attempt of another process.
SELECT count(*) AS n
FROM unnest(%(jobs)s::uuid[], %(attempts)s::integer[]) AS f (job_id, attempt_no)
JOIN attempt AS lost ON lost.job_id = f.job_id AND lost.attempt_no = f.attempt_no AND lost.failure_code = 'worker_lost'
JOIN attempt AS next ON next.job_id = f.job_id AND next.attempt_no > f.attempt_no AND next.state = 'succeeded'
JOIN worker AS w ON w.id = next.worker_id AND w.pid <> %(pid)s

-- name: seconds_until_back
-- From a moment to the first beginning of an attempt by a process after it; none: it has begun none.
SELECT extract(epoch FROM min(a.started_at) - %(since)s)::float8 AS seconds
FROM attempt AS a JOIN worker AS w ON w.id = a.worker_id
WHERE w.pid = %(pid)s AND a.started_at > %(since)s
HAVING min(a.started_at) IS NOT NULL

-- name: now
SELECT clock_timestamp() AS at
