-- name: insert_event
INSERT INTO audit_event (id, payload) VALUES (%(id)s, %(payload)s)

-- name: insert_events
INSERT INTO audit_event (id, payload) SELECT id, payload FROM unnest(%(ids)b::uuid[], %(payloads)b::text[]) AS event (id, payload)
