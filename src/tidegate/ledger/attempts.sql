-- A worker's writes, each under the fence. Zero rows touched means: the attempt is no longer this worker's.

-- name: close_steps
UPDATE step SET state = %(state)s::job_state, ended_at = clock_timestamp()
WHERE job_id = %(id)s AND attempt_no = %(attempt_no)s AND state = 'running'

-- name: drop_checkpoints
DELETE FROM checkpoint WHERE job_id = %(job_id)s

-- name: begin_attempt
-- Claim by compare-and-set on the database's clock; only a worker whose lease holds may claim.
WITH begun AS (
    UPDATE job
    SET state = 'running', started_at = now(), run_after = NULL, worker_id = %(worker_id)s, step_no = 0, step_name = NULL,
        progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = now()
    WHERE id = %(job_id)s AND attempt_no = %(attempt_no)s AND state = 'queued' AND (run_after IS NULL OR run_after <= now())
      AND EXISTS (SELECT FROM worker WHERE id = %(worker_id)s AND lease_until > now() AND stopped_at IS NULL)
    RETURNING id, attempt_no, version, pipeline, name, source_kind, source_locator, source_root
), marked AS (
    UPDATE attempt SET state = 'running', started_at = now(), worker_id = %(worker_id)s
    FROM begun
    WHERE attempt.job_id = begun.id AND attempt.attempt_no = begun.attempt_no
    RETURNING attempt.traceparent
)
SELECT id AS job_id, attempt_no, version, pipeline, name, source_kind, source_locator, source_root,
       (SELECT traceparent FROM marked) AS traceparent,
       (SELECT count(*) FROM attempt AS a
        WHERE a.job_id = begun.id AND a.failure_code = 'worker_lost' AND a.attempt_no >= (
            SELECT max(attempt_no) FROM attempt WHERE job_id = begun.id AND origin IN ('submitted', 'person'))) AS losses
FROM begun

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
