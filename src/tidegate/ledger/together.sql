-- What several attempts of a worker write at the same moment, each row under its own fence. A row that another transaction
-- holds is passed over, never waited for; what was done is returned, and the caller does the rest one by one. Fences by
-- `IS NOT DISTINCT FROM` keep the planner from finding rows by their worker or state, which all of them share; what is held is
-- updated by its id alone, so that each row is found once and not by comparing all with all.

-- name: take_attempts
-- The first due tickets of each pipeline by its index, urgent ones before others, then the first of them all; those that another
-- worker is taking are passed over. They are gone, and their attempts begun as by `begin_attempt`, by this statement; those without
-- a checkpoint are in their first step at once.
WITH next AS (
    SELECT ticket.id
    FROM unnest(%(pipelines)s::text[]) AS p (pipeline)
    CROSS JOIN LATERAL (
        SELECT q.id, q.priority
        FROM queue.pgqueuer AS q
        WHERE q.entrypoint = p.pipeline AND q.status = 'queued' AND q.execute_after <= now()
        ORDER BY q.priority DESC, q.id
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) AS ticket
    ORDER BY ticket.priority DESC, ticket.id
    LIMIT %(limit)s
), taken AS (
    DELETE FROM queue.pgqueuer AS q WHERE q.id = ANY(ARRAY(SELECT next.id FROM next))
    RETURNING convert_from(q.payload, 'UTF8') AS ticket
), asked AS (
    SELECT DISTINCT split_part(ticket, '/', 1)::uuid AS job_id, split_part(ticket, '/', 2)::int AS attempt_no FROM taken
), first_step AS (
    SELECT * FROM unnest(%(pipelines)s::text[], %(names)s::text[], %(totals)s::int[]) AS f (pipeline, name, total)
), free AS (
    SELECT j.id, a.attempt_no, f.name AS step_name, f.total AS step_total
    FROM asked AS a JOIN job AS j ON j.id = a.job_id
    LEFT JOIN first_step AS f ON f.pipeline = j.pipeline AND NOT EXISTS (SELECT FROM checkpoint AS c WHERE c.job_id = j.id)
    WHERE j.attempt_no = a.attempt_no AND j.state IS NOT DISTINCT FROM 'queued'
      AND (j.run_after IS NULL OR j.run_after <= now())
      AND EXISTS (SELECT FROM worker AS w WHERE w.id = %(worker_id)s AND w.lease_until > now() AND w.stopped_at IS NULL)
    FOR UPDATE OF j SKIP LOCKED
), begun AS (
    UPDATE job
    SET state = 'running', started_at = now(), run_after = NULL, worker_id = %(worker_id)s,
        step_no = CASE WHEN free.step_name IS NULL THEN 0 ELSE 1 END, step_total = coalesce(free.step_total, job.step_total),
        step_name = free.step_name, progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = now()
    FROM free
    WHERE job.id = free.id AND job.attempt_no = free.attempt_no AND job.state IS NOT DISTINCT FROM 'queued'
      AND (job.run_after IS NULL OR job.run_after <= now())
    RETURNING job.id, job.attempt_no, job.version, job.worker_id, job.pipeline, job.name, job.source_kind, job.source_locator, job.source_root,
              job.step_name
), marked AS (
    UPDATE attempt SET state = 'running', started_at = now(), worker_id = begun.worker_id
    FROM begun
    WHERE attempt.job_id = begun.id AND attempt.attempt_no = begun.attempt_no
    RETURNING attempt.job_id, attempt.traceparent
), started AS (
    INSERT INTO step (job_id, attempt_no, step_no, name) SELECT id, attempt_no, 1, step_name FROM begun WHERE step_name IS NOT NULL
    ON CONFLICT (job_id, attempt_no, step_no) DO UPDATE
    SET started_at = clock_timestamp(), state = 'running', ended_at = NULL, resumed = false
)
SELECT a.job_id, a.attempt_no, CASE WHEN begun.id IS NULL THEN 'passed' ELSE 'begun' END AS verdict,
       version, pipeline, name, source_kind, source_locator, source_root, step_name IS NOT NULL AS in_first_step,
       (SELECT m.traceparent FROM marked AS m WHERE m.job_id = begun.id) AS traceparent,
       CASE WHEN a.attempt_no = 1 THEN 0 ELSE
           (SELECT count(*) FROM attempt AS lost
            WHERE lost.job_id = begun.id AND lost.failure_code = 'worker_lost' AND lost.attempt_no >= (
                SELECT max(attempt_no) FROM attempt WHERE job_id = begun.id AND origin IN ('submitted', 'person'))) END AS losses
FROM asked AS a LEFT JOIN begun ON begun.id = a.job_id AND begun.attempt_no = a.attempt_no

-- name: list_checkpoints
SELECT job_id, step_no, name, value FROM checkpoint WHERE job_id = ANY(%(job_ids)s::uuid[]) ORDER BY job_id, step_no

-- name: start_steps
-- As `finish_step`, `save_checkpoint`, `set_step` and `insert_step`, for several; `finished_no` is null where no step has ended.
WITH asked AS (
    SELECT * FROM unnest(%(job_ids)s::uuid[], %(attempt_nos)s::int[], %(worker_ids)s::uuid[], %(step_nos)s::int[],
                         %(totals)s::int[], %(names)s::text[], %(finished_nos)s::int[], %(finished_names)s::text[],
                         %(values)s::bytea[], %(dones)s::bigint[], %(wholes)s::bigint[], %(units)s::text[])
        AS a (job_id, attempt_no, worker_id, step_no, total, name, finished_no, finished_name, value, done, whole, unit)
), held AS (
    SELECT a.* FROM asked AS a JOIN job AS j ON j.id = a.job_id
    WHERE j.id = ANY(%(job_ids)s::uuid[]) AND j.attempt_no = a.attempt_no AND j.worker_id IS NOT DISTINCT FROM a.worker_id AND j.state IS NOT DISTINCT FROM 'running'
    FOR UPDATE OF j SKIP LOCKED
), moved AS (
    UPDATE job
    SET step_no = held.step_no, step_total = held.total, step_name = held.name,
        progress_done = NULL, progress_total = NULL, progress_unit = NULL, progress_at = now()
    FROM held
    WHERE job.id = held.job_id AND job.attempt_no = held.attempt_no
      AND job.worker_id IS NOT DISTINCT FROM held.worker_id AND job.state IS NOT DISTINCT FROM 'running'
    RETURNING job.id, job.attempt_no
), finished AS (
    UPDATE step SET state = 'succeeded', ended_at = clock_timestamp(),
                    progress_done = held.done, progress_total = held.whole, progress_unit = held.unit
    FROM held JOIN moved ON moved.id = held.job_id
    WHERE step.job_id = ANY(%(job_ids)s::uuid[]) AND step.job_id = held.job_id AND step.attempt_no = held.attempt_no
      AND step.step_no = held.finished_no
), kept AS (
    INSERT INTO checkpoint (job_id, step_no, name, attempt_no, value)
    SELECT held.job_id, held.finished_no, held.finished_name, held.attempt_no, held.value FROM held JOIN moved ON moved.id = held.job_id
    WHERE held.finished_no IS NOT NULL
    ON CONFLICT (job_id, step_no) DO UPDATE SET name = excluded.name, attempt_no = excluded.attempt_no, value = excluded.value
), started AS (
    INSERT INTO step (job_id, attempt_no, step_no, name)
    SELECT held.job_id, held.attempt_no, held.step_no, held.name FROM held JOIN moved ON moved.id = held.job_id
    ON CONFLICT (job_id, attempt_no, step_no) DO UPDATE
    SET started_at = clock_timestamp(), state = 'running', ended_at = NULL, resumed = false
)
SELECT id AS job_id, attempt_no FROM moved

-- name: succeed_attempts
-- As `succeed_job`, `succeed_attempt`, `close_steps` and `drop_checkpoints`, for several.
WITH asked AS (
    SELECT * FROM unnest(%(job_ids)s::uuid[], %(attempt_nos)s::int[], %(worker_ids)s::uuid[], %(outcomes)s::job_outcome[],
                         %(document_ids)s::uuid[]) AS a (job_id, attempt_no, worker_id, outcome, document_id)
), held AS (
    SELECT a.* FROM asked AS a JOIN job AS j ON j.id = a.job_id
    WHERE j.id = ANY(%(job_ids)s::uuid[]) AND j.attempt_no = a.attempt_no AND j.worker_id IS NOT DISTINCT FROM a.worker_id AND j.state IS NOT DISTINCT FROM 'running'
    FOR UPDATE OF j SKIP LOCKED
), ended AS (
    UPDATE job
    SET state = 'succeeded', ended_at = now(), outcome = held.outcome, document_id = held.document_id,
        failure_code = NULL, failure_params = NULL, diagnostic_ref = NULL
    FROM held
    WHERE job.id = held.job_id AND job.attempt_no = held.attempt_no
      AND job.worker_id IS NOT DISTINCT FROM held.worker_id AND job.state IS NOT DISTINCT FROM 'running'
    RETURNING job.id, job.attempt_no
), marked AS (
    UPDATE attempt SET state = 'succeeded', ended_at = now() FROM ended
    WHERE attempt.job_id = ANY(%(job_ids)s::uuid[]) AND attempt.job_id = ended.id AND attempt.attempt_no = ended.attempt_no
      AND attempt.state = 'running'
), closed AS (
    UPDATE step SET state = 'succeeded', ended_at = clock_timestamp() FROM ended
    WHERE step.job_id = ANY(%(job_ids)s::uuid[]) AND step.job_id = ended.id AND step.attempt_no = ended.attempt_no
      AND step.state = 'running'
), dropped AS (
    DELETE FROM checkpoint USING ended WHERE checkpoint.job_id = ANY(%(job_ids)s::uuid[]) AND checkpoint.job_id = ended.id
)
SELECT id AS job_id, attempt_no FROM ended
