-- What live workers on a starved machine did, and who took them for dead.

-- name: look
-- How much waits, and how long the most silent of the live workers has said nothing.
SELECT (SELECT count(*) FROM job WHERE state IN ('queued', 'running')) AS waiting,
       coalesce((SELECT extract(epoch FROM max(clock_timestamp() - seen_at)) FROM worker WHERE stopped_at IS NULL), 0)::float8
           AS silence

-- name: sum_up_starved
-- Attempts that ended, those that succeeded, and those that were closed because their worker seemed dead.
SELECT count(*) FILTER (WHERE state IN ('succeeded', 'failed', 'cancelled')) AS ended,
       count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE failure_code = 'worker_lost') AS lost,
       (SELECT count(*) FROM worker) AS incarnations
FROM attempt
