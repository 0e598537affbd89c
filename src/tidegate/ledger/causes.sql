-- Failures by cause, from the maintained counters alone: no job is read.

-- name: list_causes
-- What stands now of the failures since `since`, and how often each cause happened; causes are few.
SELECT failure_code, pipeline, step, source_kind,
       coalesce(sum(n) FILTER (WHERE what = 'unresolved'), 0)::bigint AS unresolved,
       coalesce(sum(n) FILTER (WHERE what = 'acknowledged'), 0)::bigint AS acknowledged,
       coalesce(sum(n) FILTER (WHERE what = 'happened'), 0)::bigint AS happened,
       max(hour) FILTER (WHERE what = 'happened') AS last_hour
FROM failure_count
WHERE true
  AND hour >= %(since)s          --? since
  AND pipeline = %(pipeline)s    --? pipeline
GROUP BY failure_code, pipeline, step, source_kind
HAVING coalesce(sum(n) FILTER (WHERE what <> 'happened'), 0) > 0 OR coalesce(sum(n) FILTER (WHERE what = 'happened'), 0) > 0
ORDER BY unresolved DESC, happened DESC, failure_code, pipeline, step, source_kind
LIMIT %(limit)s

-- name: list_happened
-- How often each cause happened in each hour.
SELECT failure_code, pipeline, step, source_kind, hour, sum(n)::bigint AS n
FROM failure_count
WHERE what = 'happened' AND hour >= %(since)s
  AND pipeline = %(pipeline)s    --? pipeline
GROUP BY failure_code, pipeline, step, source_kind, hour
