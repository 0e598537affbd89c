-- The seal of the audit log: an RFC 6962 Merkle tree over the stored payloads and the signed checkpoints of its growth.
-- Only the sealer's role writes here. The application reads: it can neither jam the tree nor slip a leaf into it.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidegate_sealer') THEN
        CREATE ROLE tidegate_sealer NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of this cluster made it in the same moment: roles are shared
END $$;

DO $$
BEGIN
    GRANT tidegate_sealer TO CURRENT_USER;  -- so that one connection address can serve all roles (SET ROLE)
EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN
    NULL;  -- the sealer then needs an address of its own
END $$;

-- A leaf's place in the tree, given once. `event_id` is no foreign key: a missing event is for the verification to tell,
-- and the key's check would lock and rewrite each event's row.
CREATE TABLE audit_leaf (
    index     bigint PRIMARY KEY,
    event_id  uuid NOT NULL UNIQUE,
    leaf_hash bytea NOT NULL,
    CONSTRAINT leaf_hash_is_sha256 CHECK (octet_length(leaf_hash) = 32),
    CONSTRAINT leaf_index_counts   CHECK (index >= 0)
);

-- The hash of each perfect subtree above the leaves; it never changes once its leaves are there.
CREATE TABLE audit_node (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash  bytea NOT NULL,
    PRIMARY KEY (level, index),
    CONSTRAINT node_hash_is_sha256 CHECK (octet_length(hash) = 32),
    CONSTRAINT node_is_above       CHECK (level BETWEEN 1 AND 62 AND index >= 0)
);

-- `note` is the signed checkpoint, `key` the public key of its signer. Events of transactions before `horizon` have leaves.
CREATE TABLE audit_checkpoint (
    number  bigint PRIMARY KEY,
    size    bigint NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    horizon xid8 NOT NULL,
    key     text NOT NULL,
    note    text NOT NULL,
    CONSTRAINT checkpoint_counts CHECK (number >= 1 AND size >= 0)
);
CREATE INDEX audit_checkpoint_by_size ON audit_checkpoint (size, number);

-- The order of sealing.
CREATE INDEX audit_event_by_xid ON audit_event (xid, id);

-- Writers give the id and the payload; the transaction and the time are the database's to say.
REVOKE INSERT ON audit_event FROM tidegate_app;
GRANT INSERT (id, payload) ON audit_event TO tidegate_app;

GRANT USAGE ON SCHEMA public TO tidegate_sealer;
GRANT SELECT (id, xid, recorded_at, payload) ON audit_event TO tidegate_sealer;
GRANT SELECT, INSERT ON audit_leaf, audit_node, audit_checkpoint TO tidegate_sealer;
GRANT SELECT ON audit_leaf, audit_node, audit_checkpoint TO tidegate_app;

-- Append-only, for the owner too. The one exception is the expiry below, within its own transaction.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_event' AND current_setting('tidegate.expiring', true) = 'yes' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_leaf_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_node_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Retention: put a stub in the place of each payload up to a leaf. What was done and whether it was allowed stays, who did
-- it, to what and why goes; the leaf's hash stays in the tree. Refused without the sealed-to-be event that records it.
-- Not for the application: nobody but the owner may execute it.
CREATE FUNCTION expire_audit_payloads(first_index bigint, last_index bigint, event uuid) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    expired bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM audit_event
                   WHERE id = event AND xid = pg_current_xact_id() AND action = 'audit.expire' AND outcome = 'allowed'
                     AND (body #>> '{after,last_index}')::bigint = last_index) THEN
        RAISE EXCEPTION 'an expiry without its audit event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM set_config('tidegate.expiring', 'yes', true);
    UPDATE audit_event AS e
    SET payload = jsonb_build_object(
        'id', e.id, 'time', e.body -> 'time', 'action', e.action, 'outcome', e.outcome, 'expired', true,
        'actor', jsonb_build_object('kind', 'expired', 'id', NULL, 'name', 'expired', 'role', NULL, 'credential_id', NULL),
        'target', jsonb_build_object('kind', e.body #> '{target,kind}', 'id', NULL),
        'reason', NULL, 'request_id', NULL, 'parent_id', NULL, 'before', NULL, 'after', NULL)::text
    FROM audit_leaf AS l
    WHERE l.event_id = e.id AND l.index BETWEEN first_index AND expire_audit_payloads.last_index
      AND e.action <> 'audit.expire' AND e.body -> 'expired' IS NULL;
    GET DIAGNOSTICS expired = ROW_COUNT;
    PERFORM set_config('tidegate.expiring', '', true);
    RETURN expired;
END $$;
REVOKE ALL ON FUNCTION expire_audit_payloads(bigint, bigint, uuid) FROM PUBLIC;
