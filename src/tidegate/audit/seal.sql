-- Sealing: events that are final get their place in the tree. The look-ups by scalar subquery are index probes under any plan.

-- name: take_turn
-- Until the transaction's end; not a session's lock, so that it holds through a transaction-pooling proxy.
SELECT pg_try_advisory_xact_lock(7432003) AS mine

-- name: get_head
SELECT number, size, horizon::text AS horizon, note, extract(epoch FROM clock_timestamp() - made_at)::float8 AS age
FROM audit_checkpoint
ORDER BY number DESC
LIMIT 1

-- name: get_horizon
-- Transactions before it have ended; what they wrote, a later statement sees.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon

-- name: list_unsealed
SELECT e.id, e.xid::text AS xid, e.payload
FROM audit_event AS e
WHERE e.xid >= %(after)s::xid8 AND e.xid < %(horizon)s::xid8
  AND (SELECT l.index FROM audit_leaf AS l WHERE l.event_id = e.id) IS NULL
ORDER BY e.xid, e.id
LIMIT %(limit)s

-- name: insert_leaves
INSERT INTO audit_leaf (index, event_id, leaf_hash)
SELECT * FROM unnest(%(indexes)s::bigint[], %(event_ids)s::uuid[], %(hashes)s::bytea[])

-- name: insert_nodes
INSERT INTO audit_node (level, index, hash)
SELECT * FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[], %(hashes)s::bytea[])

-- name: insert_checkpoint
INSERT INTO audit_checkpoint (number, size, horizon, key, note)
VALUES (%(number)s, %(size)s, %(horizon)s::xid8, %(key)s, %(note)s)

-- name: get_nodes
SELECT w.level, w.index,
       CASE WHEN w.level = 0 THEN (SELECT l.leaf_hash FROM audit_leaf AS l WHERE l.index = w.index)
            ELSE (SELECT n.hash FROM audit_node AS n WHERE n.level = w.level AND n.index = w.index) END AS hash
FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) AS w (level, index)

-- name: get_place
SELECT l.index, e.payload, e.body -> 'expired' IS NOT NULL AS is_expired
FROM audit_leaf AS l JOIN audit_event AS e ON e.id = l.event_id
WHERE l.event_id = %(event_id)s

-- name: get_covering
SELECT note, key, size FROM audit_checkpoint WHERE size > %(index)s ORDER BY size, number LIMIT 1

-- name: get_oldest_unsealed
-- The first hundred thousand at most are counted; more is an outage, not a lag.
SELECT count(*) AS n, extract(epoch FROM clock_timestamp() - min(recorded_at))::float8 AS seconds
FROM (
    SELECT e.recorded_at
    FROM audit_event AS e
    WHERE e.xid >= %(after)s::xid8 AND (SELECT l.index FROM audit_leaf AS l WHERE l.event_id = e.id) IS NULL
    ORDER BY e.xid, e.id
    LIMIT 100000
) AS tail
