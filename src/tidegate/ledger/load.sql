-- How much each pipeline has to do.

-- name: count_by_pipeline
-- Exact, from the maintained counters.
SELECT pipeline, state, sum(n)::bigint AS n
FROM job_count
GROUP BY pipeline, state
HAVING sum(n) > 0
