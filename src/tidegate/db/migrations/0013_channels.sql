-- Telling people: channels that messages go out by, and the messages with every try to deliver them.

-- Which transaction wrote an event, so that a reader knows what is final (commits land out of order). Events from before
-- have none: nobody wants to be told of them.
ALTER TABLE job_event ADD COLUMN xid xid8;
ALTER TABLE job_event ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX job_event_to_tell ON job_event (xid) WHERE after = 'failed' OR (after = 'succeeded' AND attempt_no > 1);

-- Where people are told. `secret` is a reference (env:NAME, file:/path), never the secret itself.
CREATE TABLE channel (
    id             uuid PRIMARY KEY,
    name           text NOT NULL,
    kind           text NOT NULL,
    target         text NOT NULL,
    secret         text NOT NULL,
    events         text[] NOT NULL,
    language       text NOT NULL,
    quiet_from     time,
    quiet_to       time,
    zone           text NOT NULL,
    window_seconds integer NOT NULL,
    paused         boolean NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    removed_at     timestamptz,
    audit_event_id uuid NOT NULL REFERENCES audit_event,
    CONSTRAINT channel_kind_known  CHECK (kind IN ('webhook', 'slack', 'email')),
    CONSTRAINT channel_tells       CHECK (cardinality(events) > 0 AND events <@ ARRAY['failed', 'recovered', 'stuck']),
    CONSTRAINT channel_quiet_whole CHECK (num_nulls(quiet_from, quiet_to) IN (0, 2) AND (quiet_from IS NULL OR quiet_from <> quiet_to)),
    CONSTRAINT channel_secret_is_a_reference CHECK (secret = '' OR secret LIKE 'env:%' OR secret LIKE 'file:/%'),
    CONSTRAINT channel_window_is_one CHECK (window_seconds > 0)
);

-- One message to one channel; its id is the receiver's key against doubles. It gathers what has the same cause until it is
-- `due_at`; `closed_at` is when the first try began: from then on a new one gathers.
CREATE TABLE delivery (
    id          uuid PRIMARY KEY,
    channel_id  uuid NOT NULL REFERENCES channel,
    event       text NOT NULL,
    reason      text NOT NULL,
    pipeline    text NOT NULL,
    step        text NOT NULL,
    source_kind text NOT NULL,
    n           bigint NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    closed_at   timestamptz,
    lease_until timestamptz,
    tries       integer NOT NULL DEFAULT 0,
    outcome     text,
    status      integer,
    done_at     timestamptz,
    CONSTRAINT delivery_event_known   CHECK (event IN ('failed', 'recovered', 'stuck', 'test')),
    CONSTRAINT delivery_outcome_known CHECK (
        outcome IN ('delivered', 'refused', 'unreachable', 'blocked_address', 'secret_unavailable', 'dropped')),
    CONSTRAINT delivery_done_has_outcome CHECK (done_at IS NULL OR outcome IS NOT NULL),
    CONSTRAINT delivery_is_of_some    CHECK (n > 0 AND tries >= 0)
);
CREATE UNIQUE INDEX delivery_gathering ON delivery (channel_id, event, reason, pipeline, step, source_kind) WHERE closed_at IS NULL;
CREATE INDEX delivery_to_send ON delivery (due_at) WHERE done_at IS NULL;
CREATE INDEX delivery_by_channel ON delivery (channel_id, id DESC);
CREATE INDEX delivery_by_end ON delivery (done_at) WHERE done_at IS NOT NULL;

-- Every try that came to an end. Of an answer its status alone is kept.
CREATE TABLE delivery_try (
    delivery_id  uuid NOT NULL REFERENCES delivery ON DELETE CASCADE,
    no           integer NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome      text NOT NULL,
    status       integer,
    milliseconds integer NOT NULL,
    PRIMARY KEY (delivery_id, no)
);

-- What stands still, from when it was first seen so; told once, gone when it moves.
CREATE TABLE stuck (
    reason   text NOT NULL,
    pipeline text NOT NULL,
    step     text NOT NULL,
    n        bigint NOT NULL,
    since    timestamptz NOT NULL,
    told_at  timestamptz,
    PRIMARY KEY (reason, pipeline, step)
);

-- How far job_event is read, in one row: whoever holds it tells. Everything up to `read_to` became messages.
CREATE TABLE telling (
    single    boolean PRIMARY KEY DEFAULT true,
    read_to   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    looked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT telling_is_one_row CHECK (single)
);
INSERT INTO telling DEFAULT VALUES;

-- Whether a moment lies within quiet hours of a zone; they may go over midnight, and begin is in, end is out.
CREATE FUNCTION is_quiet(moment timestamptz, quiet_from time, quiet_to time, zone text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(CASE WHEN quiet_from < quiet_to
        THEN (moment AT TIME ZONE zone)::time >= quiet_from AND (moment AT TIME ZONE zone)::time < quiet_to
        ELSE (moment AT TIME ZONE zone)::time >= quiet_from OR (moment AT TIME ZONE zone)::time < quiet_to END, false)
$$;

-- At commit: a channel is made, changed and removed by a person, on record.
CREATE FUNCTION require_channel_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN
        RAISE EXCEPTION 'a channel without its audit event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER channel_audited AFTER INSERT OR UPDATE ON channel DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_channel_audit();

GRANT SELECT, INSERT, UPDATE ON channel TO tidegate_app;
GRANT SELECT, UPDATE ON telling TO tidegate_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery, delivery_try, stuck TO tidegate_app;
