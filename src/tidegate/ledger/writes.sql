-- Writes of the ledger. Every one is guarded: a person's by the lock on the job, a worker's by the fence
-- (job, attempt, worker, state = 'running'). Zero rows touched means: somebody else was first.

-- name: insert_batch
INSERT INTO batch (id, label, pipeline, submitted_by, submitter_name, job_total, audit_event_id)
VALUES (%(id)s, %(label)s, %(pipeline)s, %(submitted_by)s, %(submitter_name)s, %(job_total)s, %(audit_event_id)s)

-- name: insert_jobs
INSERT INTO job (id, batch_id, pipeline, name, source_kind, source_locator, source_root, submitted_by, submitter_name, audit_event_id)
SELECT item.id, %(batch_id)s, %(pipeline)s, item.name, item.kind::source_kind, item.locator, item.root,
       %(submitted_by)s, %(submitter_name)s, %(audit_event_id)s
FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(kinds)s::text[], %(locators)s::text[], %(roots)s::text[])
     AS item (id, name, kind, locator, root)

-- name: insert_first_attempts
INSERT INTO attempt (job_id, attempt_no, origin, audit_event_id, requested_by)
SELECT id, 1, 'submitted', %(audit_event_id)s, %(requested_by)s FROM unnest(%(ids)s::uuid[]) AS id

-- name: lock_job
SELECT id, batch_id, pipeline, name, state, version, attempt_no, failure_code, audit_event_id
FROM job
WHERE id = %(id)s
FOR UPDATE

-- name: insert_retry
INSERT INTO attempt (job_id, attempt_no, origin, retry_of, restart, audit_event_id, requested_by, reason, run_after)
VALUES (%(job_id)s, %(attempt_no)s, %(origin)s::attempt_origin, %(attempt_no)s - 1, %(restart)s, %(audit_event_id)s,
        %(requested_by)s, %(reason)s, now() + make_interval(secs => %(delay)s))

-- name: requeue_job
-- failed -> queued under the next attempt number; the last failure stays to be seen until the job succeeds.
UPDATE job
SET state = 'queued', attempt_no = attempt_no + 1, queued_at = now(), started_at = NULL, ended_at = NULL, worker_id = NULL,
    run_after = CASE WHEN %(delay)s > 0 THEN now() + make_interval(secs => %(delay)s) END,
    automatic_used = %(automatic_used)s, audit_event_id = coalesce(%(audit_event_id)s, audit_event_id),
    progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = NULL
WHERE id = %(id)s AND state = 'failed' AND attempt_no = %(attempt_no)s
RETURNING version

-- name: cancel_job
UPDATE job
SET state = 'cancelled', ended_at = now(), run_after = NULL, audit_event_id = %(audit_event_id)s
WHERE id = %(id)s AND state IN ('queued', 'running') AND attempt_no = %(attempt_no)s

-- name: cancel_attempt
UPDATE attempt SET state = 'cancelled', ended_at = now()
WHERE job_id = %(id)s AND attempt_no = %(attempt_no)s AND state IN ('queued', 'running')

-- name: close_steps
UPDATE step SET state = %(state)s::job_state, ended_at = clock_timestamp()
WHERE job_id = %(id)s AND attempt_no = %(attempt_no)s AND state = 'running'

-- name: drop_checkpoints
DELETE FROM checkpoint WHERE job_id = %(job_id)s

-- Workers ------------------------------------------------------------------------------------------------------

-- name: begin_attempt
-- Claim by compare-and-set on the database's clock; only a worker whose lease holds may claim.
WITH begun AS (
    UPDATE job
    SET state = 'running', started_at = now(), run_after = NULL, worker_id = %(worker_id)s, step_no = 0, step_name = NULL,
        progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = now()
    WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND state = 'queued' AND (run_after IS NULL OR run_after <= now())
      AND EXISTS (SELECT FROM worker WHERE id = %(worker_id)s AND lease_until > now() AND stopped_at IS NULL)
    RETURNING id, attempt_no, pipeline, name, source_kind, source_locator, source_root
), marked AS (
    UPDATE attempt SET state = 'running', started_at = now(), worker_id = %(worker_id)s
    FROM begun
    WHERE attempt.job_id = begun.id AND attempt.attempt_no = begun.attempt_no
)
SELECT id AS job_id, attempt_no, pipeline, name, source_kind, source_locator, source_root FROM begun

-- name: list_checkpoints
SELECT step_no, name, value FROM checkpoint WHERE job_id = %(job_id)s ORDER BY step_no

-- name: fenced_job
-- Take the fence: the row lock holds it for this transaction.
SELECT id, pipeline, name, automatic_used FROM job
WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'
FOR UPDATE

-- name: set_step
UPDATE job
SET step_no = %(step_no)s, step_total = %(step_total)s, step_name = %(name)s,
    progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = now()
WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'

-- name: set_progress
UPDATE job
SET progress_done = %(done)s, progress_total = %(total)s, progress_unit = %(unit)s, progress_at = now()
WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'

-- name: insert_step
INSERT INTO step (job_id, attempt_no, step_no, name) VALUES (%(job_id)s, %(attempt_no)s, %(step_no)s, %(name)s)
ON CONFLICT (job_id, attempt_no, step_no) DO UPDATE
SET started_at = clock_timestamp(), state = 'running', ended_at = NULL, resumed = false

-- name: insert_resumed_step
INSERT INTO step (job_id, attempt_no, step_no, name, state, resumed, ended_at)
VALUES (%(job_id)s, %(attempt_no)s, %(step_no)s, %(name)s, 'succeeded', true, clock_timestamp())
ON CONFLICT (job_id, attempt_no, step_no) DO NOTHING

-- name: finish_step
UPDATE step
SET state = 'succeeded', ended_at = clock_timestamp(), progress_done = %(done)s, progress_total = %(total)s, progress_unit = %(unit)s
WHERE job_id = %(job_id)s AND attempt_no = %(attempt_no)s AND step_no = %(step_no)s

-- name: save_checkpoint
INSERT INTO checkpoint (job_id, step_no, name, attempt_no, value)
VALUES (%(job_id)s, %(step_no)s, %(name)s, %(attempt_no)s, %(value)s)
ON CONFLICT (job_id, step_no) DO UPDATE SET name = excluded.name, attempt_no = excluded.attempt_no, value = excluded.value

-- name: known_document
SELECT id FROM document WHERE pipeline = %(pipeline)s AND sha256 = %(sha256)s

-- name: insert_document
INSERT INTO document (id, pipeline, sha256, job_id, attempt_no, name, title, media_type, size_bytes, characters, pages, chunk_total)
VALUES (%(id)s, %(pipeline)s, %(sha256)s, %(job_id)s, %(attempt_no)s, %(name)s, %(title)s, %(media_type)s, %(size_bytes)s,
        %(characters)s, %(pages)s, %(chunk_total)s)
ON CONFLICT (pipeline, sha256) DO NOTHING

-- name: insert_chunks
INSERT INTO chunk (document_id, ordinal, page_from, page_to, body)
SELECT %(document_id)s, ordinal - 1, page_from, page_to, body
FROM unnest(%(page_from)s::int[], %(page_to)s::int[], %(bodies)s::text[]) WITH ORDINALITY AS c (page_from, page_to, body, ordinal)

-- name: succeed_job
UPDATE job
SET state = 'succeeded', ended_at = now(), outcome = %(outcome)s::job_outcome, document_id = %(document_id)s,
    failure_code = NULL, failure_params = NULL, diagnostic_ref = NULL
WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'

-- name: succeed_attempt
UPDATE attempt SET state = 'succeeded', ended_at = now()
WHERE job_id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'

-- name: fail_job
UPDATE job
SET state = 'failed', ended_at = now(), failure_code = %(code)s, failure_params = %(params)s::jsonb, diagnostic_ref = %(diagnostic_ref)s
WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'

-- name: fail_attempt
UPDATE attempt
SET state = 'failed', ended_at = now(), failure_code = %(code)s, failure_params = %(params)s::jsonb, diagnostic_ref = %(diagnostic_ref)s
WHERE job_id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'

-- name: insert_diagnostic
INSERT INTO diagnostic (reference, job_id, attempt_no, expires_at, sealed)
VALUES (%(reference)s, %(job_id)s, %(attempt_no)s, now() + make_interval(days => %(days)s), %(sealed)s)

-- name: get_diagnostic
SELECT reference, job_id, attempt_no, created_at, expires_at, sealed
FROM diagnostic
WHERE reference = %(reference)s AND expires_at > now()

-- name: automatic_retries
-- How often this code has failed since a person last asked for an attempt.
SELECT count(*) AS n
FROM attempt
WHERE job_id = %(job_id)s AND failure_code = %(code)s
  AND attempt_no >= (SELECT max(attempt_no) FROM attempt WHERE job_id = %(job_id)s AND origin IN ('submitted', 'person'))

-- name: give_back_job
UPDATE job
SET state = 'queued', started_at = NULL, worker_id = NULL, queued_at = now(),
    progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = NULL
WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'
RETURNING version

-- name: give_back_attempt
UPDATE attempt SET state = 'queued', started_at = NULL, worker_id = NULL
WHERE job_id = %(job_id)s AND attempt_no = %(attempt_no)s AND worker_id = %(worker_id)s AND state = 'running'

-- name: reap_lost
-- Atomic: find, lock and close what silent workers ran; SKIP LOCKED lets several reapers share the work.
UPDATE job
SET state = 'failed', ended_at = now(), failure_code = 'worker_lost', failure_params = NULL, diagnostic_ref = NULL
FROM (
    SELECT j.id
    FROM job AS j LEFT JOIN worker AS w ON w.id = j.worker_id
    WHERE j.state = 'running' AND (w.id IS NULL OR w.stopped_at IS NOT NULL OR w.lease_until < now())
    LIMIT 100
    FOR UPDATE OF j SKIP LOCKED
) AS lost
WHERE job.id = lost.id AND job.state = 'running'
RETURNING job.id AS job_id, job.attempt_no, job.pipeline, job.worker_id, job.automatic_used

-- name: unticketed
-- Queued jobs, waiting a while and due, whose ticket is nowhere: the reconciler issues new ones.
SELECT j.id AS job_id, j.attempt_no, j.version, j.pipeline
FROM job AS j
WHERE j.state = 'queued' AND j.queued_at < now() - make_interval(secs => %(grace)s)
  AND (j.run_after IS NULL OR j.run_after < now() - make_interval(secs => %(grace)s))
  AND NOT EXISTS (
      SELECT FROM queue.pgqueuer AS q
      WHERE q.dedupe_key = j.id || '/' || j.attempt_no || '/' || j.version AND q.status IN ('queued', 'picked')
  )
LIMIT %(limit)s
FOR UPDATE OF j SKIP LOCKED

-- name: still_mine
SELECT id AS job_id, attempt_no FROM job WHERE worker_id = %(worker_id)s AND state = 'running'

-- name: enlist_worker
INSERT INTO worker (id, host, pid, pipelines, concurrency, lease_until)
VALUES (%(id)s, %(host)s, %(pid)s, %(pipelines)s, %(concurrency)s, now() + make_interval(secs => %(lease)s))

-- name: renew_lease
-- A lease that ran out is not renewed: what the worker ran may be another's already.
UPDATE worker SET seen_at = now(), lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND stopped_at IS NULL AND lease_until > now()

-- name: dismiss_worker
UPDATE worker SET stopped_at = now(), seen_at = now() WHERE id = %(id)s AND stopped_at IS NULL

-- Housekeeping -------------------------------------------------------------------------------------------------

-- name: compact_counts
WITH folded AS (DELETE FROM job_count RETURNING pipeline, state, n)
INSERT INTO job_count (pipeline, state, n)
SELECT pipeline, state, sum(n) FROM folded GROUP BY pipeline, state HAVING sum(n) <> 0

-- name: count_rows
SELECT count(*) AS n FROM (SELECT FROM job_count LIMIT 200) AS sample

-- name: lock_housekeeping
SELECT pg_try_advisory_xact_lock(7432002) AS found

-- name: drop_expired
WITH a AS (DELETE FROM diagnostic WHERE expires_at < now()),
     b AS (DELETE FROM idempotency_key WHERE created_at < now() - interval '1 day'),
     c AS (DELETE FROM session WHERE expires_at < now() - interval '30 days'),
     d AS (DELETE FROM signin_link WHERE expires_at < now() - interval '1 day'),
     e AS (DELETE FROM worker WHERE coalesce(stopped_at, lease_until) < now() - interval '7 days')
DELETE FROM queue.pgqueuer_log WHERE created < now() - interval '1 hour'

-- name: make_partitions
SELECT ensure_partitions(now(), now() + interval '2 months')
