-- Batches, newest first, each with how its jobs stand by maintained counters.

-- name: list_batches
SELECT id, label, pipeline, submitted_by, submitter_name, created_at, job_total, audit_event_id
FROM batch
WHERE true
  AND id < %(before)s  --? before
ORDER BY id DESC
LIMIT %(limit)s

-- name: count_states
SELECT batch_id, state, sum(n)::bigint AS n
FROM batch_count
WHERE batch_id = ANY(%(ids)s)
GROUP BY batch_id, state
HAVING sum(n) <> 0
