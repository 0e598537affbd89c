-- Acknowledging failures, one or many, and taking it back. Only failed jobs are touched; the caller has recorded why.

-- name: acknowledge
-- Many as well as one: each job with the event about it.
UPDATE job
SET acknowledged_at = now(), acknowledged_by = %(acknowledged_by)s, acknowledged_reason = %(reason)s,
    audit_event_id = said.event, version = job.version + 1
FROM unnest(%(ids)b::uuid[], %(events)b::uuid[]) AS said (id, event)
WHERE job.id = said.id AND job.state = 'failed' AND job.acknowledged_at IS NULL

-- name: unacknowledge
UPDATE job
SET acknowledged_at = NULL, acknowledged_by = NULL, acknowledged_reason = NULL, audit_event_id = %(audit_event_id)s,
    version = version + 1
WHERE id = %(id)s AND state = 'failed' AND acknowledged_at IS NOT NULL

-- name: count_unresolved
-- At most `limit` rows are looked at.
SELECT now() AS as_of, count(*) AS n
FROM (
    SELECT FROM job
    WHERE attention = 'unresolved'
  --< narrowed
    LIMIT %(limit)s
) AS sample

-- name: lock_unresolved
-- Locked in the order of their ids, as retries lock theirs, so that no two wait for each other.
SELECT id, attempt_no, failure_code
FROM job
WHERE attention = 'unresolved'
  --< narrowed
ORDER BY id
LIMIT %(limit)s
FOR UPDATE
