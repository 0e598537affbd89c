-- Runs of other systems. Each run holds its attempt by the same fence as a worker: worker_id is the run's id.

-- name: lock_pipeline
-- Events of one pipeline come one after the other, so that a new run is placed once.
SELECT pg_advisory_xact_lock(hashtextextended('tidegate.external/' || %(pipeline)s, 0))

-- name: lock_jobs_of
-- In the order of their ids, as everybody locks many jobs.
SELECT id FROM job WHERE id IN (SELECT job_id FROM external_run WHERE run_id = ANY(%(run_ids)s)) ORDER BY id FOR UPDATE

-- name: find_run
SELECT j.id, j.state, j.attempt_no, j.failure_code, j.worker_id, r.attempt_no AS run_attempt_no
FROM external_run AS r JOIN job AS j ON j.id = r.job_id
WHERE r.run_id = %(run_id)s
FOR UPDATE OF j

-- name: find_asked
-- The attempt that a run names itself as, when it waits to be run.
SELECT id, state, attempt_no, failure_code, worker_id, attempt_no AS run_attempt_no
FROM job
WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND pipeline = %(pipeline)s AND external_namespace IS NOT NULL
  AND state = 'queued'
FOR UPDATE

-- name: find_item
-- The job whose last try was of the same item, when it may be tried again.
SELECT id, state, attempt_no, failure_code, worker_id, attempt_no AS run_attempt_no
FROM job
WHERE id = (SELECT job_id FROM external_run WHERE pipeline = %(pipeline)s AND item = %(item)s ORDER BY heard_at DESC LIMIT 1)
  AND state IN ('queued', 'failed')
FOR UPDATE

-- name: find_waiting
-- The job that has waited longest for the run that was asked for.
SELECT j.id, j.state, j.attempt_no, j.failure_code, j.worker_id, j.attempt_no AS run_attempt_no
FROM job AS j
WHERE j.pipeline = %(pipeline)s AND j.state = 'queued' AND j.attempt_no > 1 AND j.external_namespace IS NOT NULL
  AND EXISTS (SELECT FROM external_run AS r WHERE r.job_id = j.id AND r.slot = %(slot)s)
ORDER BY greatest(j.queued_at, j.run_after)
LIMIT 1
FOR UPDATE

-- name: put_run
INSERT INTO external_run (run_id, job_id, attempt_no, pipeline, item, slot, restart)
VALUES (%(run_id)s, %(job_id)s, %(attempt_no)s, %(pipeline)s, %(item)s, %(slot)s, %(restart)s)
ON CONFLICT (run_id) DO UPDATE SET attempt_no = excluded.attempt_no, heard_at = now()

-- name: put_pipeline
INSERT INTO external_pipeline (name) VALUES (%(name)s) ON CONFLICT (name) DO NOTHING

-- name: list_pipelines
-- The newest, so that a list stays one however many there are.
SELECT name FROM external_pipeline ORDER BY created_at DESC LIMIT %(limit)s

-- name: which_are_external
SELECT name FROM external_pipeline WHERE name = ANY(%(names)s)

-- name: answer_call
UPDATE rerun_call SET closed_at = now(), delivery = 'delivered'
WHERE job_id = %(job_id)s AND attempt_no = %(attempt_no)s AND closed_at IS NULL

-- name: hear
UPDATE external_run SET heard_at = now(), restart = coalesce(%(restart)s, restart) WHERE run_id = %(run_id)s

-- name: begin_run
-- queued -> running by compare-and-set, held by a run, or by the call that was given up.
WITH begun AS (
    UPDATE job
    SET state = 'running', started_at = now(), run_after = NULL, worker_id = %(worker_id)s, progress_at = NULL
    WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND state = 'queued' AND external_namespace IS NOT NULL
    RETURNING id, attempt_no
)
UPDATE attempt SET state = 'running', started_at = now(), worker_id = %(worker_id)s
FROM begun
WHERE attempt.job_id = begun.id AND attempt.attempt_no = begun.attempt_no

-- name: silent
-- What was not heard of for `silence` seconds: runs that hold an attempt, and attempts that nobody began.
SELECT j.id, j.state, j.attempt_no, j.worker_id
FROM job AS j
WHERE j.external_namespace IS NOT NULL AND j.state IN ('queued', 'running')
  AND coalesce(
      (SELECT max(r.heard_at) FROM external_run AS r WHERE r.job_id = j.id AND r.attempt_no = j.attempt_no),
      j.queued_at) < now() - make_interval(secs => %(silence)s)
ORDER BY j.id
LIMIT 100
FOR UPDATE OF j SKIP LOCKED

-- name: heard
SELECT now() AS as_of, max(r.heard_at) AS heard_at, c.delivery, c.status, coalesce(c.tries, 0) AS tries,
       CASE WHEN c.closed_at IS NULL THEN c.due_at END AS due_at
FROM (SELECT %(job_id)s::uuid AS job_id, %(attempt_no)s::integer AS attempt_no) AS this
LEFT JOIN external_run AS r USING (job_id, attempt_no)
LEFT JOIN rerun_call AS c USING (job_id, attempt_no)
GROUP BY c.id
