-- What people are told of. What a statement looks at is bounded: a page of events, or what runs now.

-- name: take_turn
SELECT read_to::text::bigint AS read_to, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
       looked_at < clock_timestamp() - make_interval(secs => %(look_seconds)s) AS look
FROM telling
FOR UPDATE SKIP LOCKED

-- name: get_page
-- The last transaction of the page: all before it have ended, so that nothing is read over.
SELECT max(xid::text::bigint) AS upto
FROM (
    SELECT xid
    FROM job_event
    WHERE (after = 'failed' OR (after = 'succeeded' AND attempt_no > 1))
      AND xid > %(after)s::xid8 AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid
    LIMIT %(limit)s
) AS page

-- name: sum_up
-- A failure that the same transaction queued again (the catalogue's own retry) is no news, and nor is its success. A recovery
-- is told under the cause that a person retried. The step of a cause is the last that the failed attempt began.
WITH news AS MATERIALIZED (
    SELECT e.job_id, e.at, e.after, CASE
               WHEN e.after = 'failed' THEN e.attempt_no
               ELSE (SELECT max(a.retry_of) FROM attempt AS a
                     WHERE a.job_id = e.job_id AND a.origin = 'person' AND a.attempt_no <= e.attempt_no)
           END AS failed_no
    FROM job_event AS e
    WHERE (e.after = 'failed' OR (e.after = 'succeeded' AND e.attempt_no > 1))
      AND e.xid > %(after)s::xid8 AND e.xid <= %(upto)s::xid8
      AND e.at > now() - make_interval(hours => %(hours)s)
      AND NOT EXISTS (SELECT FROM job_event AS next WHERE next.job_id = e.job_id AND next.id > e.id AND next.xid = e.xid)
), causes AS (
    SELECT CASE WHEN news.after = 'failed' THEN 'failed' ELSE 'recovered' END AS event, f.failure_code AS reason, j.pipeline,
           coalesce((SELECT s.name FROM step AS s WHERE s.job_id = f.job_id AND s.attempt_no = f.attempt_no
                     ORDER BY s.step_no DESC LIMIT 1), '') AS step,
           j.source_kind::text AS source_kind, news.at
    FROM news
    JOIN attempt AS f ON f.job_id = news.job_id AND f.attempt_no = news.failed_no AND f.failure_code IS NOT NULL
    JOIN job AS j ON j.id = news.job_id
)
SELECT event, reason, pipeline, step, source_kind, count(*) AS n, min(at) AS first_at, max(at) AS last_at
FROM causes
GROUP BY event, reason, pipeline, step, source_kind

-- name: remember
UPDATE telling SET read_to = %(upto)s::xid8

-- name: looked
UPDATE telling SET looked_at = clock_timestamp()

-- name: look_for_idle_pipelines
-- Pipelines of our own that have jobs waiting and no living worker, by the maintained counters; the clock begins when it is first
-- seen.
WITH idle AS (
    SELECT c.pipeline, sum(c.n)::bigint AS n
    FROM job_count AS c
    WHERE c.state = 'queued'
      AND NOT EXISTS (SELECT FROM external_pipeline AS e WHERE e.name = c.pipeline)
      AND NOT EXISTS (SELECT FROM worker AS w
                      WHERE w.stopped_at IS NULL AND w.lease_until > now() AND c.pipeline = ANY (w.pipelines))
    GROUP BY c.pipeline
    HAVING sum(c.n) > 0
), gone AS (
    DELETE FROM stuck AS s WHERE s.reason = 'no_worker' AND s.pipeline NOT IN (SELECT pipeline FROM idle)
)
INSERT INTO stuck (reason, pipeline, step, n, since)
SELECT 'no_worker', pipeline, '', n, now() FROM idle
ON CONFLICT (reason, pipeline, step) DO UPDATE SET n = excluded.n

-- name: look_for_still_jobs
-- Running jobs whose last sign of progress is old; no more run than the workers have places for.
WITH still AS (
    SELECT j.pipeline, coalesce(j.step_name, '') AS step, count(*) AS n, min(j.progress_at) AS since
    FROM (SELECT pipeline, step_name, progress_at FROM job
          WHERE state = 'running' AND progress_at < now() - make_interval(secs => %(seconds)s)
          LIMIT 10000) AS j
    GROUP BY 1, 2
), gone AS (
    DELETE FROM stuck AS s WHERE s.reason = 'no_progress' AND (s.pipeline, s.step) NOT IN (SELECT pipeline, step FROM still)
)
INSERT INTO stuck (reason, pipeline, step, n, since)
SELECT 'no_progress', pipeline, step, n, since FROM still
ON CONFLICT (reason, pipeline, step) DO UPDATE SET n = excluded.n

-- name: take_stuck
UPDATE stuck SET told_at = now()
WHERE told_at IS NULL AND since <= now() - make_interval(secs => %(seconds)s)
RETURNING 'stuck' AS event, reason, pipeline, step, '' AS source_kind, n, since AS first_at, now() AS last_at
