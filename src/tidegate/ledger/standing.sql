-- Why a job stands where it stands. What a statement looks at is bounded, however long the queue is.

-- name: crew
-- Who serves a pipeline. Workers are few, and forgotten a week after their end.
SELECT now() AS as_of,
       count(*) FILTER (WHERE alive AND serves) AS workers,
       coalesce(sum(concurrency) FILTER (WHERE alive AND serves), 0)::int AS at_once,
       count(*) FILTER (WHERE alive AND NOT serves) AS elsewhere,
       max(seen_at) FILTER (WHERE serves) AS last_seen_at
FROM (
    SELECT concurrency, seen_at, stopped_at IS NULL AND lease_until > now() AS alive, %(pipeline)s = ANY(pipelines) AS serves
    FROM worker
) AS known

-- name: holder
SELECT host, pid, seen_at, lease_until, stopped_at FROM worker WHERE id = %(worker_id)s

-- name: queue_head
-- The engine's own order: due tickets, urgent ones before others, then by number. The first `limit` tickets are looked at, each
-- with its job by primary key: the ticket of a job that was cancelled is still there, but nobody waits for it.
WITH head AS MATERIALIZED (
    SELECT -priority AS turn, id, execute_after < now() AS due, dedupe_key
    FROM queue.pgqueuer
    WHERE entrypoint = %(pipeline)s AND status = 'queued'
    ORDER BY priority DESC, id
    LIMIT %(limit)s
), waiting AS MATERIALIZED (
    SELECT head.turn, head.id, (
        SELECT j.queued_at
        FROM job AS j
        WHERE j.id = split_part(head.dedupe_key, '/', 1)::uuid AND j.state = 'queued'
          AND head.dedupe_key = j.id || '/' || j.attempt_no || '/' || j.version
    ) AS queued_at
    FROM head
    WHERE head.due
), own AS MATERIALIZED (
    SELECT -priority AS turn, id FROM queue.pgqueuer WHERE dedupe_key = %(ticket)s AND status IN ('queued', 'picked')
)
SELECT count(queued_at) AS waiting,
       count(queued_at) FILTER (WHERE (turn, id) < (SELECT turn, id FROM own)) AS ahead,
       min(queued_at) AS oldest_queued_at,
       EXISTS (SELECT FROM own) AS has_ticket,
       (SELECT count(*) = %(limit)s FROM head) AS more,
       EXISTS (SELECT FROM head) AND EXISTS (
           SELECT FROM own WHERE NOT EXISTS (SELECT FROM head WHERE (head.turn, head.id) >= (own.turn, own.id))
       ) AS behind_head
FROM waiting
