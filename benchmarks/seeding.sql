-- Filling a ledger: jobs are planned from their batches by hashes of their numbers, then written table by table.
-- Triggers are off, so what they would have counted is counted once at the end, by the statements named `fill_…`.

-- name: begin
-- No guard, no history by trigger, no notice; superusers only.
SET session_replication_role = replica

-- name: hurry
SELECT set_config('synchronous_commit', 'off', false), set_config('maintenance_work_mem', '256MB', false)

-- name: make_partitions
SELECT ensure_partitions(%(first)s, %(now)s + interval '2 months')

-- name: make_dice
-- A number from 0 to 1 that is the same each time.
CREATE FUNCTION pg_temp.dice(key bigint, throw bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashint8extended(key, throw) & 9007199254740991) / 9007199254740992.0::float8
$$

-- name: make_id
-- A UUIDv7 of an instant; `place` orders those of one millisecond.
CREATE FUNCTION pg_temp.id_at(moment timestamptz, place bigint, key bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(place & 4095), 3, '0')
            || '8' || left(lpad(to_hex(hashint8extended(key, 101)), 16, '0'), 15))::uuid
$$

-- name: make_batches
CREATE TEMP TABLE planned_batch (
    id uuid, event_id uuid, first_n bigint, size integer, pipeline text, kind source_kind, submitted_by uuid,
    submitter_name text, label text, created_at timestamptz
)

-- name: insert_workers
INSERT INTO worker (id, host, pid, pipelines, concurrency, started_at, lease_until)
SELECT id, 'ingest-' || number, 4100 + number, %(pipelines)s::text[], 16, %(now)s - interval '1 day', %(now)s + interval '1 day'
FROM unnest(%(workers)s::uuid[]) WITH ORDINALITY AS w (id, number)

-- name: insert_batches
INSERT INTO batch (id, label, pipeline, submitted_by, submitter_name, created_at, job_total, audit_event_id)
SELECT id, label, pipeline, submitted_by, submitter_name, created_at, size, event_id FROM planned_batch

-- name: plan_jobs
-- Only the newest 8 % may still wait or run. `code` is the failure, or what a later attempt has overcome.
CREATE TEMP TABLE planned AS
WITH numbered AS (
    SELECT b.*, b.first_n + i AS n, i AS place, hashint8extended(b.first_n + i, %(seed)s) AS key,
           b.created_at + i * interval '100 microseconds' AS submitted_at
    FROM planned_batch AS b, generate_series(0, b.size - 1) AS i
), stated AS (
    SELECT *, width_bucket(pg_temp.dice(key, 3), %(thresholds)s::float8[]) + 1 AS c,
           (CASE WHEN n >= 0.92 * %(count)s AND pg_temp.dice(key, 1) < 0.625
                 THEN CASE WHEN pg_temp.dice(key, 2) < %(running)s THEN 'running' ELSE 'queued' END
                 ELSE CASE WHEN pg_temp.dice(key, 2) < 0.042 THEN 'failed'
                           WHEN pg_temp.dice(key, 2) < 0.053 THEN 'cancelled' ELSE 'succeeded' END
            END)::job_state AS state
    FROM numbered
), retried AS (
    SELECT *, (%(codes)s::text[])[c] AS code, (%(automatic)s::int[])[c] AS automatic, (%(by_person)s::bool[])[c] AS by_person
    FROM stated
), tried AS (
    SELECT *, (CASE WHEN state = 'failed' THEN 1 + automatic + (automatic = 0 AND by_person AND pg_temp.dice(key, 5) < 0.15)::int
                    WHEN pg_temp.dice(key, 4) >= 0.06 OR NOT by_person OR (state = 'cancelled' AND automatic = 0) THEN 1
                    ELSE 2 + (automatic >= 2 AND pg_temp.dice(key, 5) < 0.2)::int END) AS attempt_no,
           (CASE WHEN code = 'worker_lost' THEN code WHEN automatic > 0 THEN 'automatic' ELSE 'person' END)::attempt_origin AS origin,
           make_interval(secs => 0.3 + 20 * pg_temp.dice(key, 6) ^ 4) AS wait,
           make_interval(secs => 0.4 + 30 * pg_temp.dice(key, 7) ^ 3) AS run
    FROM retried
), paused AS (
    SELECT *, wait + run + least(CASE WHEN origin = 'person' THEN interval '40 minutes' ELSE interval '20 seconds' END,
                                 (%(now)s - submitted_at - interval '6 minutes') / attempt_no) AS round
    FROM tried
)
SELECT pg_temp.id_at(submitted_at, place, key) AS job_id, id AS batch_id, event_id, n, key, pipeline, kind, submitted_by, submitter_name,
       submitted_at, state, attempt_no, origin, wait, run, round, code, c,
       CASE WHEN state = 'cancelled' THEN submitted_at + (attempt_no - 1) * round + wait + run
            WHEN origin = 'person' AND attempt_no > 1 THEN submitted_at + round END AS acted_at,
       (%(workers)s::uuid[])[1 + mod(n, cardinality(%(workers)s::uuid[]))] AS worker_id,
       (%(words)s::text[])[1 + mod(abs(key), cardinality(%(words)s::text[]))] || '-' || to_char(submitted_at, 'YYYY-MM')
           || '-' || lpad(n::text, 5, '0') || (%(endings)s::text[])[1 + mod(abs(key / 64), cardinality(%(endings)s::text[]))] AS name
FROM paused

-- name: plan_attempts
-- `step_no` is the step that was reached: where it failed, the last one, or any.
CREATE TEMP TABLE planned_attempt AS
WITH begun AS (
    SELECT p.*, k, k = attempt_no AS is_last, submitted_at + (k - 1) * round AS queued_at,
           CASE WHEN acted_at IS NOT NULL THEN pg_temp.id_at(acted_at, n, key + 1) END AS act_id,
           CASE WHEN k = attempt_no THEN state ELSE 'failed' END AS came_to,
           CASE WHEN k < attempt_no OR state = 'failed' THEN (%(step_of_code)s::int[])[c]
                WHEN state = 'succeeded' THEN 5 ELSE 1 + floor(5 * pg_temp.dice(key, 8))::int END AS step_no
    FROM planned AS p, generate_series(1, p.attempt_no) AS k
)
SELECT *, CASE WHEN came_to = 'running' THEN %(now)s - run WHEN came_to <> 'queued' THEN queued_at + wait END AS started_at,
       CASE WHEN came_to IN ('succeeded', 'failed', 'cancelled') THEN queued_at + wait + run END AS ended_at,
       CASE WHEN came_to = 'failed' THEN code END AS failure_code,
       CASE WHEN came_to = 'failed' THEN (%(params)s::text[])[c]::jsonb END AS failure_params,
       k > 1 AND origin = 'person' AND (%(from_start)s::bool[])[c] AS restart
FROM begun

-- name: insert_acts
-- The audit events of what people did to single jobs: retries and cancellations.
INSERT INTO audit_event (id, recorded_at, payload)
SELECT act_id, acted_at, jsonb_build_object(
    'id', act_id, 'time', to_char(acted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'outcome', 'allowed',
    'action', CASE WHEN state = 'cancelled' THEN 'ingestion.cancel' ELSE 'ingestion.retry' END,
    'actor', jsonb_build_object('kind', 'person', 'id', submitted_by, 'name', submitter_name, 'role', 'power_user', 'credential_id', NULL),
    'target', jsonb_build_object('kind', 'job', 'id', job_id),
    'reason', CASE WHEN state = 'cancelled' THEN 'Superseded by a newer version.' ELSE 'The source has been corrected.' END,
    'request_id', NULL, 'parent_id', NULL,
    'before', jsonb_build_object('state', CASE WHEN state = 'cancelled' THEN 'running' ELSE 'failed' END, 'attempt', 1),
    'after', jsonb_build_object('state', CASE WHEN state = 'cancelled' THEN 'cancelled' ELSE 'queued' END, 'attempt', attempt_no)
)::text
FROM planned_attempt
WHERE act_id IS NOT NULL AND is_last

-- name: insert_jobs
INSERT INTO job (id, batch_id, pipeline, name, source_kind, source_locator, submitted_by, submitter_name, created_at, state, version,
                 attempt_no, automatic_used, queued_at, started_at, ended_at, worker_id, step_no, step_total, step_name,
                 progress_done, progress_total, progress_unit, progress_at, failure_code, failure_params, outcome, audit_event_id)
SELECT job_id, batch_id, pipeline, name, kind, '/srv/inbox/' || name, submitted_by, submitter_name, submitted_at, state, 3 * attempt_no,
       attempt_no, CASE WHEN origin = 'person' THEN 0 ELSE attempt_no - 1 END, queued_at, started_at, ended_at,
       CASE WHEN state <> 'queued' THEN worker_id END,
       CASE WHEN state = 'queued' THEN 0 ELSE step_no END, CASE WHEN state = 'queued' THEN 0 ELSE 5 END,
       CASE WHEN state <> 'queued' THEN (%(steps)s::text[])[step_no] END,
       CASE WHEN state = 'running' THEN mod(n, 40) END, CASE WHEN state = 'running' THEN 40 END,
       CASE WHEN state = 'running' THEN 'pages' END, CASE WHEN state = 'running' THEN %(now)s END,
       CASE WHEN state = 'failed' OR (state <> 'succeeded' AND attempt_no > 1) THEN code END, failure_params,
       CASE WHEN state = 'succeeded'
            THEN (CASE WHEN pg_temp.dice(key, 9) < 0.02 THEN 'duplicate_content' ELSE 'ingested' END)::job_outcome END,
       coalesce(act_id, event_id)
FROM planned_attempt
WHERE is_last
ORDER BY job_id

-- name: insert_attempts
INSERT INTO attempt (job_id, attempt_no, state, origin, retry_of, restart, audit_event_id, requested_by, reason, queued_at,
                     started_at, ended_at, worker_id, failure_code, failure_params)
SELECT job_id, k, came_to, CASE WHEN k = 1 THEN 'submitted' ELSE origin END, CASE WHEN k > 1 THEN k - 1 END, restart,
       CASE WHEN k = 1 THEN event_id WHEN origin = 'person' THEN act_id END,
       CASE WHEN k = 1 OR origin = 'person' THEN submitter_name END,
       CASE WHEN k > 1 AND origin = 'person' THEN 'The source has been corrected.' END,
       queued_at, started_at, ended_at, CASE WHEN came_to <> 'queued' THEN worker_id END, failure_code, failure_params
FROM planned_attempt
ORDER BY job_id, k

-- name: insert_steps
-- The steps share the time of their attempt evenly. What runs has run until now.
INSERT INTO step (job_id, attempt_no, step_no, name, state, resumed, started_at, ended_at)
SELECT job_id, k, s, (%(steps)s::text[])[s], CASE WHEN s < step_no THEN 'succeeded' ELSE came_to END,
       k > 1 AND NOT restart AND s < (%(step_of_code)s::int[])[c],
       started_at + (s - 1) * (least(ended_at, %(now)s) - started_at) / step_no,
       CASE WHEN s < step_no OR came_to <> 'running' THEN started_at + s * (least(ended_at, %(now)s) - started_at) / step_no END
FROM planned_attempt, generate_series(1, step_no) AS s
WHERE started_at IS NOT NULL
ORDER BY job_id, k, s

-- name: insert_events
INSERT INTO job_event (job_id, at, attempt_no, before, after, failure_code, audit_event_id)
SELECT job_id, at, k, before, after, CASE WHEN after = 'failed' THEN failure_code END, event
FROM planned_attempt, LATERAL (VALUES
    (1, queued_at, CASE WHEN k > 1 THEN 'failed'::job_state END, 'queued'::job_state,
     CASE WHEN k = 1 THEN event_id WHEN origin = 'person' THEN act_id END),
    (2, started_at, 'queued', 'running', NULL),
    (3, ended_at, 'running', came_to, CASE WHEN came_to = 'cancelled' THEN act_id END)
) AS moves (turn, at, before, after, event)
WHERE at IS NOT NULL
ORDER BY job_id, k, turn

-- name: forget_plans
DROP TABLE planned, planned_attempt

-- name: empty_batches
TRUNCATE planned_batch

-- name: fill_job_count
INSERT INTO job_count (pipeline, state, attention, n)
SELECT pipeline, state, attention, count(*) FROM job GROUP BY pipeline, state, attention

-- name: fill_standing_count
INSERT INTO standing_count (submitter_name, failure_code, pipeline, step, source_kind, state, attention, n)
SELECT submitter_name, code, pipeline, step, source_kind, state, attention, count(*)
FROM (SELECT submitter_name, CASE WHEN state = 'failed' THEN failure_code END AS code, pipeline,
             CASE WHEN state = 'failed' THEN coalesce(step_name, '') END AS step, source_kind, state, attention FROM job) AS stands
GROUP BY GROUPING SETS ((submitter_name, code, pipeline, step, source_kind, state, attention),
                        (code, pipeline, step, source_kind, state, attention))

-- name: fill_batch_count
INSERT INTO batch_count (batch_id, state, n, fresh)
SELECT batch_id, state, count(*), false FROM job GROUP BY batch_id, state

-- name: fill_failures_that_happened
INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
SELECT a.failure_code, j.pipeline, coalesce(s.name, ''), j.source_kind, 'happened', date_trunc('hour', a.ended_at, 'UTC'), count(*)
FROM attempt AS a JOIN job AS j ON j.id = a.job_id
LEFT JOIN LATERAL (SELECT name FROM step WHERE job_id = a.job_id AND attempt_no = a.attempt_no ORDER BY step_no DESC LIMIT 1) AS s ON true
WHERE a.state = 'failed'
GROUP BY 1, 2, 3, 4, 5, 6

-- name: fill_failures_that_stand
INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
SELECT failure_code, pipeline, coalesce(step_name, ''), source_kind, attention::text, date_trunc('hour', ended_at, 'UTC'), count(*)
FROM job
WHERE state = 'failed'
GROUP BY 1, 2, 3, 4, 5, 6

-- name: list_indexes
-- Those that no constraint needs; they are built anew when the rows are there.
SELECT c.relname AS name, replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') AS definition
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY (ARRAY['job', 'attempt', 'step', 'job_event', 'batch', 'audit_event']::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)
ORDER BY c.relname

-- name: analyze
VACUUM (ANALYZE)
