-- Retrying many. A set is frozen once and worked off in pieces; each piece is one transaction of a few statements, whatever its size.

-- name: now
-- The database's clock, by which failures are dated.
SELECT now() AS at

-- name: sum_failed
-- What a retry would meet; at most `limit` rows are looked at.
SELECT failure_code, step, acknowledged, external_namespace IS NOT NULL AS external,
       external_namespace IS NULL OR rerunnable(external_namespace) AS rerunnable, sum(n)::bigint AS n
FROM (
    SELECT failure_code, step, acknowledged, external_namespace, count(*) AS n
    FROM (
    SELECT failure_code, coalesce(step_name, '') AS step, acknowledged_at IS NOT NULL AS acknowledged, external_namespace FROM job
    WHERE state = 'failed'
  --< narrowed
    LIMIT %(limit)s
    ) AS found
    GROUP BY failure_code, step, acknowledged, external_namespace
) AS grouped
GROUP BY failure_code, step, acknowledged, external, rerunnable
ORDER BY n DESC, failure_code, step, acknowledged, rerunnable

-- name: freeze
INSERT INTO bulk_retry_item (bulk_id, job_id, attempt_no, verdict, why)
SELECT %(bulk_id)s, id, attempt_no, CASE WHEN why IS NULL THEN 'waiting' ELSE 'left_out' END::bulk_verdict, why
FROM (
    SELECT id, attempt_no,
           CASE WHEN failure_code = ANY(%(barred)s) THEN 'not_retryable'
                WHEN external_namespace IS NOT NULL AND NOT rerunnable(external_namespace) THEN 'cannot_be_asked'
                WHEN acknowledged_at IS NOT NULL AND NOT %(with_acknowledged)s THEN 'acknowledged' END AS why
    FROM job
    WHERE state = 'failed'
  --< narrowed
    LIMIT %(limit)s
) AS found

-- name: count_frozen
SELECT count(*) AS total, count(*) FILTER (WHERE verdict = 'left_out') AS left_out FROM bulk_retry_item WHERE bulk_id = %(bulk_id)s

-- name: insert_bulk
INSERT INTO bulk_retry (id, requested_by, requester_name, actor, request_id, narrowed, mode, reason, as_of, total, left_out,
                        finished_at, audit_event_id)
VALUES (%(id)s, %(requested_by)s, %(requester_name)s, %(actor)s::jsonb, %(request_id)s, %(narrowed)s::jsonb, %(mode)s,
        %(reason)s, %(as_of)s, %(total)s, %(left_out)s, CASE WHEN %(total)s = %(left_out)s THEN now() END, %(audit_event_id)s)

-- name: take_unfinished
-- The oldest that nobody is working on; the row lock keeps others off until this piece is committed.
SELECT id, actor, request_id, mode, reason, audit_event_id, worked_to
FROM bulk_retry
WHERE finished_at IS NULL
ORDER BY created_at
LIMIT 1
FOR UPDATE SKIP LOCKED

-- name: lock_piece
-- The next items in the order of their jobs, each with its job as it stands now, locked.
SELECT i.job_id AS id, i.attempt_no AS frozen_attempt_no, j.state, j.attempt_no, j.failure_code, j.pipeline,
       j.external_namespace, j.external_namespace IS NULL OR rerunnable(j.external_namespace) AS rerunnable
FROM (
    SELECT job_id, attempt_no FROM bulk_retry_item
    WHERE bulk_id = %(bulk_id)s AND verdict = 'waiting' AND job_id > %(after)s
    ORDER BY job_id
    LIMIT %(limit)s
) AS i JOIN job AS j ON j.id = i.job_id
ORDER BY i.job_id
FOR UPDATE OF j

-- name: insert_retries
INSERT INTO attempt (job_id, attempt_no, origin, retry_of, restart, audit_event_id, requested_by, reason, run_after)
SELECT id, attempt_no + 1, 'person', attempt_no, restart, event, %(requested_by)s, %(reason)s, now()
FROM unnest(%(ids)b::uuid[], %(attempts)b::integer[], %(restarts)b::boolean[], %(events)b::uuid[])
     AS retry (id, attempt_no, restart, event)

-- name: requeue_jobs
UPDATE job
SET state = 'queued', attempt_no = job.attempt_no + 1, queued_at = now(), started_at = NULL, ended_at = NULL, worker_id = NULL,
    run_after = NULL, automatic_used = 0, audit_event_id = retry.event,
    progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = NULL,
    acknowledged_at = NULL, acknowledged_by = NULL, acknowledged_reason = NULL
FROM unnest(%(ids)b::uuid[], %(attempts)b::integer[], %(events)b::uuid[]) AS retry (id, attempt_no, event)
WHERE job.id = retry.id AND job.state = 'failed' AND job.attempt_no = retry.attempt_no
RETURNING job.id, job.attempt_no, job.version, job.pipeline, job.external_namespace

-- name: drop_checkpoints
DELETE FROM checkpoint WHERE job_id = ANY(%(ids)b)

-- name: settle_items
-- The bounds keep it to the piece: without them each piece reads through all that waits.
UPDATE bulk_retry_item AS i
SET verdict = done.verdict::bulk_verdict, why = done.why, audit_event_id = done.event
FROM unnest(%(ids)b::uuid[], %(verdicts)b::text[], %(whys)b::text[], %(events)b::uuid[]) AS done (job_id, verdict, why, event)
WHERE i.bulk_id = %(bulk_id)s AND i.job_id BETWEEN %(first)s AND %(last)s AND i.job_id = done.job_id AND i.verdict = 'waiting'

-- name: refuse_rest
UPDATE bulk_retry_item SET verdict = 'refused', why = %(why)s WHERE bulk_id = %(bulk_id)s AND verdict = 'waiting'

-- name: advance
UPDATE bulk_retry
SET retried = retried + %(retried)s, skipped = skipped + %(skipped)s, refused = refused + %(refused)s, worked_to = %(worked_to)s,
    finished_at = CASE WHEN %(finished)s THEN clock_timestamp() END
WHERE id = %(id)s AND finished_at IS NULL

-- name: notify
-- The page of a retry of many follows the same notice as everything else.
SELECT pg_notify('tidegate_jobs', '*')

-- name: get_bulk
SELECT id, requested_by, requester_name, narrowed, mode, reason, as_of, created_at, finished_at, total, retried, left_out,
       skipped, refused, audit_event_id
FROM bulk_retry
WHERE id = %(id)s

-- name: list_bulk
SELECT id, requested_by, requester_name, narrowed, mode, reason, as_of, created_at, finished_at, total, retried, left_out,
       skipped, refused, audit_event_id
FROM bulk_retry
WHERE true
  AND id < %(before)s  --? before
ORDER BY id DESC
LIMIT %(limit)s

-- name: list_items
SELECT i.job_id, i.attempt_no, i.verdict, i.why, i.audit_event_id, coalesce(j.name, '') AS name,
       coalesce(j.pipeline, '') AS pipeline, j.state, coalesce(j.attempt_no, 0) AS attempt_now, j.failure_code, j.failure_params,
       j.attention
FROM (
    SELECT job_id, attempt_no, verdict, why, audit_event_id FROM bulk_retry_item
    WHERE bulk_id = %(bulk_id)s
      AND verdict = %(verdict)s::bulk_verdict  --? verdict
      AND job_id = ANY(%(ids)s)                --? ids
      AND job_id < %(before)s                  --? before
    ORDER BY job_id DESC
    LIMIT %(limit)s
) AS i LEFT JOIN job AS j ON j.id = i.job_id
ORDER BY i.job_id DESC

-- name: sum_outcomes
-- What became of the retried jobs by now; at most one retry's items, by its index.
SELECT coalesce(attention::text, state::text) AS standing, count(*) AS n
FROM (
    SELECT j.attention, j.state
    FROM bulk_retry_item AS i JOIN job AS j ON j.id = i.job_id
    WHERE i.bulk_id = %(bulk_id)s AND i.verdict = 'retried'
    LIMIT %(limit)s
) AS found
GROUP BY 1
