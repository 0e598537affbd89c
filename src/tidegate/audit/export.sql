-- The whole log in pages, read in one snapshot.

-- name: list_sealed
SELECT l.index, l.event_id::text AS id, l.leaf_hash AS leaf, coalesce(e.xid::text, '0') AS xid, e.recorded_at, e.payload,
       e.action, e.outcome, e.actor_id::text AS actor_id, e.target_id::text AS target_id, e.body::text AS body, e.id IS NOT NULL AS is_there
FROM audit_leaf AS l LEFT JOIN audit_event AS e ON e.id = l.event_id
WHERE l.index >= %(first)s
ORDER BY l.index
LIMIT %(limit)s

-- name: list_checkpoints
SELECT number, size, horizon::text AS horizon, note
FROM audit_checkpoint
WHERE number > %(after)s
ORDER BY number
LIMIT %(limit)s

-- name: list_unsealed
-- Every event without a leaf, wherever it stands: also one that was slipped in behind the seal.
SELECT e.id::text AS id, e.xid::text AS xid, e.recorded_at, e.payload
FROM audit_event AS e
WHERE NOT EXISTS (SELECT FROM audit_leaf AS l WHERE l.event_id = e.id)
  AND e.id > %(after)s
ORDER BY e.id
LIMIT %(limit)s

-- name: list_keys
SELECT DISTINCT key FROM audit_checkpoint ORDER BY key LIMIT 100

-- name: get_now
SELECT clock_timestamp() AS now

-- name: begin_snapshot
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
