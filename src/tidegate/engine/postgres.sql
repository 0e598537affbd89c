-- Tickets. Whatever is here may be rebuilt from the ledger by the reconciler.

-- name: issue
INSERT INTO queue.pgqueuer (priority, execute_after, entrypoint, payload, dedupe_key, status)
SELECT t.priority, now() + make_interval(secs => t.delay), t.pipeline, t.payload, t.key, 'queued'
FROM unnest(%(priorities)s::int[], %(delays)s::float8[], %(pipelines)s::text[], %(payloads)s::bytea[], %(keys)s::text[])
     WITH ORDINALITY AS t (priority, delay, pipeline, payload, key, place)
ORDER BY t.place
ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING

-- name: due_in
SELECT extract(epoch FROM min(first.execute_after) - now())::float8 AS seconds
FROM unnest(%(pipelines)s::text[]) AS p (pipeline)
CROSS JOIN LATERAL (
    SELECT q.execute_after FROM queue.pgqueuer AS q
    WHERE q.entrypoint = p.pipeline AND q.status = 'queued'
    ORDER BY q.execute_after
    LIMIT 1
) AS first

-- name: free_silent
-- Workers of versions before 0028 kept a ticket, marked as picked, until its attempt had ended, and said every few seconds that
-- they were there.
UPDATE queue.pgqueuer SET status = 'queued', queue_manager_id = NULL
WHERE status = 'picked' AND heartbeat < now() - interval '30 seconds'
