-- Workers, their leases, and repair. SKIP LOCKED everywhere, so that several repairers share the work.

-- name: reap_lost
-- Atomic: find, lock and close what silent workers of ours ran; SKIP LOCKED lets several reapers share the work. A job that lost
-- `losses` workers before this one, since a person last asked for it, goes into quarantine.
UPDATE job
SET state = 'failed', ended_at = now(), failure_params = NULL, diagnostic_ref = NULL,
    failure_code = CASE WHEN lost.losses >= %(losses)s THEN 'quarantined' ELSE 'worker_lost' END
FROM (
    SELECT j.id, (SELECT count(*) FROM attempt AS a
                  WHERE a.job_id = j.id AND a.failure_code = 'worker_lost' AND a.attempt_no >= (
                      SELECT max(attempt_no) FROM attempt WHERE job_id = j.id AND origin IN ('submitted', 'person'))) AS losses
    FROM job AS j LEFT JOIN worker AS w ON w.id = j.worker_id
    WHERE j.state = 'running' AND j.external_namespace IS NULL AND (w.id IS NULL OR w.stopped_at IS NOT NULL OR w.lease_until < now())
    LIMIT 100
    FOR UPDATE OF j SKIP LOCKED
) AS lost
WHERE job.id = lost.id AND job.state = 'running'
RETURNING job.id AS job_id, job.attempt_no, job.pipeline, job.worker_id, job.automatic_used, job.failure_code

-- name: unticketed
-- Queued jobs of our own, waiting a while and due, whose ticket is nowhere: the reconciler issues new ones.
SELECT j.id AS job_id, j.attempt_no, j.version, j.pipeline
FROM job AS j
WHERE j.state = 'queued' AND j.external_namespace IS NULL AND j.queued_at < now() - make_interval(secs => %(grace)s)
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

-- name: compact_counts
WITH folded AS (DELETE FROM job_count RETURNING pipeline, state, attention, n)
INSERT INTO job_count (pipeline, state, attention, n)
SELECT pipeline, state, attention, sum(n) FROM folded GROUP BY pipeline, state, attention HAVING sum(n) <> 0

-- name: compact_failures
-- Only what has several rows is folded. What is older than every window keeps no hour, and what merely happened is dropped.
WITH told AS (
    SELECT failure_code, pipeline, step, source_kind, what, hour, n, ctid AS place,
           CASE WHEN hour < now() - interval '40 days' THEN '-infinity' ELSE hour END AS kept_hour
    FROM failure_count
), several AS (
    SELECT failure_code, pipeline, step, source_kind, what, kept_hour, array_agg(place) AS places
    FROM told GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1 OR min(hour) <> kept_hour
), folded AS (
    DELETE FROM failure_count WHERE ctid = ANY(ARRAY(SELECT unnest(places) FROM several))
    RETURNING failure_code, pipeline, step, source_kind, what, hour, n
)
INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
SELECT failure_code, pipeline, step, source_kind, what, kept_hour, sum(n)
FROM (SELECT *, CASE WHEN hour < now() - interval '40 days' THEN '-infinity' ELSE hour END AS kept_hour FROM folded) AS f
WHERE NOT (what = 'happened' AND kept_hour = '-infinity')
GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0

-- name: count_rows
SELECT count(*) AS n FROM (SELECT FROM job_count LIMIT 200) AS sample

-- name: fold_batch_counts
-- What was counted since the last time, with what was folded then, becomes one row for each state of a batch.
WITH stale AS (
    SELECT DISTINCT batch_id FROM (SELECT batch_id FROM batch_count WHERE fresh LIMIT 50000) AS sample
), folded AS (
    DELETE FROM batch_count WHERE batch_id IN (SELECT batch_id FROM stale) RETURNING batch_id, state, n
)
INSERT INTO batch_count (batch_id, state, n, fresh)
SELECT batch_id, state, sum(n), false FROM folded GROUP BY batch_id, state HAVING sum(n) <> 0

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

-- name: drop_month
-- At most one month a turn: each is a transaction of its own.
SELECT month, jobs FROM drop_month(date_trunc('month', now(), 'UTC') - make_interval(months => %(kept)s))

-- name: forget_runs
-- What is known of other systems' runs goes with the month of their jobs: ids begin with the time.
WITH span AS (
    SELECT uuid_floor(to_date(%(month)s, 'YYYY_MM')::timestamp AT TIME ZONE 'UTC') AS first,
           uuid_floor((to_date(%(month)s, 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC') AS beyond
), forgotten AS (
    DELETE FROM rerun_call USING span WHERE job_id >= span.first AND job_id < span.beyond
)
DELETE FROM external_run USING span WHERE job_id >= span.first AND job_id < span.beyond
