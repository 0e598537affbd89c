-- Sources: few, made by administrators. A removed one stays for its scans.

-- name: list_sources
SELECT s.id, s.name, s.address, s.endpoint, s.pipeline, s.pattern, s.recursive, s.credential, s.host_key, s.every_seconds,
       s.paused, s.next_at, s.created_at, to_jsonb(c) AS last
FROM source AS s
LEFT JOIN LATERAL (SELECT id, source_id, scheduled, requester_name, created_at, started_at, ended_at, seen, submitted, unchanged,
                          skipped, code, batch_id, audit_event_id, lease_until > now() AS held
                   FROM source_scan WHERE source_id = s.id ORDER BY id DESC LIMIT 1) AS c ON true
WHERE s.removed_at IS NULL
  AND s.id = %(id)s  --? id
ORDER BY s.name, s.id
LIMIT %(limit)s

-- name: lock_source
SELECT id, name, address, endpoint, pipeline, pattern, recursive, credential, host_key, every_seconds, paused, next_at, created_at
FROM source
WHERE id = %(id)s AND removed_at IS NULL
FOR UPDATE

-- name: is_name_taken
SELECT EXISTS (SELECT FROM source WHERE name = %(name)s AND removed_at IS NULL AND id <> %(id)s) AS taken

-- name: insert_source
INSERT INTO source (id, name, address, endpoint, pipeline, pattern, recursive, credential, host_key, every_seconds, paused, actor,
                    next_at, audit_event_id)
VALUES (%(id)s, %(name)s, %(address)s, %(endpoint)s, %(pipeline)s, %(pattern)s, %(recursive)s, %(credential)s, %(host_key)s,
        %(every_seconds)s, %(paused)s, %(actor)s::jsonb,
        CASE WHEN %(every_seconds)s::integer IS NOT NULL AND NOT %(paused)s THEN now() END, %(audit_event_id)s)

-- name: update_source
-- With another interval, or after a pause, the next scan is due one interval from now; else it stays.
UPDATE source
SET name = %(name)s, address = %(address)s, endpoint = %(endpoint)s, pipeline = %(pipeline)s, pattern = %(pattern)s,
    recursive = %(recursive)s, credential = %(credential)s, host_key = %(host_key)s,
    every_seconds = %(every_seconds)s, paused = %(paused)s, actor = %(actor)s::jsonb, audit_event_id = %(audit_event_id)s,
    next_at = CASE WHEN %(every_seconds)s::integer IS NULL OR %(paused)s THEN NULL
                   WHEN every_seconds = %(every_seconds)s::integer AND next_at IS NOT NULL THEN next_at
                   ELSE now() + make_interval(secs => %(every_seconds)s::integer) END
WHERE id = %(id)s

-- name: set_paused
-- Resumed, a source is due at once: what happened meanwhile is what people wait for.
UPDATE source
SET paused = %(paused)s, actor = %(actor)s::jsonb, audit_event_id = %(audit_event_id)s,
    next_at = CASE WHEN every_seconds IS NOT NULL AND NOT %(paused)s THEN now() END
WHERE id = %(id)s

-- name: remove_source
UPDATE source SET removed_at = now(), next_at = NULL, audit_event_id = %(audit_event_id)s WHERE id = %(id)s

-- name: get_reach
SELECT address, endpoint, credential, host_key FROM source WHERE id = %(id)s AND removed_at IS NULL

-- name: source_of_batch
SELECT s.id, s.name, s.removed_at IS NOT NULL AS removed
FROM source_scan AS c JOIN source AS s ON s.id = c.source_id
WHERE c.batch_id = %(batch_id)s
