-- Reads of the audit log, newest first, by keyset.

-- name: list_events
SELECT id, recorded_at, body
FROM audit_event
WHERE true
  AND action = %(action)s        --? action
  AND outcome = %(outcome)s      --? outcome
  AND actor_id = %(actor_id)s    --? actor_id
  AND target_id = %(target_id)s  --? target_id
  AND id < %(before)s            --? before
ORDER BY id DESC
LIMIT %(limit)s

-- name: get_event
SELECT id, recorded_at, body FROM audit_event WHERE id = %(id)s
