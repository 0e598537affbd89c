-- The ledger: batches, jobs, attempts, steps and their history; people; the audit log; what was ingested.
-- Ids are UUIDv7, times are timestamptz in UTC. job, attempt, step and job_event are partitioned by month of the
-- job's creation, which the id carries, so that retention drops a partition instead of deleting rows.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidegate_app') THEN
        CREATE ROLE tidegate_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of this cluster made it in the same moment: roles are shared
END $$;

DO $$
BEGIN
    GRANT tidegate_app TO CURRENT_USER;  -- so that one connection address can serve both roles (SET ROLE)
EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN
    NULL;  -- the application then needs an address of its own
END $$;

CREATE TYPE job_state AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled');
CREATE TYPE attempt_origin AS ENUM ('submitted', 'person', 'automatic', 'worker_lost');
CREATE TYPE source_kind AS ENUM ('upload', 'folder', 'url', 'store');
CREATE TYPE job_outcome AS ENUM ('ingested', 'duplicate_content');
CREATE TYPE person_role AS ENUM ('viewer', 'power_user', 'admin');

-- Audit --------------------------------------------------------------------------------------------------------

-- The record of a person's or token's action, or refused action. `payload` is the stored truth, byte for byte;
-- the columns beside it are derived from it, so they cannot disagree.
CREATE TABLE audit_event (
    id          uuid PRIMARY KEY,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    payload     text NOT NULL,
    body        jsonb GENERATED ALWAYS AS (payload::jsonb) STORED,
    action      text GENERATED ALWAYS AS (payload::jsonb ->> 'action') STORED NOT NULL,
    outcome     text GENERATED ALWAYS AS (payload::jsonb ->> 'outcome') STORED NOT NULL,
    actor_id    uuid GENERATED ALWAYS AS ((payload::jsonb #>> '{actor,id}')::uuid) STORED,
    target_id   uuid GENERATED ALWAYS AS ((payload::jsonb #>> '{target,id}')::uuid) STORED,
    CONSTRAINT audit_outcome_known CHECK (outcome IN ('allowed', 'denied'))
);
CREATE INDEX audit_event_by_target ON audit_event (target_id, id DESC) WHERE target_id IS NOT NULL;
CREATE INDEX audit_event_by_actor ON audit_event (actor_id, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_event_by_action ON audit_event (action, id DESC);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- People -------------------------------------------------------------------------------------------------------

CREATE TABLE person (
    id            uuid PRIMARY KEY,
    login         text NOT NULL,
    display_name  text NOT NULL,
    password_hash text,
    reads_content boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz,
    CONSTRAINT person_login_form CHECK (login ~ '^[a-z0-9][a-z0-9._@+-]{0,127}$')
);
CREATE UNIQUE INDEX person_login ON person (login);

CREATE TABLE role_grant (
    id             uuid PRIMARY KEY,
    person_id      uuid NOT NULL REFERENCES person,
    role           person_role NOT NULL,
    granted_at     timestamptz NOT NULL DEFAULT now(),
    revoked_at     timestamptz,
    audit_event_id uuid NOT NULL REFERENCES audit_event
);
CREATE UNIQUE INDEX role_grant_current ON role_grant (person_id) WHERE revoked_at IS NULL;

-- Tokens of all three kinds are kept as SHA-256 only.
CREATE TABLE session (
    id           uuid PRIMARY KEY,
    token_hash   bytea NOT NULL UNIQUE,
    person_id    uuid NOT NULL REFERENCES person,
    created_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    user_agent   text NOT NULL DEFAULT ''
);
CREATE INDEX session_by_person ON session (person_id, created_at DESC);

CREATE TABLE api_token (
    id           uuid PRIMARY KEY,
    token_hash   bytea NOT NULL UNIQUE,
    person_id    uuid NOT NULL REFERENCES person,
    name         text NOT NULL,
    scopes       text[],
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_token_by_person ON api_token (person_id, created_at DESC);

CREATE TABLE signin_link (
    token_hash bytea PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

-- The answer to a request that carried an Idempotency-Key, kept so that a repetition gets the same one.
CREATE TABLE idempotency_key (
    actor_id    uuid NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    response    jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor_id, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);

-- Work ---------------------------------------------------------------------------------------------------------

-- One incarnation of a worker process. Silent past `lease_until`, it is lost, and so is what it ran.
CREATE TABLE worker (
    id          uuid PRIMARY KEY,
    host        text NOT NULL,
    pid         integer NOT NULL,
    pipelines   text[] NOT NULL,
    concurrency integer NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL,
    stopped_at  timestamptz
);
CREATE INDEX worker_alive ON worker (lease_until) WHERE stopped_at IS NULL;

CREATE TABLE batch (
    id             uuid PRIMARY KEY,
    label          text NOT NULL,
    pipeline       text NOT NULL,
    submitted_by   uuid,
    submitter_name text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    job_total      integer NOT NULL,
    audit_event_id uuid NOT NULL REFERENCES audit_event
);

-- One item through one pipeline; the row holds the present, `attempt` and `job_event` the past.
-- `source_locator` and `source_root` are for workers only: they may hold a path or an address.
CREATE TABLE job (
    id              uuid NOT NULL,
    batch_id        uuid NOT NULL,
    pipeline        text NOT NULL,
    name            text NOT NULL,
    source_kind     source_kind NOT NULL,
    source_locator  text NOT NULL,
    source_root     text,
    submitted_by    uuid,
    submitter_name  text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    state           job_state NOT NULL DEFAULT 'queued',
    version         integer NOT NULL DEFAULT 1,
    attempt_no      integer NOT NULL DEFAULT 1,
    automatic_used  integer NOT NULL DEFAULT 0,
    queued_at       timestamptz NOT NULL DEFAULT now(),
    run_after       timestamptz,
    started_at      timestamptz,
    ended_at        timestamptz,
    worker_id       uuid,
    step_no         integer NOT NULL DEFAULT 0,
    step_total      integer NOT NULL DEFAULT 0,
    step_name       text,
    progress_done   bigint,
    progress_total  bigint,
    progress_unit   text,
    progress_at     timestamptz,
    failure_code    text,
    failure_params  jsonb,
    diagnostic_ref  text,
    outcome         job_outcome,
    document_id     uuid,
    audit_event_id  uuid NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT queued_has_not_begun  CHECK (state <> 'queued' OR (started_at IS NULL AND ended_at IS NULL AND worker_id IS NULL)),
    CONSTRAINT running_has_a_worker  CHECK (state <> 'running' OR (started_at IS NOT NULL AND ended_at IS NULL AND worker_id IS NOT NULL)),
    CONSTRAINT ended_has_an_end      CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CONSTRAINT failed_has_a_code     CHECK (state <> 'failed' OR failure_code IS NOT NULL),
    CONSTRAINT succeeded_has_outcome CHECK ((state = 'succeeded') = (outcome IS NOT NULL)),
    CONSTRAINT succeeded_is_clean    CHECK (state <> 'succeeded' OR failure_code IS NULL),
    CONSTRAINT counts_are_counts     CHECK (attempt_no >= 1 AND version >= 1 AND automatic_used >= 0)
) PARTITION BY RANGE (id);
CREATE INDEX job_by_state ON job (state, id DESC);
CREATE INDEX job_by_pipeline ON job (pipeline, id DESC);
CREATE INDEX job_by_batch ON job (batch_id, id DESC);
CREATE INDEX job_by_failure ON job (failure_code, id DESC) WHERE state = 'failed';
CREATE INDEX job_by_worker ON job (worker_id) WHERE state = 'running';
CREATE INDEX job_waiting ON job (queued_at) WHERE state = 'queued';
CREATE INDEX job_by_name ON job USING gin (name gin_trgm_ops);

-- One try of a job. Closed attempts are never changed.
CREATE TABLE attempt (
    job_id         uuid NOT NULL,
    attempt_no     integer NOT NULL,
    state          job_state NOT NULL DEFAULT 'queued',
    origin         attempt_origin NOT NULL,
    retry_of       integer,
    restart        boolean NOT NULL DEFAULT false,
    audit_event_id uuid,
    requested_by   text,
    reason         text,
    queued_at      timestamptz NOT NULL DEFAULT now(),
    run_after      timestamptz,
    started_at     timestamptz,
    ended_at       timestamptz,
    worker_id      uuid,
    failure_code   text,
    failure_params jsonb,
    diagnostic_ref text,
    PRIMARY KEY (job_id, attempt_no),
    UNIQUE (job_id, retry_of),
    CONSTRAINT a_person_leaves_an_event CHECK (origin NOT IN ('submitted', 'person') OR audit_event_id IS NOT NULL),
    CONSTRAINT first_is_submitted       CHECK ((attempt_no = 1) = (origin = 'submitted')),
    CONSTRAINT later_retries_one        CHECK ((attempt_no = 1) = (retry_of IS NULL)),
    CONSTRAINT attempt_ended_has_an_end CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CONSTRAINT attempt_failed_has_code  CHECK ((state = 'failed') = (failure_code IS NOT NULL))
) PARTITION BY RANGE (job_id);

CREATE TABLE step (
    job_id         uuid NOT NULL,
    attempt_no     integer NOT NULL,
    step_no        integer NOT NULL,
    name           text NOT NULL,
    state          job_state NOT NULL DEFAULT 'running',
    resumed        boolean NOT NULL DEFAULT false,
    started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    progress_done  bigint,
    progress_total bigint,
    progress_unit  text,
    PRIMARY KEY (job_id, attempt_no, step_no),
    CONSTRAINT step_ended_has_an_end CHECK ((state = 'running') = (ended_at IS NULL))
) PARTITION BY RANGE (job_id);

-- Every transition, written by trigger.
CREATE TABLE job_event (
    job_id         uuid NOT NULL,
    id             bigint GENERATED ALWAYS AS IDENTITY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt_no     integer NOT NULL,
    before         job_state,
    after          job_state NOT NULL,
    failure_code   text,
    audit_event_id uuid,
    PRIMARY KEY (job_id, id)
) PARTITION BY RANGE (job_id);

-- What a finished step left for a later attempt; gone when the job succeeds.
CREATE TABLE checkpoint (
    job_id     uuid NOT NULL,
    step_no    integer NOT NULL,
    name       text NOT NULL,
    attempt_no integer NOT NULL,
    value      bytea NOT NULL,
    PRIMARY KEY (job_id, step_no)
);

-- How many jobs are in each state: the sum of all rows. Transactions only add rows (no row is hot); compaction folds them.
CREATE TABLE job_count (
    pipeline text NOT NULL,
    state    job_state NOT NULL,
    n        bigint NOT NULL
);

-- The technical detail behind a failure, encrypted; administrators only, and opening it is recorded.
CREATE TABLE diagnostic (
    reference  text PRIMARY KEY,
    job_id     uuid NOT NULL,
    attempt_no integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    sealed     bytea NOT NULL
);
CREATE INDEX diagnostic_by_expiry ON diagnostic (expires_at);

CREATE TABLE document (
    id          uuid PRIMARY KEY,
    pipeline    text NOT NULL,
    sha256      text NOT NULL,
    job_id      uuid NOT NULL,
    attempt_no  integer NOT NULL,
    name        text NOT NULL,
    title       text,
    media_type  text NOT NULL,
    size_bytes  bigint NOT NULL,
    characters  integer NOT NULL,
    pages       integer,
    chunk_total integer NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (pipeline, sha256)
);

CREATE TABLE chunk (
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    ordinal     integer NOT NULL,
    page_from   integer,
    page_to     integer,
    body        text NOT NULL,
    words       tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, body)) STORED,
    PRIMARY KEY (document_id, ordinal)
);
CREATE INDEX chunk_words ON chunk USING gin (words);

-- Partitions ---------------------------------------------------------------------------------------------------

-- The smallest UUIDv7 of an instant.
CREATE FUNCTION uuid_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Make the monthly partitions from `first` to `last`; those that exist stay. Owned by the owner of the tables.
CREATE FUNCTION ensure_partitions(first timestamptz, last timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    month timestamptz := date_trunc('month', first, 'UTC');
    after_month timestamptz;
    parent text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tidegate.ensure_partitions'));
    WHILE month <= last LOOP
        after_month := date_trunc('month', month + interval '32 days', 'UTC');
        FOREACH parent IN ARRAY ARRAY['job', 'attempt', 'step', 'job_event'] LOOP
            IF to_regclass(format('public.%I', parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM'))) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                    parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM'), parent, uuid_floor(month), uuid_floor(after_month));
                made := made + 1;
            END IF;
        END LOOP;
        month := after_month;
    END LOOP;
    RETURN made;
END $$;

-- Guards -------------------------------------------------------------------------------------------------------

-- The table of domain/lifecycle.py once more: an illegal transition is refused, a legal one counts the version up.
CREATE FUNCTION guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('queued', 'running'), ('running', 'succeeded'), ('running', 'failed'), ('running', 'queued'),
        ('failed', 'queued'), ('queued', 'cancelled'), ('running', 'cancelled')
    ) THEN
        RAISE EXCEPTION 'illegal transition % -> %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER job_guard_transition BEFORE UPDATE ON job FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION guard_transition();

-- Whether this very transaction wrote an allowed audit event of this id about this target.
CREATE FUNCTION audited_here(event uuid, target uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM audit_event
                   WHERE id = event AND xid = pg_current_xact_id() AND outcome = 'allowed' AND target_id = target)
$$;

-- At commit: what only a person may do needs its audit event, written by the same transaction.
CREATE FUNCTION require_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this attempt;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT audited_here(NEW.audit_event_id, NEW.batch_id) THEN
            RAISE EXCEPTION 'a submission without its audit event' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END IF;
    IF NEW.state = 'queued' THEN
        SELECT * INTO this FROM attempt WHERE job_id = NEW.id AND attempt_no = NEW.attempt_no;
        IF this.origin IN ('automatic', 'worker_lost') AND EXISTS (
            SELECT FROM attempt WHERE job_id = NEW.id AND attempt_no = this.retry_of AND ended_at = now()
        ) THEN
            RETURN NULL;  -- the catalogue's own retry, made in the transaction that closed the attempt before
        END IF;
    END IF;
    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN
        RAISE EXCEPTION 'a transition % -> % without its audit event', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER job_submission_audited AFTER INSERT ON job DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_audit();
CREATE CONSTRAINT TRIGGER job_transition_audited AFTER UPDATE ON job DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND (NEW.state = 'cancelled' OR OLD.state = 'failed'))
    EXECUTE FUNCTION require_audit();

-- History, counters, notices -----------------------------------------------------------------------------------

-- 'These jobs changed': their ids, or '*' when there are many. PostgreSQL drops equal notices of one transaction.
CREATE FUNCTION notify_jobs(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('tidegate_jobs', CASE WHEN cardinality(ids) <= 100 THEN array_to_string(ids, ',') ELSE '*' END)
    WHERE cardinality(ids) > 0
$$;

CREATE FUNCTION follow_job_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_event (job_id, attempt_no, before, after, audit_event_id)
        SELECT id, attempt_no, NULL, state, audit_event_id FROM new_rows;
    INSERT INTO job_count (pipeline, state, n) SELECT pipeline, state, count(*) FROM new_rows GROUP BY pipeline, state;
    PERFORM notify_jobs((SELECT array_agg(id) FROM new_rows));
    RETURN NULL;
END $$;
CREATE TRIGGER job_follow_insert AFTER INSERT ON job REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_job_insert();

CREATE FUNCTION follow_job_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_event (job_id, attempt_no, before, after, failure_code, audit_event_id)
        SELECT n.id, n.attempt_no, o.state, n.state, CASE WHEN n.state = 'failed' THEN n.failure_code END,
               CASE WHEN n.audit_event_id IS DISTINCT FROM o.audit_event_id THEN n.audit_event_id END
        FROM new_rows n JOIN old_rows o USING (id) WHERE n.state <> o.state;
    IF FOUND THEN
        INSERT INTO job_count (pipeline, state, n)
            SELECT pipeline, state, sum(d) FROM (
                SELECT n.pipeline, n.state, 1 AS d FROM new_rows n JOIN old_rows o USING (id) WHERE n.state <> o.state
                UNION ALL
                SELECT o.pipeline, o.state, -1 FROM new_rows n JOIN old_rows o USING (id) WHERE n.state <> o.state
            ) AS delta GROUP BY pipeline, state;
    END IF;
    PERFORM notify_jobs((SELECT array_agg(id) FROM new_rows));
    RETURN NULL;
END $$;
CREATE TRIGGER job_follow_update AFTER UPDATE ON job REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_job_update();

CREATE FUNCTION follow_job_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_count (pipeline, state, n) SELECT pipeline, state, -count(*) FROM old_rows GROUP BY pipeline, state;
    RETURN NULL;
END $$;
CREATE TRIGGER job_follow_delete AFTER DELETE ON job REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_job_delete();
