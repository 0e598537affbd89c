-- Reads of the audit log, newest first, by keyset.

-- name: list_events
SELECT id, recorded_at, body
FROM audit_event
WHERE true
  AND action = %(action)s                           --? action
  AND outcome = %(outcome)s                         --? outcome
  AND actor_id = %(actor_id)s                       --? actor_id
  AND target_id = %(target_id)s                     --? target_id
  AND (body ->> 'parent_id')::uuid = %(parent_id)s  --? parent_id
  AND id < %(before)s                               --? before
ORDER BY id DESC
LIMIT %(limit)s

-- name: count_children
-- For each parent at most `limit` children are looked at, by their index.
SELECT parent AS id, n
FROM unnest(%(ids)s::uuid[]) AS parent CROSS JOIN LATERAL (
    SELECT count(*) AS n
    FROM (SELECT FROM audit_event WHERE (body ->> 'parent_id')::uuid = parent LIMIT %(limit)s) AS sample
) AS counted
WHERE n > 0

-- name: get_event
SELECT id, recorded_at, body FROM audit_event WHERE id = %(id)s
