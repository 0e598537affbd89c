SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA pipelines;

CREATE SCHEMA queue;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE TYPE public.attempt_origin AS ENUM (
    'submitted',
    'person',
    'automatic',
    'worker_lost'
);

CREATE TYPE public.bulk_verdict AS ENUM (
    'waiting',
    'retried',
    'left_out',
    'skipped',
    'refused'
);

CREATE TYPE public.job_attention AS ENUM (
    'unresolved',
    'retrying',
    'recovered',
    'acknowledged'
);

CREATE TYPE public.job_outcome AS ENUM (
    'ingested',
    'duplicate_content',
    'completed'
);

CREATE TYPE public.job_state AS ENUM (
    'queued',
    'running',
    'succeeded',
    'failed',
    'cancelled'
);

CREATE TYPE public.person_role AS ENUM (
    'viewer',
    'power_user',
    'admin'
);

CREATE TYPE public.source_kind AS ENUM (
    'upload',
    'folder',
    'url',
    'store',
    'external',
    'remote'
);

CREATE TYPE queue.pgqueuer_status AS ENUM (
    'queued',
    'picked',
    'successful',
    'exception',
    'canceled',
    'deleted',
    'failed'
);

CREATE FUNCTION public.audited_here(event uuid, target uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET enable_seqscan TO 'off'
    AS $$
    SELECT EXISTS (SELECT FROM audit_event
                   WHERE id = event AND xid = pg_current_xact_id() AND outcome = 'allowed' AND target_id = target)
$$;

CREATE FUNCTION public.drop_month(before timestamp with time zone) RETURNS TABLE(month text, jobs bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$
DECLARE
    first uuid;
    beyond uuid;
    parent text;
BEGIN
    IF before > date_trunc('month', now(), 'UTC') THEN
        RAISE EXCEPTION 'a month that is not over stays' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR month IN
        SELECT right(c.relname, 7) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.job'::regclass ORDER BY c.relname
    LOOP
        first := uuid_floor(to_date(month, 'YYYY_MM')::timestamp AT TIME ZONE 'UTC');
        beyond := uuid_floor((to_date(month, 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC');
        CONTINUE WHEN beyond > uuid_floor(before);
        EXECUTE format('LOCK TABLE public.%I IN SHARE ROW EXCLUSIVE MODE', 'job_' || month);
        CONTINUE WHEN EXISTS (SELECT FROM job WHERE id >= first AND id < beyond AND state IN ('queued', 'running'))
            OR EXISTS (SELECT FROM bulk_retry_item WHERE verdict = 'waiting' AND job_id >= first AND job_id < beyond);
        INSERT INTO job_count (pipeline, state, attention, submitter_name, source_kind, failure_code, step, n)
            SELECT j.pipeline, j.state, j.attention, j.submitter_name, j.source_kind, CASE WHEN j.state = 'failed' THEN j.failure_code END,
                   CASE WHEN j.state = 'failed' THEN coalesce(j.step_name, '') END, -count(*)
            FROM job AS j WHERE j.id >= first AND j.id < beyond GROUP BY 1, 2, 3, 4, 5, 6, 7;
        INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
            SELECT j.failure_code, j.pipeline, coalesce(j.step_name, ''), j.source_kind, j.attention::text,
                   date_trunc('hour', j.ended_at, 'UTC'), -count(*)
            FROM job AS j WHERE j.id >= first AND j.id < beyond AND j.state = 'failed' GROUP BY 1, 2, 3, 4, 5, 6;
        INSERT INTO batch_count (batch_id, state, n)
            SELECT j.batch_id, j.state, -count(*) FROM job AS j WHERE j.id >= first AND j.id < beyond GROUP BY j.batch_id, j.state;
        SELECT count(*) INTO jobs FROM job AS j WHERE j.id >= first AND j.id < beyond;
        DELETE FROM checkpoint AS c WHERE c.job_id >= first AND c.job_id < beyond;
        FOREACH parent IN ARRAY ARRAY['step', 'attempt', 'job_event', 'job'] LOOP
            EXECUTE format('DROP TABLE public.%I', parent || '_' || month);
        END LOOP;
        DELETE FROM batch AS b WHERE b.id >= first AND b.id < beyond AND NOT EXISTS (SELECT FROM job AS j WHERE j.batch_id = b.id);
        RETURN NEXT;
        RETURN;
    END LOOP;
END $$;

CREATE FUNCTION public.ensure_partitions(first timestamp with time zone, last timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.expire_audit_payloads(first_index bigint, last_index bigint, event uuid) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.fold_standings() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO standing_count AS s (submitter_name, failure_code, pipeline, step, source_kind, state, attention, n)
        SELECT submitter_name, failure_code, pipeline, step, source_kind, state, attention, sum(n)
        FROM old_rows WHERE submitter_name IS NOT NULL
        GROUP BY GROUPING SETS ((submitter_name, failure_code, pipeline, step, source_kind, state, attention),
                                (failure_code, pipeline, step, source_kind, state, attention))
        HAVING sum(n) <> 0
        ON CONFLICT ON CONSTRAINT standing_count_key DO UPDATE SET n = s.n + excluded.n;
    DELETE FROM standing_count WHERE n = 0;
    RETURN NULL;
END $$;

CREATE FUNCTION public.follow_job_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO job_count (pipeline, state, attention, submitter_name, source_kind, failure_code, step, n)
        SELECT pipeline, state, attention, submitter_name, source_kind, CASE WHEN state = 'failed' THEN failure_code END,
               CASE WHEN state = 'failed' THEN coalesce(step_name, '') END, -count(*)
        FROM old_rows GROUP BY 1, 2, 3, 4, 5, 6, 7;
    INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
        SELECT failure_code, pipeline, coalesce(step_name, ''), source_kind, attention::text,
               date_trunc('hour', ended_at, 'UTC'), -count(*)
        FROM old_rows WHERE state = 'failed' GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END $$;

CREATE FUNCTION public.follow_job_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO job_event (job_id, attempt_no, before, after, audit_event_id)
        SELECT id, attempt_no, NULL, state, audit_event_id FROM new_rows;
    INSERT INTO job_count (pipeline, state, attention, submitter_name, source_kind, failure_code, step, n)
        SELECT pipeline, state, attention, submitter_name, source_kind, CASE WHEN state = 'failed' THEN failure_code END,
               CASE WHEN state = 'failed' THEN coalesce(step_name, '') END, count(*)
        FROM new_rows GROUP BY 1, 2, 3, 4, 5, 6, 7;
    PERFORM notify_jobs((SELECT array_agg(id) FROM new_rows));
    RETURN NULL;
END $$;

CREATE FUNCTION public.follow_job_update() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_nestloop TO 'off'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN old_rows o USING (id)
               WHERE n.state <> o.state OR n.attention IS DISTINCT FROM o.attention) THEN
        INSERT INTO job_event (job_id, attempt_no, before, after, failure_code, audit_event_id)
            SELECT n.id, n.attempt_no, o.state, n.state, CASE WHEN n.state = 'failed' THEN n.failure_code END,
                   CASE WHEN n.audit_event_id IS DISTINCT FROM o.audit_event_id THEN n.audit_event_id END
            FROM new_rows n JOIN old_rows o USING (id) WHERE n.state <> o.state;
        INSERT INTO job_count (pipeline, state, attention, submitter_name, source_kind, failure_code, step, n)
            SELECT pipeline, state, attention, submitter_name, source_kind, CASE WHEN state = 'failed' THEN failure_code END,
                   CASE WHEN state = 'failed' THEN coalesce(step_name, '') END, sum(d)
            FROM (
                SELECT pipeline, state, attention, submitter_name, source_kind, failure_code, step_name, 1 AS d FROM new_rows
                UNION ALL
                SELECT pipeline, state, attention, submitter_name, source_kind, failure_code, step_name, -1 FROM old_rows
            ) AS delta GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(d) <> 0;
        INSERT INTO batch_count (batch_id, state, n)
            SELECT batch_id, state, sum(d) FROM (
                SELECT batch_id, state, 1 AS d FROM new_rows
                UNION ALL
                SELECT batch_id, state, -1 FROM old_rows
            ) AS delta GROUP BY batch_id, state HAVING sum(d) <> 0;
        INSERT INTO pulse_delta (slot, pipeline, state, class, n)
            SELECT date_bin('5 minutes', coalesce(n.ended_at, n.started_at), 'epoch'), n.pipeline, n.state,
                   span_class(CASE n.state WHEN 'running' THEN n.started_at - greatest(o.queued_at, o.run_after)
                                           ELSE n.ended_at - n.started_at END),
                   count(*)
            FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.state <> o.state AND n.state <> 'queued'
            GROUP BY 1, 2, 3, 4;
    END IF;
    IF EXISTS (SELECT FROM new_rows n JOIN old_rows o USING (id)
               WHERE 'failed' IN (n.state, o.state) AND n.attention IS DISTINCT FROM o.attention) THEN
        INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
            SELECT failure_code, pipeline, coalesce(step_name, ''), source_kind, what, date_trunc('hour', ended_at, 'UTC'), sum(d)
            FROM (
                SELECT n.failure_code, n.pipeline, n.step_name, n.source_kind, 'happened' AS what, n.ended_at, 1 AS d
                FROM new_rows n JOIN old_rows o USING (id) WHERE n.state = 'failed' AND o.state <> 'failed'
                UNION ALL
                SELECT failure_code, pipeline, step_name, source_kind, attention::text, ended_at, 1
                FROM new_rows WHERE state = 'failed'
                UNION ALL
                SELECT failure_code, pipeline, step_name, source_kind, attention::text, ended_at, -1
                FROM old_rows WHERE state = 'failed'
            ) AS delta GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(d) <> 0;
    END IF;
    PERFORM notify_jobs((SELECT array_agg(id) FROM new_rows));
    RETURN NULL;
END $$;

CREATE FUNCTION public.guard_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.is_quiet(moment timestamp with time zone, quiet_from time without time zone, quiet_to time without time zone, zone text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(CASE WHEN quiet_from < quiet_to
        THEN (moment AT TIME ZONE zone)::time >= quiet_from AND (moment AT TIME ZONE zone)::time < quiet_to
        ELSE (moment AT TIME ZONE zone)::time >= quiet_from OR (moment AT TIME ZONE zone)::time < quiet_to END, false)
$$;

CREATE FUNCTION public.make_meaning() RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF to_regclass('chunk_meaning') IS NOT NULL THEN
        RETURN true;
    END IF;
    CREATE EXTENSION IF NOT EXISTS vector;
    -- NULL: the passage has no word that the model knows.
    CREATE TABLE chunk_meaning (
        document_id uuid NOT NULL,
        ordinal     integer NOT NULL,
        meaning     vector(256),
        PRIMARY KEY (document_id, ordinal),
        FOREIGN KEY (document_id, ordinal) REFERENCES chunk ON DELETE CASCADE
    );
    CREATE INDEX chunk_meaning_near ON chunk_meaning USING hnsw (meaning vector_cosine_ops);
    GRANT SELECT, INSERT, UPDATE, DELETE ON chunk_meaning TO tidegate_app;
    RETURN true;
EXCEPTION
    -- Not installed, not allowed, or older than HNSW (pgvector 0.5).
    WHEN feature_not_supported OR undefined_file OR insufficient_privilege OR undefined_object THEN
        RETURN false;
END $$;

CREATE FUNCTION public.notify_jobs(ids uuid[]) RETURNS void
    LANGUAGE sql
    AS $$
    SELECT pg_notify('tidegate_jobs', CASE WHEN cardinality(ids) <= 100 THEN array_to_string(ids, ',') ELSE '*' END)
    WHERE cardinality(ids) > 0
$$;

CREATE FUNCTION public.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_event' AND current_setting('tidegate.expiring', true) = 'yes' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.require_acknowledgement_audit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN
        RAISE EXCEPTION 'an acknowledgement without its audit event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.require_audit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.require_channel_audit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN
        RAISE EXCEPTION 'a channel without its audit event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.require_source_audit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN
        RAISE EXCEPTION 'a source without its audit event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.rerunnable(of_namespace text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM external_system
        WHERE namespace = of_namespace AND (url IS NOT NULL OR polled_at > now() - interval '10 minutes'))
$$;

CREATE FUNCTION public.span_class(span interval) RETURNS smallint
    LANGUAGE sql IMMUTABLE STRICT
    AS $$
    SELECT floor(4 * ln(greatest(extract(epoch FROM span) * 1000, 1)::float8) / ln(2::float8))::smallint
$$;

CREATE FUNCTION public.tally_job_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO batch_count (batch_id, state, n) SELECT batch_id, state, -count(*) FROM old_rows GROUP BY batch_id, state;
    RETURN NULL;
END $$;

CREATE FUNCTION public.tally_job_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO batch_count (batch_id, state, n) SELECT batch_id, state, count(*) FROM new_rows GROUP BY batch_id, state;
    RETURN NULL;
END $$;

CREATE FUNCTION public.uuid_floor(moment timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

CREATE FUNCTION queue.fn_pgqueuer_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('ch_pgqueuer', json_build_object(
        'channel', 'ch_pgqueuer', 'operation', lower(TG_OP), 'sent_at', now(), 'table', TG_TABLE_NAME, 'type', 'table_changed_event'
    )::text);
    RETURN NULL;
END $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.api_token (
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    scopes text[],
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

CREATE TABLE public.attempt (
    job_id uuid NOT NULL,
    attempt_no integer NOT NULL,
    state public.job_state DEFAULT 'queued'::public.job_state NOT NULL,
    origin public.attempt_origin NOT NULL,
    retry_of integer,
    restart boolean DEFAULT false NOT NULL,
    audit_event_id uuid,
    requested_by text,
    reason text,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    run_after timestamp with time zone,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    worker_id uuid,
    failure_code text,
    failure_params jsonb,
    diagnostic_ref text,
    traceparent text,
    CONSTRAINT a_person_leaves_an_event CHECK (((origin <> ALL (ARRAY['submitted'::public.attempt_origin, 'person'::public.attempt_origin])) OR (audit_event_id IS NOT NULL))),
    CONSTRAINT attempt_ended_has_an_end CHECK (((state = ANY (ARRAY['succeeded'::public.job_state, 'failed'::public.job_state, 'cancelled'::public.job_state])) = (ended_at IS NOT NULL))),
    CONSTRAINT attempt_failed_has_code CHECK (((state = 'failed'::public.job_state) = (failure_code IS NOT NULL))),
    CONSTRAINT attempt_failure_has_the_form CHECK ((failure_code ~ '^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$'::text)),
    CONSTRAINT first_is_submitted CHECK (((attempt_no = 1) = (origin = 'submitted'::public.attempt_origin))),
    CONSTRAINT later_retries_one CHECK (((attempt_no = 1) = (retry_of IS NULL))),
    CONSTRAINT traceparent_has_the_form CHECK ((traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'::text))
)
PARTITION BY RANGE (job_id);

CREATE TABLE public.audit_checkpoint (
    number bigint NOT NULL,
    size bigint NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    horizon xid8 NOT NULL,
    key text NOT NULL,
    note text NOT NULL,
    CONSTRAINT checkpoint_counts CHECK (((number >= 1) AND (size >= 0)))
);

CREATE TABLE public.audit_event (
    id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    payload text NOT NULL,
    body jsonb GENERATED ALWAYS AS ((payload)::jsonb) STORED,
    action text GENERATED ALWAYS AS (((payload)::jsonb ->> 'action'::text)) STORED NOT NULL,
    outcome text GENERATED ALWAYS AS (((payload)::jsonb ->> 'outcome'::text)) STORED NOT NULL,
    actor_id uuid GENERATED ALWAYS AS ((((payload)::jsonb #>> '{actor,id}'::text[]))::uuid) STORED,
    target_id uuid GENERATED ALWAYS AS ((((payload)::jsonb #>> '{target,id}'::text[]))::uuid) STORED,
    CONSTRAINT audit_outcome_known CHECK ((outcome = ANY (ARRAY['allowed'::text, 'denied'::text])))
);

CREATE TABLE public.audit_leaf (
    index bigint NOT NULL,
    event_id uuid NOT NULL,
    leaf_hash bytea NOT NULL,
    CONSTRAINT leaf_hash_is_sha256 CHECK ((octet_length(leaf_hash) = 32)),
    CONSTRAINT leaf_index_counts CHECK ((index >= 0))
);

CREATE TABLE public.audit_node (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT node_hash_is_sha256 CHECK ((octet_length(hash) = 32)),
    CONSTRAINT node_is_above CHECK ((((level >= 1) AND (level <= 62)) AND (index >= 0)))
);

CREATE TABLE public.batch (
    id uuid NOT NULL,
    label text NOT NULL,
    pipeline text NOT NULL,
    submitted_by uuid,
    submitter_name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    job_total integer NOT NULL,
    audit_event_id uuid NOT NULL
);

CREATE TABLE public.batch_count (
    batch_id uuid NOT NULL,
    state public.job_state NOT NULL,
    n bigint NOT NULL,
    fresh boolean DEFAULT true NOT NULL
);

CREATE TABLE public.bulk_retry (
    id uuid NOT NULL,
    requested_by uuid,
    requester_name text NOT NULL,
    actor jsonb NOT NULL,
    request_id text,
    narrowed jsonb NOT NULL,
    mode text,
    reason text NOT NULL,
    as_of timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    total integer NOT NULL,
    retried integer DEFAULT 0 NOT NULL,
    left_out integer DEFAULT 0 NOT NULL,
    skipped integer DEFAULT 0 NOT NULL,
    refused integer DEFAULT 0 NOT NULL,
    worked_to uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid NOT NULL,
    audit_event_id uuid NOT NULL,
    CONSTRAINT bulk_adds_up CHECK (((((retried + left_out) + skipped) + refused) <= total)),
    CONSTRAINT bulk_finished_is_done CHECK (((finished_at IS NULL) OR ((((retried + left_out) + skipped) + refused) = total))),
    CONSTRAINT bulk_mode_known CHECK ((mode = ANY (ARRAY['resume'::text, 'restart'::text])))
);

CREATE TABLE public.bulk_retry_item (
    bulk_id uuid NOT NULL,
    job_id uuid NOT NULL,
    attempt_no integer NOT NULL,
    verdict public.bulk_verdict NOT NULL,
    why text,
    audit_event_id uuid,
    CONSTRAINT retried_has_an_event CHECK (((verdict = 'retried'::public.bulk_verdict) = (audit_event_id IS NOT NULL))),
    CONSTRAINT why_when_not_retried CHECK (((verdict = ANY (ARRAY['waiting'::public.bulk_verdict, 'retried'::public.bulk_verdict])) = (why IS NULL)))
);

CREATE TABLE public.channel (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    secret text NOT NULL,
    events text[] NOT NULL,
    language text NOT NULL,
    quiet_from time without time zone,
    quiet_to time without time zone,
    zone text NOT NULL,
    window_seconds integer NOT NULL,
    paused boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    audit_event_id uuid NOT NULL,
    CONSTRAINT channel_kind_known CHECK ((kind = ANY (ARRAY['webhook'::text, 'slack'::text, 'email'::text]))),
    CONSTRAINT channel_quiet_whole CHECK (((num_nulls(quiet_from, quiet_to) = ANY (ARRAY[0, 2])) AND ((quiet_from IS NULL) OR (quiet_from <> quiet_to)))),
    CONSTRAINT channel_secret_is_a_reference CHECK (((secret = ''::text) OR (secret ~~ 'env:%'::text) OR (secret ~~ 'file:/%'::text))),
    CONSTRAINT channel_tells CHECK (((cardinality(events) > 0) AND (events <@ ARRAY['failed'::text, 'recovered'::text, 'stuck'::text]))),
    CONSTRAINT channel_window_is_one CHECK ((window_seconds > 0))
);

CREATE TABLE public.checkpoint (
    job_id uuid NOT NULL,
    step_no integer NOT NULL,
    name text NOT NULL,
    attempt_no integer NOT NULL,
    value bytea NOT NULL
);

CREATE TABLE public.chunk (
    document_id uuid NOT NULL,
    ordinal integer NOT NULL,
    page_from integer,
    page_to integer,
    body text NOT NULL,
    words tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, body)) STORED
);

CREATE TABLE public.chunk_meaning (
    document_id uuid NOT NULL,
    ordinal integer NOT NULL,
    meaning public.vector(256)
);

CREATE TABLE public.delivery (
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    event text NOT NULL,
    reason text NOT NULL,
    pipeline text NOT NULL,
    step text NOT NULL,
    source_kind text NOT NULL,
    n bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    lease_until timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    outcome text,
    status integer,
    done_at timestamp with time zone,
    CONSTRAINT delivery_done_has_outcome CHECK (((done_at IS NULL) OR (outcome IS NOT NULL))),
    CONSTRAINT delivery_event_known CHECK ((event = ANY (ARRAY['failed'::text, 'recovered'::text, 'stuck'::text, 'test'::text]))),
    CONSTRAINT delivery_is_of_some CHECK (((n > 0) AND (tries >= 0))),
    CONSTRAINT delivery_outcome_known CHECK ((outcome = ANY (ARRAY['delivered'::text, 'refused'::text, 'unreachable'::text, 'blocked_address'::text, 'secret_unavailable'::text, 'dropped'::text])))
);

CREATE TABLE public.delivery_try (
    delivery_id uuid NOT NULL,
    no integer NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    outcome text NOT NULL,
    status integer,
    milliseconds integer NOT NULL
);

CREATE TABLE public.diagnostic (
    reference text NOT NULL,
    job_id uuid NOT NULL,
    attempt_no integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    sealed bytea NOT NULL
);

CREATE TABLE public.document (
    id uuid NOT NULL,
    pipeline text NOT NULL,
    sha256 text NOT NULL,
    job_id uuid NOT NULL,
    attempt_no integer NOT NULL,
    name text NOT NULL,
    title text,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    characters integer NOT NULL,
    pages integer,
    chunk_total integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    has_meaning boolean DEFAULT false NOT NULL
);

CREATE TABLE public.external_pipeline (
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.external_run (
    run_id uuid NOT NULL,
    job_id uuid NOT NULL,
    attempt_no integer NOT NULL,
    pipeline text NOT NULL,
    item text,
    slot text NOT NULL,
    heard_at timestamp with time zone DEFAULT now() NOT NULL,
    restart text
);

CREATE TABLE public.external_system (
    namespace text NOT NULL,
    url text,
    secret_ref text,
    polled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT call_needs_a_secret CHECK (((url IS NULL) = (secret_ref IS NULL)))
);

CREATE TABLE public.failure_count (
    failure_code text NOT NULL,
    pipeline text NOT NULL,
    step text NOT NULL,
    source_kind public.source_kind NOT NULL,
    what text NOT NULL,
    hour timestamp with time zone NOT NULL,
    n bigint NOT NULL,
    CONSTRAINT failure_count_known CHECK ((what = ANY (ARRAY['happened'::text, 'unresolved'::text, 'acknowledged'::text])))
);

CREATE TABLE public.idempotency_key (
    actor_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    response jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.job (
    id uuid NOT NULL,
    batch_id uuid NOT NULL,
    pipeline text NOT NULL,
    name text NOT NULL,
    source_kind public.source_kind NOT NULL,
    source_locator text NOT NULL,
    source_root text,
    submitted_by uuid,
    submitter_name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    state public.job_state DEFAULT 'queued'::public.job_state NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    attempt_no integer DEFAULT 1 NOT NULL,
    automatic_used integer DEFAULT 0 NOT NULL,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    run_after timestamp with time zone,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    worker_id uuid,
    step_no integer DEFAULT 0 NOT NULL,
    step_total integer DEFAULT 0 NOT NULL,
    step_name text,
    progress_done bigint,
    progress_total bigint,
    progress_unit text,
    progress_at timestamp with time zone,
    failure_code text,
    failure_params jsonb,
    diagnostic_ref text,
    outcome public.job_outcome,
    document_id uuid,
    audit_event_id uuid NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    acknowledged_reason text,
    attention public.job_attention GENERATED ALWAYS AS (
CASE
    WHEN ((state = 'failed'::public.job_state) AND (acknowledged_at IS NULL)) THEN 'unresolved'::public.job_attention
    WHEN (state = 'failed'::public.job_state) THEN 'acknowledged'::public.job_attention
    WHEN ((state = ANY (ARRAY['queued'::public.job_state, 'running'::public.job_state])) AND (attempt_no > 1)) THEN 'retrying'::public.job_attention
    WHEN ((state = 'succeeded'::public.job_state) AND (attempt_no > 1)) THEN 'recovered'::public.job_attention
    ELSE NULL::public.job_attention
END) STORED,
    external_namespace text,
    CONSTRAINT acknowledged_is_failed CHECK (((acknowledged_at IS NULL) OR (state = 'failed'::public.job_state))),
    CONSTRAINT acknowledged_is_whole CHECK ((num_nulls(acknowledged_at, acknowledged_by, acknowledged_reason) = ANY (ARRAY[0, 3]))),
    CONSTRAINT counts_are_counts CHECK (((attempt_no >= 1) AND (version >= 1) AND (automatic_used >= 0))),
    CONSTRAINT ended_has_an_end CHECK (((state = ANY (ARRAY['succeeded'::public.job_state, 'failed'::public.job_state, 'cancelled'::public.job_state])) = (ended_at IS NOT NULL))),
    CONSTRAINT external_has_a_namespace CHECK ((((source_kind)::text = 'external'::text) = (external_namespace IS NOT NULL))),
    CONSTRAINT failed_has_a_code CHECK (((state <> 'failed'::public.job_state) OR (failure_code IS NOT NULL))),
    CONSTRAINT failure_code_has_the_form CHECK ((failure_code ~ '^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$'::text)),
    CONSTRAINT own_failure_is_its_pipelines CHECK (((strpos(failure_code, '.'::text) = 0) OR (split_part(failure_code, '.'::text, 1) = pipeline))),
    CONSTRAINT queued_has_not_begun CHECK (((state <> 'queued'::public.job_state) OR ((started_at IS NULL) AND (ended_at IS NULL) AND (worker_id IS NULL)))),
    CONSTRAINT running_has_a_worker CHECK (((state <> 'running'::public.job_state) OR ((started_at IS NOT NULL) AND (ended_at IS NULL) AND (worker_id IS NOT NULL)))),
    CONSTRAINT succeeded_has_outcome CHECK (((state = 'succeeded'::public.job_state) = (outcome IS NOT NULL))),
    CONSTRAINT succeeded_is_clean CHECK (((state <> 'succeeded'::public.job_state) OR (failure_code IS NULL)))
)
PARTITION BY RANGE (id);

CREATE TABLE public.job_count (
    pipeline text NOT NULL,
    state public.job_state NOT NULL,
    n bigint NOT NULL,
    attention public.job_attention,
    submitter_name text,
    source_kind public.source_kind,
    failure_code text,
    step text
);

CREATE TABLE public.job_event (
    job_id uuid NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    attempt_no integer NOT NULL,
    before public.job_state,
    after public.job_state NOT NULL,
    failure_code text,
    audit_event_id uuid,
    xid xid8 DEFAULT pg_current_xact_id()
)
PARTITION BY RANGE (job_id);

ALTER TABLE public.job_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pending_sign_in (
    secret_hash bytea NOT NULL,
    return_to text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.person (
    id uuid NOT NULL,
    login text NOT NULL,
    display_name text NOT NULL,
    password_hash text,
    reads_content boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT person_login_form CHECK ((login ~ '^[a-z0-9][a-z0-9._@+-]{0,127}$'::text))
);

CREATE TABLE public.person_identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    person_id uuid NOT NULL,
    linked_at timestamp with time zone DEFAULT now() NOT NULL,
    audit_event_id uuid NOT NULL,
    CONSTRAINT person_identity_subject_form CHECK ((subject ~ '^[ -~]{1,255}$'::text))
);

CREATE TABLE public.pulse (
    minutes smallint NOT NULL,
    slot timestamp with time zone NOT NULL,
    pipeline text NOT NULL,
    state public.job_state NOT NULL,
    class smallint,
    n bigint NOT NULL
);

CREATE TABLE public.pulse_delta (
    slot timestamp with time zone NOT NULL,
    pipeline text NOT NULL,
    state public.job_state NOT NULL,
    class smallint,
    n bigint NOT NULL,
    CONSTRAINT pulse_is_of_what_begins_or_ends CHECK ((state <> 'queued'::public.job_state))
);

CREATE TABLE public.rerun_call (
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    attempt_no integer NOT NULL,
    namespace text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    delivery text,
    status integer,
    closed_at timestamp with time zone,
    CONSTRAINT delivery_known CHECK ((delivery = ANY (ARRAY['delivered'::text, 'refused'::text, 'unreachable'::text, 'blocked_address'::text, 'no_secret'::text])))
);

CREATE TABLE public.role_grant (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    role public.person_role NOT NULL,
    granted_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    audit_event_id uuid NOT NULL
);

CREATE TABLE public.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.session (
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    user_agent text DEFAULT ''::text NOT NULL,
    by_link boolean DEFAULT false NOT NULL
);

CREATE TABLE public.signin_link (
    token_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE public.source (
    id uuid NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    endpoint text NOT NULL,
    pipeline text NOT NULL,
    pattern text NOT NULL,
    recursive boolean NOT NULL,
    credential text NOT NULL,
    every_seconds integer,
    paused boolean NOT NULL,
    actor jsonb NOT NULL,
    next_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    audit_event_id uuid NOT NULL,
    host_key text DEFAULT ''::text NOT NULL,
    CONSTRAINT source_credential_is_a_reference CHECK (((credential = ''::text) OR (credential ~~ 'env:%'::text) OR (credential ~~ 'file:/%'::text))),
    CONSTRAINT source_due_has_an_interval CHECK (((next_at IS NULL) OR ((every_seconds IS NOT NULL) AND (NOT paused) AND (removed_at IS NULL)))),
    CONSTRAINT source_interval_is_one CHECK ((every_seconds > 0)),
    CONSTRAINT source_of_sftp_has_a_host_key CHECK (((address ~~ 'sftp://%'::text) = (host_key <> ''::text)))
);

CREATE TABLE public.source_object (
    source_id uuid NOT NULL,
    version_key bytea NOT NULL,
    scan_id uuid NOT NULL,
    CONSTRAINT version_key_is_sha256 CHECK ((octet_length(version_key) = 32))
);

CREATE TABLE public.source_scan (
    id uuid NOT NULL,
    source_id uuid NOT NULL,
    scheduled boolean NOT NULL,
    actor jsonb NOT NULL,
    requester_name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    lease_until timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    ended_at timestamp with time zone,
    seen bigint DEFAULT 0 NOT NULL,
    submitted bigint DEFAULT 0 NOT NULL,
    unchanged bigint DEFAULT 0 NOT NULL,
    skipped bigint DEFAULT 0 NOT NULL,
    code text,
    batch_id uuid,
    audit_event_id uuid NOT NULL,
    CONSTRAINT scan_adds_up CHECK ((seen = ((submitted + unchanged) + skipped))),
    CONSTRAINT scan_code_at_its_end CHECK (((code IS NULL) OR (ended_at IS NOT NULL))),
    CONSTRAINT scan_ended_is_free CHECK (((ended_at IS NULL) OR ((lease_until IS NULL) AND (started_at IS NOT NULL)))),
    CONSTRAINT scan_submitted_has_a_batch CHECK (((submitted > 0) = (batch_id IS NOT NULL)))
);

CREATE TABLE public.standing_count (
    submitter_name text,
    failure_code text,
    pipeline text NOT NULL,
    step text,
    source_kind public.source_kind NOT NULL,
    state public.job_state NOT NULL,
    attention public.job_attention,
    n bigint NOT NULL
);

CREATE TABLE public.step (
    job_id uuid NOT NULL,
    attempt_no integer NOT NULL,
    step_no integer NOT NULL,
    name text NOT NULL,
    state public.job_state DEFAULT 'running'::public.job_state NOT NULL,
    resumed boolean DEFAULT false NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    progress_done bigint,
    progress_total bigint,
    progress_unit text,
    CONSTRAINT step_ended_has_an_end CHECK (((state = 'running'::public.job_state) = (ended_at IS NULL)))
)
PARTITION BY RANGE (job_id);

CREATE TABLE public.stuck (
    reason text NOT NULL,
    pipeline text NOT NULL,
    step text NOT NULL,
    n bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    told_at timestamp with time zone
);

CREATE TABLE public.telling (
    single boolean DEFAULT true NOT NULL,
    read_to xid8 DEFAULT pg_current_xact_id() NOT NULL,
    looked_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT telling_is_one_row CHECK (single)
);

CREATE TABLE public.worker (
    id uuid NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    pipelines text[] NOT NULL,
    concurrency integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    stopped_at timestamp with time zone
);

CREATE TABLE queue.pgqueuer (
    id bigint NOT NULL,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    execute_after timestamp with time zone DEFAULT now() NOT NULL,
    status queue.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    slot bigint
);

CREATE SEQUENCE queue.pgqueuer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE queue.pgqueuer_id_seq OWNED BY queue.pgqueuer.id;

CREATE TABLE queue.pgqueuer_log (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    job_id bigint NOT NULL,
    status queue.pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

ALTER TABLE queue.pgqueuer_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME queue.pgqueuer_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE queue.pgqueuer_schedules (
    id bigint NOT NULL,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    next_run timestamp with time zone DEFAULT now() NOT NULL,
    last_run timestamp with time zone,
    status queue.pgqueuer_status DEFAULT 'queued'::queue.pgqueuer_status
);

CREATE SEQUENCE queue.pgqueuer_schedules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE queue.pgqueuer_schedules_id_seq OWNED BY queue.pgqueuer_schedules.id;

CREATE TABLE queue.pgqueuer_statistics (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT date_trunc('sec'::text, now()) NOT NULL,
    count bigint NOT NULL,
    priority integer NOT NULL,
    status queue.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);

CREATE SEQUENCE queue.pgqueuer_statistics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE queue.pgqueuer_statistics_id_seq OWNED BY queue.pgqueuer_statistics.id;

ALTER TABLE ONLY queue.pgqueuer ALTER COLUMN id SET DEFAULT nextval('queue.pgqueuer_id_seq'::regclass);

ALTER TABLE ONLY queue.pgqueuer_schedules ALTER COLUMN id SET DEFAULT nextval('queue.pgqueuer_schedules_id_seq'::regclass);

ALTER TABLE ONLY queue.pgqueuer_statistics ALTER COLUMN id SET DEFAULT nextval('queue.pgqueuer_statistics_id_seq'::regclass);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_job_id_retry_of_key UNIQUE (job_id, retry_of);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (job_id, attempt_no);

ALTER TABLE ONLY public.audit_checkpoint
    ADD CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_leaf
    ADD CONSTRAINT audit_leaf_event_id_key UNIQUE (event_id);

ALTER TABLE ONLY public.audit_leaf
    ADD CONSTRAINT audit_leaf_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.audit_node
    ADD CONSTRAINT audit_node_pkey PRIMARY KEY (level, index);

ALTER TABLE ONLY public.batch
    ADD CONSTRAINT batch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bulk_retry_item
    ADD CONSTRAINT bulk_retry_item_pkey PRIMARY KEY (bulk_id, job_id);

ALTER TABLE ONLY public.bulk_retry
    ADD CONSTRAINT bulk_retry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.channel
    ADD CONSTRAINT channel_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (job_id, step_no);

ALTER TABLE ONLY public.chunk_meaning
    ADD CONSTRAINT chunk_meaning_pkey PRIMARY KEY (document_id, ordinal);

ALTER TABLE ONLY public.chunk
    ADD CONSTRAINT chunk_pkey PRIMARY KEY (document_id, ordinal);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.delivery_try
    ADD CONSTRAINT delivery_try_pkey PRIMARY KEY (delivery_id, no);

ALTER TABLE ONLY public.diagnostic
    ADD CONSTRAINT diagnostic_pkey PRIMARY KEY (reference);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_pipeline_sha256_key UNIQUE (pipeline, sha256);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.external_pipeline
    ADD CONSTRAINT external_pipeline_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.external_run
    ADD CONSTRAINT external_run_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.external_system
    ADD CONSTRAINT external_system_pkey PRIMARY KEY (namespace);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (actor_id, key);

ALTER TABLE ONLY public.job_event
    ADD CONSTRAINT job_event_pkey PRIMARY KEY (job_id, id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pending_sign_in
    ADD CONSTRAINT pending_sign_in_pkey PRIMARY KEY (secret_hash);

ALTER TABLE ONLY public.person_identity
    ADD CONSTRAINT person_identity_pkey PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pulse
    ADD CONSTRAINT pulse_key UNIQUE NULLS NOT DISTINCT (minutes, slot, pipeline, state, class);

ALTER TABLE ONLY public.rerun_call
    ADD CONSTRAINT rerun_call_job_id_attempt_no_key UNIQUE (job_id, attempt_no);

ALTER TABLE ONLY public.rerun_call
    ADD CONSTRAINT rerun_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.role_grant
    ADD CONSTRAINT role_grant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.signin_link
    ADD CONSTRAINT signin_link_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.source_object
    ADD CONSTRAINT source_object_pkey PRIMARY KEY (source_id, version_key);

ALTER TABLE ONLY public.source
    ADD CONSTRAINT source_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.source_scan
    ADD CONSTRAINT source_scan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.standing_count
    ADD CONSTRAINT standing_count_key UNIQUE NULLS NOT DISTINCT (submitter_name, failure_code, pipeline, step, source_kind, state, attention);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_pkey PRIMARY KEY (job_id, attempt_no, step_no);

ALTER TABLE ONLY public.stuck
    ADD CONSTRAINT stuck_pkey PRIMARY KEY (reason, pipeline, step);

ALTER TABLE ONLY public.telling
    ADD CONSTRAINT telling_pkey PRIMARY KEY (single);

ALTER TABLE ONLY public.worker
    ADD CONSTRAINT worker_pkey PRIMARY KEY (id);

ALTER TABLE ONLY queue.pgqueuer_log
    ADD CONSTRAINT pgqueuer_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY queue.pgqueuer
    ADD CONSTRAINT pgqueuer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY queue.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_expression_entrypoint_key UNIQUE (expression, entrypoint);

ALTER TABLE ONLY queue.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY queue.pgqueuer_statistics
    ADD CONSTRAINT pgqueuer_statistics_pkey PRIMARY KEY (id);

CREATE INDEX api_token_by_person ON public.api_token USING btree (person_id, created_at DESC);

CREATE INDEX audit_checkpoint_by_size ON public.audit_checkpoint USING btree (size, number);

CREATE INDEX audit_event_by_action ON public.audit_event USING btree (action, id DESC);

CREATE INDEX audit_event_by_actor ON public.audit_event USING btree (actor_id, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX audit_event_by_parent ON public.audit_event USING btree ((((body ->> 'parent_id'::text))::uuid), id DESC) WHERE (((body ->> 'parent_id'::text))::uuid IS NOT NULL);

CREATE INDEX audit_event_by_target ON public.audit_event USING btree (target_id, id DESC) WHERE (target_id IS NOT NULL);

CREATE INDEX audit_event_by_xid ON public.audit_event USING btree (xid, id);

CREATE INDEX batch_count_by_batch ON public.batch_count USING btree (batch_id);

CREATE INDEX batch_count_fresh ON public.batch_count USING btree (batch_id) WHERE fresh;

CREATE INDEX bulk_retry_item_by_verdict ON public.bulk_retry_item USING btree (bulk_id, verdict, job_id DESC);

CREATE INDEX bulk_retry_item_waiting ON public.bulk_retry_item USING btree (bulk_id, job_id) WHERE (verdict = 'waiting'::public.bulk_verdict);

CREATE INDEX bulk_retry_unfinished ON public.bulk_retry USING btree (created_at) WHERE (finished_at IS NULL);

CREATE INDEX chunk_meaning_near ON public.chunk_meaning USING hnsw (meaning public.vector_cosine_ops);

CREATE INDEX chunk_words ON public.chunk USING gin (words);

CREATE INDEX delivery_by_channel ON public.delivery USING btree (channel_id, id DESC);

CREATE INDEX delivery_by_end ON public.delivery USING btree (done_at) WHERE (done_at IS NOT NULL);

CREATE UNIQUE INDEX delivery_gathering ON public.delivery USING btree (channel_id, event, reason, pipeline, step, source_kind) WHERE (closed_at IS NULL);

CREATE INDEX delivery_to_send ON public.delivery USING btree (due_at) WHERE (done_at IS NULL);

CREATE INDEX diagnostic_by_expiry ON public.diagnostic USING btree (expires_at);

CREATE INDEX document_without_meaning ON public.document USING btree (id) WHERE (NOT has_meaning);

CREATE INDEX external_pipeline_newest ON public.external_pipeline USING btree (created_at DESC);

CREATE INDEX external_run_by_item ON public.external_run USING btree (pipeline, item, heard_at DESC) WHERE (item IS NOT NULL);

CREATE INDEX external_run_by_job ON public.external_run USING btree (job_id, attempt_no);

CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (created_at);

CREATE INDEX job_by_attention ON ONLY public.job USING btree (attention, id DESC) WHERE (attention IS NOT NULL);

CREATE INDEX job_by_batch ON ONLY public.job USING btree (batch_id, id DESC);

CREATE INDEX job_by_batch_attention ON ONLY public.job USING btree (batch_id, attention) WHERE (attention IS NOT NULL);

CREATE INDEX job_by_cause ON ONLY public.job USING btree (failure_code, pipeline, COALESCE(step_name, ''::text), source_kind, id DESC) WHERE (state = 'failed'::public.job_state);

CREATE INDEX job_by_failure ON ONLY public.job USING btree (failure_code, id DESC) WHERE (state = 'failed'::public.job_state);

CREATE INDEX job_by_name ON ONLY public.job USING gin (name public.gin_trgm_ops);

CREATE INDEX job_by_pipeline ON ONLY public.job USING btree (pipeline, id DESC);

CREATE INDEX job_by_source ON ONLY public.job USING btree (source_kind, id DESC);

CREATE INDEX job_by_state ON ONLY public.job USING btree (state, id DESC);

CREATE INDEX job_by_submitter ON ONLY public.job USING btree (submitter_name, id DESC);

CREATE INDEX job_by_time_of_failure ON ONLY public.job USING btree (ended_at DESC) WHERE (state = 'failed'::public.job_state);

CREATE INDEX job_by_worker ON ONLY public.job USING btree (worker_id) WHERE (state = 'running'::public.job_state);

CREATE INDEX job_due ON ONLY public.job USING btree (pipeline, GREATEST(queued_at, run_after)) WHERE (state = 'queued'::public.job_state);

CREATE INDEX job_event_to_tell ON ONLY public.job_event USING btree (xid) WHERE ((after = 'failed'::public.job_state) OR ((after = 'succeeded'::public.job_state) AND (attempt_no > 1)));

CREATE INDEX job_external_open ON ONLY public.job USING btree (id) WHERE ((external_namespace IS NOT NULL) AND (state = ANY (ARRAY['queued'::public.job_state, 'running'::public.job_state])));

CREATE INDEX job_waiting ON ONLY public.job USING btree (queued_at) WHERE (state = 'queued'::public.job_state);

CREATE INDEX pending_sign_in_by_age ON public.pending_sign_in USING btree (expires_at);

CREATE INDEX person_identity_by_person ON public.person_identity USING btree (person_id);

CREATE UNIQUE INDEX person_login ON public.person USING btree (login);

CREATE INDEX rerun_call_due ON public.rerun_call USING btree (due_at) WHERE (closed_at IS NULL);

CREATE UNIQUE INDEX role_grant_current ON public.role_grant USING btree (person_id) WHERE (revoked_at IS NULL);

CREATE INDEX session_by_person ON public.session USING btree (person_id, created_at DESC);

CREATE INDEX signin_link_unused ON public.signin_link USING btree (person_id) WHERE (used_at IS NULL);

CREATE UNIQUE INDEX source_name ON public.source USING btree (name) WHERE (removed_at IS NULL);

CREATE INDEX source_scan_by_age ON public.source_scan USING btree (id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX source_scan_by_batch ON public.source_scan USING btree (batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX source_scan_by_source ON public.source_scan USING btree (source_id, id DESC);

CREATE UNIQUE INDEX source_scan_open ON public.source_scan USING btree (source_id) WHERE (ended_at IS NULL);

CREATE INDEX worker_alive ON public.worker USING btree (lease_until) WHERE (stopped_at IS NULL);

CREATE INDEX pgqueuer_ep_ea_idx ON queue.pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::queue.pgqueuer_status);

CREATE INDEX pgqueuer_ep_prio_id_idx ON queue.pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::queue.pgqueuer_status);

CREATE INDEX pgqueuer_log_created ON queue.pgqueuer_log USING btree (created);

CREATE INDEX pgqueuer_log_job_id_status ON queue.pgqueuer_log USING btree (job_id, created DESC);

CREATE INDEX pgqueuer_log_not_aggregated ON queue.pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX pgqueuer_log_status ON queue.pgqueuer_log USING btree (status);

CREATE INDEX pgqueuer_picked_heartbeat_idx ON queue.pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::queue.pgqueuer_status);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON queue.pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::queue.pgqueuer_status) AND (slot IS NOT NULL));

CREATE INDEX pgqueuer_queue_manager_id_idx ON queue.pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON queue.pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON queue.pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::queue.pgqueuer_status, 'picked'::queue.pgqueuer_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX pgqueuer_updated_id_id1_idx ON queue.pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::queue.pgqueuer_status);

CREATE TRIGGER audit_checkpoint_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

CREATE TRIGGER audit_leaf_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

CREATE TRIGGER audit_node_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_node FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

CREATE CONSTRAINT TRIGGER channel_audited AFTER INSERT OR UPDATE ON public.channel DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.require_channel_audit();

CREATE CONSTRAINT TRIGGER job_acknowledgement_audited AFTER UPDATE ON public.job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.state = new.state) AND (old.acknowledged_at IS DISTINCT FROM new.acknowledged_at))) EXECUTE FUNCTION public.require_acknowledgement_audit();

CREATE TRIGGER job_count_fold AFTER DELETE ON public.job_count REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.fold_standings();

CREATE TRIGGER job_follow_delete AFTER DELETE ON public.job REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_job_delete();

CREATE TRIGGER job_follow_insert AFTER INSERT ON public.job REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_job_insert();

CREATE TRIGGER job_follow_update AFTER UPDATE ON public.job REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_job_update();

CREATE TRIGGER job_guard_transition BEFORE UPDATE ON public.job FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION public.guard_transition();

CREATE CONSTRAINT TRIGGER job_submission_audited AFTER INSERT ON public.job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.require_audit();

CREATE TRIGGER job_tally_delete AFTER DELETE ON public.job REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.tally_job_delete();

CREATE TRIGGER job_tally_insert AFTER INSERT ON public.job REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.tally_job_insert();

CREATE CONSTRAINT TRIGGER job_transition_audited AFTER UPDATE ON public.job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.state IS DISTINCT FROM new.state) AND ((new.state = 'cancelled'::public.job_state) OR (old.state = 'failed'::public.job_state)))) EXECUTE FUNCTION public.require_audit();

CREATE CONSTRAINT TRIGGER source_changed_is_audited AFTER UPDATE ON public.source DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((to_jsonb(old.*) - 'next_at'::text) IS DISTINCT FROM (to_jsonb(new.*) - 'next_at'::text))) EXECUTE FUNCTION public.require_source_audit();

CREATE CONSTRAINT TRIGGER source_made_is_audited AFTER INSERT ON public.source DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.require_source_audit();

CREATE TRIGGER tg_pgqueuer_changed AFTER INSERT ON queue.pgqueuer FOR EACH STATEMENT EXECUTE FUNCTION queue.fn_pgqueuer_changed();

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.batch
    ADD CONSTRAINT batch_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(id);

ALTER TABLE ONLY public.bulk_retry
    ADD CONSTRAINT bulk_retry_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(id);

ALTER TABLE ONLY public.bulk_retry_item
    ADD CONSTRAINT bulk_retry_item_bulk_id_fkey FOREIGN KEY (bulk_id) REFERENCES public.bulk_retry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.channel
    ADD CONSTRAINT channel_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(id);

ALTER TABLE ONLY public.chunk
    ADD CONSTRAINT chunk_document_id_fkey FOREIGN KEY (document_id) REFERENCES public.document(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.chunk_meaning
    ADD CONSTRAINT chunk_meaning_document_id_ordinal_fkey FOREIGN KEY (document_id, ordinal) REFERENCES public.chunk(document_id, ordinal) ON DELETE CASCADE;

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES public.channel(id);

ALTER TABLE ONLY public.delivery_try
    ADD CONSTRAINT delivery_try_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.delivery(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person_identity
    ADD CONSTRAINT person_identity_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(id);

ALTER TABLE ONLY public.person_identity
    ADD CONSTRAINT person_identity_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.role_grant
    ADD CONSTRAINT role_grant_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(id);

ALTER TABLE ONLY public.role_grant
    ADD CONSTRAINT role_grant_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.signin_link
    ADD CONSTRAINT signin_link_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.source
    ADD CONSTRAINT source_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(id);

ALTER TABLE ONLY public.source_scan
    ADD CONSTRAINT source_scan_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(id);

ALTER TABLE ONLY public.source_scan
    ADD CONSTRAINT source_scan_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.source(id);

GRANT ALL ON SCHEMA pipelines TO tidegate_app;

GRANT USAGE ON SCHEMA public TO tidegate_app;
GRANT USAGE ON SCHEMA public TO tidegate_sealer;

GRANT USAGE ON SCHEMA queue TO tidegate_app;

REVOKE ALL ON FUNCTION public.drop_month(before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.drop_month(before timestamp with time zone) TO tidegate_app;

REVOKE ALL ON FUNCTION public.ensure_partitions(first timestamp with time zone, last timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ensure_partitions(first timestamp with time zone, last timestamp with time zone) TO tidegate_app;

REVOKE ALL ON FUNCTION public.expire_audit_payloads(first_index bigint, last_index bigint, event uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.make_meaning() FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_token TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.attempt TO tidegate_app;

GRANT SELECT,INSERT ON TABLE public.audit_checkpoint TO tidegate_sealer;
GRANT SELECT ON TABLE public.audit_checkpoint TO tidegate_app;

GRANT SELECT ON TABLE public.audit_event TO tidegate_app;

GRANT INSERT(id) ON TABLE public.audit_event TO tidegate_app;
GRANT SELECT(id) ON TABLE public.audit_event TO tidegate_sealer;

GRANT SELECT(xid) ON TABLE public.audit_event TO tidegate_sealer;

GRANT SELECT(recorded_at) ON TABLE public.audit_event TO tidegate_sealer;

GRANT INSERT(payload) ON TABLE public.audit_event TO tidegate_app;
GRANT SELECT(payload) ON TABLE public.audit_event TO tidegate_sealer;

GRANT SELECT,INSERT ON TABLE public.audit_leaf TO tidegate_sealer;
GRANT SELECT ON TABLE public.audit_leaf TO tidegate_app;

GRANT SELECT,INSERT ON TABLE public.audit_node TO tidegate_sealer;
GRANT SELECT ON TABLE public.audit_node TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.batch TO tidegate_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.batch_count TO tidegate_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.bulk_retry TO tidegate_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.bulk_retry_item TO tidegate_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.channel TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.checkpoint TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chunk TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chunk_meaning TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.delivery TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.delivery_try TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.diagnostic TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.document TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.external_pipeline TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.external_run TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.external_system TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.failure_count TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_key TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_count TO tidegate_app;

GRANT SELECT,INSERT ON TABLE public.job_event TO tidegate_app;

GRANT SELECT,USAGE ON SEQUENCE public.job_event_id_seq TO tidegate_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.pending_sign_in TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.person TO tidegate_app;

GRANT SELECT,INSERT ON TABLE public.person_identity TO tidegate_app;

GRANT UPDATE(person_id) ON TABLE public.person_identity TO tidegate_app;

GRANT UPDATE(audit_event_id) ON TABLE public.person_identity TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pulse TO tidegate_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.pulse_delta TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rerun_call TO tidegate_app;

GRANT SELECT,INSERT ON TABLE public.role_grant TO tidegate_app;

GRANT UPDATE(revoked_at) ON TABLE public.role_grant TO tidegate_app;

GRANT SELECT ON TABLE public.schema_migration TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.signin_link TO tidegate_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.source TO tidegate_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.source_object TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.source_scan TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.standing_count TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.step TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.stuck TO tidegate_app;

GRANT SELECT,UPDATE ON TABLE public.telling TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.worker TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer TO tidegate_app;

GRANT SELECT,USAGE ON SEQUENCE queue.pgqueuer_id_seq TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer_log TO tidegate_app;

GRANT SELECT,USAGE ON SEQUENCE queue.pgqueuer_log_id_seq TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer_schedules TO tidegate_app;

GRANT SELECT,USAGE ON SEQUENCE queue.pgqueuer_schedules_id_seq TO tidegate_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer_statistics TO tidegate_app;

GRANT SELECT,USAGE ON SEQUENCE queue.pgqueuer_statistics_id_seq TO tidegate_app;
