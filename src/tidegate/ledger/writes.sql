-- What people cause. The caller holds the lock on the job; zero rows touched means that somebody else was first.

-- name: insert_batch
INSERT INTO batch (id, label, pipeline, submitted_by, submitter_name, job_total, audit_event_id)
VALUES (%(id)s, %(label)s, %(pipeline)s, %(submitted_by)s, %(submitter_name)s, %(job_total)s, %(audit_event_id)s)

-- name: extend_batch
UPDATE batch SET job_total = job_total + %(n)s WHERE id = %(id)s

-- name: insert_jobs
INSERT INTO job (id, batch_id, pipeline, name, source_kind, source_locator, source_root, submitted_by, submitter_name, audit_event_id,
                 external_namespace)
SELECT item.id, %(batch_id)s, %(pipeline)s, item.name, item.kind::source_kind, item.locator, item.root,
       %(submitted_by)s, %(submitter_name)s, %(audit_event_id)s, %(namespace)s
FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(kinds)s::text[], %(locators)s::text[], %(roots)s::text[])
     AS item (id, name, kind, locator, root)

-- name: insert_first_attempts
INSERT INTO attempt (job_id, attempt_no, origin, audit_event_id, requested_by, traceparent)
SELECT id, 1, 'submitted', %(audit_event_id)s, %(requested_by)s, %(traceparent)s FROM unnest(%(ids)s::uuid[]) AS id

-- name: lock_job
SELECT id, batch_id, pipeline, name, state, version, attempt_no, failure_code, audit_event_id,
       acknowledged_at IS NOT NULL AS acknowledged, external_namespace,
       external_namespace IS NULL OR rerunnable(external_namespace) AS rerunnable
FROM job
WHERE id = %(id)s
FOR UPDATE

-- name: insert_retry
-- Asked for outside of any trace, as by the reaper, it stays in the trace of the attempt before.
INSERT INTO attempt (job_id, attempt_no, origin, retry_of, restart, audit_event_id, requested_by, reason, run_after, traceparent)
VALUES (%(job_id)s, %(attempt_no)s, %(origin)s::attempt_origin, %(attempt_no)s - 1, %(restart)s, %(audit_event_id)s,
        %(requested_by)s, %(reason)s, now() + make_interval(secs => %(delay)s),
        coalesce(%(traceparent)s, (SELECT traceparent FROM attempt WHERE job_id = %(job_id)s AND attempt_no = %(attempt_no)s - 1)))

-- name: requeue_job
-- failed -> queued under the next attempt number; the last failure stays to be seen until the job succeeds.
UPDATE job
SET state = 'queued', attempt_no = attempt_no + 1, queued_at = now(), started_at = NULL, ended_at = NULL, worker_id = NULL,
    run_after = CASE WHEN %(delay)s > 0 THEN now() + make_interval(secs => %(delay)s) END,
    automatic_used = %(automatic_used)s, audit_event_id = coalesce(%(audit_event_id)s, audit_event_id),
    progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = NULL,
    acknowledged_at = NULL, acknowledged_by = NULL, acknowledged_reason = NULL
WHERE id = %(id)s AND state = 'failed' AND attempt_no = %(attempt_no)s
RETURNING version

-- name: cancel_job
UPDATE job
SET state = 'cancelled', ended_at = now(), run_after = NULL, audit_event_id = %(audit_event_id)s
WHERE id = %(id)s AND state IN ('queued', 'running') AND attempt_no = %(attempt_no)s

-- name: cancel_attempt
UPDATE attempt SET state = 'cancelled', ended_at = now()
WHERE job_id = %(id)s AND attempt_no = %(attempt_no)s AND state IN ('queued', 'running')
