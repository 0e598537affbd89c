-- name: get_expirable
-- The last leaf whose event is old enough, among those whose content is still there; sealing order is close to the order of time.
SELECT min(l.index) AS first, max(l.index) AS last
FROM audit_event AS e JOIN audit_leaf AS l ON l.event_id = e.id
WHERE e.id < %(before)s AND e.body -> 'expired' IS NULL AND e.action <> 'audit.expire'

-- name: expire
SELECT expire_audit_payloads(%(first)s, %(last)s, %(event)s) AS expired
