-- What a superuser can do to the log where it lies; run with all triggers off, statement by statement.

-- name: edit_the_payload
UPDATE audit_event SET payload = replace(payload, 'story', 'lie') WHERE id = %(event)s

-- name: edit_the_payload_and_its_leaf
UPDATE audit_event SET payload = replace(payload, 'story', 'lie') WHERE id = %(event)s;
UPDATE audit_leaf AS l SET leaf_hash = sha256('\x00'::bytea || convert_to(e.payload, 'UTF8'))
FROM audit_event AS e WHERE e.id = l.event_id AND l.event_id = %(event)s

-- name: edit_a_leaf
UPDATE audit_leaf SET leaf_hash = sha256('x') WHERE event_id = %(event)s

-- name: edit_a_node
UPDATE audit_node SET hash = sha256('x') WHERE level = 2 AND index = 3

-- name: edit_a_derived_column
ALTER TABLE audit_event ALTER outcome DROP EXPRESSION;
UPDATE audit_event SET outcome = 'denied' WHERE id = %(event)s

-- name: edit_the_json_column
ALTER TABLE audit_event ALTER body DROP EXPRESSION;
UPDATE audit_event SET body = '{}' WHERE id = %(event)s

-- name: expire_without_a_record
UPDATE audit_event
SET payload = json_build_object('id', id, 'action', action, 'outcome', outcome, 'expired', true)::text
WHERE id = %(event)s

-- name: delete_the_event
DELETE FROM audit_event WHERE id = %(event)s

-- name: delete_the_leaf
DELETE FROM audit_leaf WHERE event_id = %(event)s

-- name: delete_both
DELETE FROM audit_leaf WHERE event_id = %(event)s;
DELETE FROM audit_event WHERE id = %(event)s

-- name: delete_both_and_close_the_gap
UPDATE audit_leaf SET index = index + 1000 WHERE index > (SELECT index FROM audit_leaf WHERE event_id = %(event)s);
DELETE FROM audit_leaf WHERE event_id = %(event)s;
DELETE FROM audit_event WHERE id = %(event)s;
UPDATE audit_leaf SET index = index - 1001 WHERE index >= 1000

-- name: delete_nodes
DELETE FROM audit_node WHERE level = 1 AND index = 3

-- name: delete_a_checkpoint
DELETE FROM audit_checkpoint WHERE number = 2

-- name: insert_behind_the_seal
INSERT INTO audit_event (id, xid, payload) SELECT gen_random_uuid(), xid, payload FROM audit_event WHERE id = %(event)s

-- name: insert_a_leaf
INSERT INTO audit_leaf SELECT max(index) + 1, gen_random_uuid(), sha256('x') FROM audit_leaf

-- name: swap_two_leaves
UPDATE audit_leaf SET index = 9999 WHERE index = 3;
UPDATE audit_leaf SET index = 3 WHERE index = 30;
UPDATE audit_leaf SET index = 30 WHERE index = 9999

-- name: swap_two_payloads
UPDATE audit_event AS e
SET payload = (SELECT o.payload FROM audit_event AS o JOIN audit_leaf AS m ON m.event_id = o.id WHERE m.index = 33 - l.index)
FROM audit_leaf AS l WHERE l.event_id = e.id AND l.index IN (3, 30)

-- name: truncate
DELETE FROM audit_checkpoint WHERE number > 3;
DELETE FROM audit_event WHERE id IN
    (SELECT event_id FROM audit_leaf WHERE index >= (SELECT size FROM audit_checkpoint WHERE number = 3));
DELETE FROM audit_leaf WHERE index >= (SELECT size FROM audit_checkpoint WHERE number = 3)

-- name: empty_the_log
DELETE FROM audit_checkpoint;
DELETE FROM audit_leaf;
DELETE FROM audit_node

-- name: forge_a_size
UPDATE audit_checkpoint SET note = replace(note, chr(10) || size || chr(10), chr(10) || size - 1 || chr(10)) WHERE number = 3

-- name: forge_signatures
UPDATE audit_checkpoint SET note = overlay(note placing 'AAAA' from 150)
