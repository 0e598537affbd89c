-- Sources: places that are looked through on a schedule. What is new there, or has changed, becomes jobs.

-- An object of a store elsewhere. Its job's `source_root` is the id of the source, which tells the worker how to reach it.
ALTER TYPE source_kind ADD VALUE 'remote';

-- `credential` is a reference (env:NAME, file:/path), never the secret itself. Scans by schedule act for whoever decided on the
-- source last (`actor`), as they stand then. `next_at` is when the next one is due; NULL: only when somebody asks.
CREATE TABLE source (
    id             uuid PRIMARY KEY,
    name           text NOT NULL,
    address        text NOT NULL,
    endpoint       text NOT NULL,
    pipeline       text NOT NULL,
    pattern        text NOT NULL,
    recursive      boolean NOT NULL,
    credential     text NOT NULL,
    every_seconds  integer,
    paused         boolean NOT NULL,
    actor          jsonb NOT NULL,
    next_at        timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    removed_at     timestamptz,
    audit_event_id uuid NOT NULL REFERENCES audit_event,
    CONSTRAINT source_credential_is_a_reference CHECK (credential = '' OR credential LIKE 'env:%' OR credential LIKE 'file:/%'),
    CONSTRAINT source_interval_is_one CHECK (every_seconds > 0),
    CONSTRAINT source_due_has_an_interval CHECK (next_at IS NULL OR (every_seconds IS NOT NULL AND NOT paused AND removed_at IS NULL))
);
CREATE UNIQUE INDEX source_name ON source (name) WHERE removed_at IS NULL;

-- One look at all that a source has. Whoever works on it holds it by a lease, and `tries` is the fence: it counts who took it.
-- `code` tells why it ended early: a code of the catalogue, or that it was stopped or its actor lost the right.
CREATE TABLE source_scan (
    id             uuid PRIMARY KEY,
    source_id      uuid NOT NULL REFERENCES source,
    scheduled      boolean NOT NULL,
    actor          jsonb NOT NULL,
    requester_name text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz,
    lease_until    timestamptz,
    tries          integer NOT NULL DEFAULT 0,
    ended_at       timestamptz,
    seen           bigint NOT NULL DEFAULT 0,
    submitted      bigint NOT NULL DEFAULT 0,
    unchanged      bigint NOT NULL DEFAULT 0,
    skipped        bigint NOT NULL DEFAULT 0,
    code           text,
    batch_id       uuid,
    audit_event_id uuid NOT NULL REFERENCES audit_event,
    CONSTRAINT scan_adds_up CHECK (seen = submitted + unchanged + skipped),
    CONSTRAINT scan_ended_is_free CHECK (ended_at IS NULL OR (lease_until IS NULL AND started_at IS NOT NULL)),
    CONSTRAINT scan_code_at_its_end CHECK (code IS NULL OR ended_at IS NOT NULL),
    CONSTRAINT scan_submitted_has_a_batch CHECK ((submitted > 0) = (batch_id IS NOT NULL))
);
CREATE UNIQUE INDEX source_scan_open ON source_scan (source_id) WHERE ended_at IS NULL;
CREATE INDEX source_scan_by_age ON source_scan (id) WHERE ended_at IS NULL;
CREATE INDEX source_scan_by_source ON source_scan (source_id, id DESC);
CREATE UNIQUE INDEX source_scan_by_batch ON source_scan (batch_id) WHERE batch_id IS NOT NULL;

-- Every version of an object that was ever submitted, by the SHA-256 of its address and version: so none is submitted twice.
CREATE TABLE source_object (
    source_id   uuid NOT NULL,
    version_key bytea NOT NULL,
    scan_id     uuid NOT NULL,
    PRIMARY KEY (source_id, version_key),
    CONSTRAINT version_key_is_sha256 CHECK (octet_length(version_key) = 32)
);

-- At commit: a source is made, changed and removed by a person, on record. That its next scan moves on is none of their acts.
CREATE FUNCTION require_source_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN
        RAISE EXCEPTION 'a source without its audit event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER source_made_is_audited AFTER INSERT ON source DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_source_audit();
CREATE CONSTRAINT TRIGGER source_changed_is_audited AFTER UPDATE ON source DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    WHEN ((to_jsonb(OLD.*) - 'next_at') IS DISTINCT FROM (to_jsonb(NEW.*) - 'next_at'))
    EXECUTE FUNCTION require_source_audit();

GRANT SELECT, INSERT, UPDATE ON source TO tidegate_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON source_scan TO tidegate_app;
GRANT SELECT, INSERT, DELETE ON source_object TO tidegate_app;
