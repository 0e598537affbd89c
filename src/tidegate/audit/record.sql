-- name: insert_event
INSERT INTO audit_event (id, payload) VALUES (%(id)s, %(payload)s)
