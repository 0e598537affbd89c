-- The pulse: sums of maintained counters, and index look-ups for what waits and runs. Nothing here grows with the jobs.

-- name: count_by_bar
-- The numbers of each bar by pipeline and state, classes side by side. A slot belongs to the bar that it begins in.
SELECT bar, pipeline, state, array_agg(class) AS classes, array_agg(n) AS numbers
FROM (
    SELECT width_bucket(slot, %(starts)s::timestamptz[]) AS bar, pipeline, state, class, sum(n)::bigint AS n
    FROM (
        SELECT slot, pipeline, state, class, n FROM pulse WHERE minutes = %(minutes)s
        UNION ALL
        SELECT date_bin(make_interval(mins => %(minutes)s), slot, 'epoch'), pipeline, state, class, n FROM pulse_delta
    ) AS counted
    WHERE slot >= %(since)s
    GROUP BY 1, 2, 3, 4
) AS classed
GROUP BY bar, pipeline, state

-- name: list_waiting
-- How many wait in each pipeline, from the counters, and the one that is due the longest, or next.
SELECT waiting.pipeline, waiting.n, first.id AS job_id, first.name, first.since
FROM (
    SELECT pipeline, sum(n)::bigint AS n FROM job_count WHERE state = 'queued' GROUP BY pipeline HAVING sum(n) > 0
) AS waiting LEFT JOIN LATERAL (
    SELECT id, name, greatest(queued_at, run_after) AS since FROM job
    WHERE state = 'queued' AND pipeline = waiting.pipeline
    ORDER BY greatest(queued_at, run_after)
    LIMIT 1
) AS first ON true
ORDER BY waiting.pipeline

-- name: list_doing
-- What these workers run: bounded by their number and what each runs at once.
SELECT worker_id, id AS job_id, name, pipeline, attempt_no, started_at, step_no, step_total, step_name,
       progress_done, progress_total, progress_unit
FROM job
WHERE state = 'running' AND worker_id = ANY(%(workers)s)
ORDER BY started_at, id

-- name: fold
-- Move what transactions have added into slots of five and of thirty minutes; the caller is the only one who does.
WITH moved AS (DELETE FROM pulse_delta RETURNING slot, pipeline, state, class, n)
INSERT INTO pulse (minutes, slot, pipeline, state, class, n)
SELECT minutes, date_bin(make_interval(mins => minutes), slot, 'epoch'), pipeline, state, class, sum(n)::bigint
FROM moved CROSS JOIN unnest(%(minutes)s::int[]) AS minutes
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT ON CONSTRAINT pulse_key DO UPDATE SET n = pulse.n + excluded.n

-- name: drop_old
-- The short slots serve the last hour alone.
DELETE FROM pulse
WHERE (minutes = 5 AND slot < now() - interval '2 hours') OR (minutes = 30 AND slot < now() - interval '35 days')
