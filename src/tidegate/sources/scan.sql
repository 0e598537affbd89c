-- Scans: opened when due or asked for, taken under a lease, worked off in pieces, and kept as the record of what was seen.

-- name: lock_due
-- What was missed is due once, however often: the next time is one interval from now.
SELECT id, actor, actor ->> 'name' AS requester_name, audit_event_id
FROM source
WHERE next_at <= now()
ORDER BY next_at
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED

-- name: postpone
UPDATE source SET next_at = now() + make_interval(secs => every_seconds) WHERE id = %(id)s

-- name: open_scan
-- A source that is still being scanned gets no second one.
INSERT INTO source_scan (id, source_id, scheduled, actor, requester_name, audit_event_id)
VALUES (%(id)s, %(source_id)s, %(scheduled)s, %(actor)s::jsonb, %(requester_name)s, %(audit_event_id)s)
ON CONFLICT (source_id) WHERE ended_at IS NULL DO NOTHING

-- name: take_scan
-- What is taken over is counted anew, from what was submitted on.
WITH free AS MATERIALIZED (
    SELECT id FROM source_scan
    WHERE ended_at IS NULL AND (lease_until IS NULL OR lease_until < now())
    ORDER BY id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE source_scan AS c
SET lease_until = now() + make_interval(secs => %(lease_seconds)s), tries = c.tries + 1,
    started_at = coalesce(c.started_at, now()), seen = c.submitted, unchanged = 0, skipped = 0
FROM free, source AS s
WHERE c.id = free.id AND s.id = c.source_id
RETURNING c.id, c.source_id, c.tries, c.actor, c.audit_event_id, s.name, s.address, s.endpoint, s.pipeline, s.pattern, s.recursive,
          s.credential, s.host_key

-- name: hold_scan
UPDATE source_scan AS c
SET lease_until = now() + make_interval(secs => %(lease_seconds)s)
FROM source AS s
WHERE c.id = %(id)s AND c.tries = %(tries)s AND c.ended_at IS NULL AND s.id = c.source_id
RETURNING c.batch_id, s.paused OR s.removed_at IS NOT NULL AS stopped

-- name: remember
INSERT INTO source_object (source_id, version_key, scan_id)
SELECT %(source_id)s, version_key, %(scan_id)s FROM unnest(%(keys)s::bytea[]) AS version_key
ON CONFLICT (source_id, version_key) DO NOTHING
RETURNING version_key

-- name: count_own
SELECT count(*) AS n FROM source_object
WHERE source_id = %(source_id)s AND version_key = ANY(%(keys)s::bytea[]) AND scan_id = %(scan_id)s

-- name: count_piece
-- The caller holds the scan.
UPDATE source_scan
SET seen = seen + %(submitted)s + %(unchanged)s + %(skipped)s, submitted = submitted + %(submitted)s,
    unchanged = unchanged + %(unchanged)s, skipped = skipped + %(skipped)s, batch_id = coalesce(batch_id, %(batch_id)s)
WHERE id = %(id)s

-- name: end_scan
UPDATE source_scan SET ended_at = now(), lease_until = NULL, code = %(code)s
WHERE id = %(id)s AND tries = %(tries)s AND ended_at IS NULL

-- name: list_scans
SELECT id, source_id, scheduled, requester_name, created_at, started_at, ended_at, seen, submitted, unchanged, skipped, code, batch_id,
       audit_event_id, lease_until > now() AS held
FROM source_scan
WHERE source_id = %(source_id)s
  AND id < %(before)s  --? before
ORDER BY id DESC
LIMIT %(limit)s

-- name: forget_scans
-- Scans that submitted something stay: they tell where a batch came from.
DELETE FROM source_scan
WHERE id IN (SELECT c.id FROM source AS s
             JOIN LATERAL (SELECT id FROM source_scan
                           WHERE source_id = s.id AND id < uuid_floor(now() - make_interval(days => %(days)s))
                             AND ended_at IS NOT NULL AND batch_id IS NULL
                           LIMIT %(limit)s) AS c ON true)

-- name: forget_objects
DELETE FROM source_object AS o
WHERE (o.source_id, o.version_key) IN (
    SELECT k.source_id, k.version_key FROM source AS s
    JOIN LATERAL (SELECT source_id, version_key FROM source_object WHERE source_id = s.id LIMIT %(limit)s) AS k ON true
    WHERE s.removed_at IS NOT NULL)
