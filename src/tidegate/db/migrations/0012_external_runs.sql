-- Runs of other systems as jobs: they have no ticket and no worker of ours. Their run holds the attempt, as a worker would, and
-- `worker_id` is its id. What is asked of such a system (run it again) waits in an outbox until it was taken.

ALTER TYPE source_kind ADD VALUE 'external';
ALTER TYPE job_outcome ADD VALUE 'completed';

ALTER TABLE job
    ADD COLUMN external_namespace text,
    ADD CONSTRAINT external_has_a_namespace CHECK ((source_kind::text = 'external') = (external_namespace IS NOT NULL));
CREATE INDEX job_external_open ON job (id) WHERE external_namespace IS NOT NULL AND state IN ('queued', 'running');

-- How a system is asked to run a job again: by a signed call to `url`, or it comes and asks itself (`polled_at`).
CREATE TABLE external_system (
    namespace  text PRIMARY KEY,
    url        text,
    secret_ref text,
    polled_at  timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT call_needs_a_secret CHECK ((url IS NULL) = (secret_ref IS NULL))
);

-- Which attempt a run is. `item` tells which runs are tries of one thing, `slot` which may be taken for one that was asked for.
-- `restart` is what its system needs to start it again, sealed by that system: nobody here can read it.
CREATE TABLE external_run (
    run_id     uuid PRIMARY KEY,
    job_id     uuid NOT NULL,
    attempt_no integer NOT NULL,
    pipeline   text NOT NULL,
    item       text,
    slot       text NOT NULL,
    heard_at   timestamptz NOT NULL DEFAULT now(),
    restart    text
);
CREATE INDEX external_run_by_item ON external_run (pipeline, item, heard_at DESC) WHERE item IS NOT NULL;
CREATE INDEX external_run_by_job ON external_run (job_id, attempt_no);

-- The pipelines of other systems, as they became known.
CREATE TABLE external_pipeline (
    name       text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX external_pipeline_newest ON external_pipeline (created_at DESC);

-- The outbox: one row for each attempt that a person asked for. It is open until a run has begun it or it was given up.
CREATE TABLE rerun_call (
    id         uuid PRIMARY KEY,
    job_id     uuid NOT NULL,
    attempt_no integer NOT NULL,
    namespace  text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at     timestamptz NOT NULL DEFAULT now(),
    tries      integer NOT NULL DEFAULT 0,
    delivery   text,
    status     integer,
    closed_at  timestamptz,
    UNIQUE (job_id, attempt_no),
    CONSTRAINT delivery_known CHECK (delivery IN ('delivered', 'refused', 'unreachable', 'blocked_address', 'no_secret'))
);
CREATE INDEX rerun_call_due ON rerun_call (due_at) WHERE closed_at IS NULL;

-- Whether a system can be asked to run a job again: by a call, or because it came asking of late. Statements look at our own jobs
-- without it (`external_namespace IS NULL OR …`): a call for each of many rows costs.
CREATE FUNCTION rerunnable(of_namespace text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM external_system
        WHERE namespace = of_namespace AND (url IS NOT NULL OR polled_at > now() - interval '10 minutes'))
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON external_system, external_run, external_pipeline, rerun_call TO tidegate_app;
