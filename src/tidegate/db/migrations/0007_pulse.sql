-- The pulse: how much was done, how long it waited and how long it ran, without looking at a single job.

-- The class of a span: four an octave, from 1 ms up; class k holds spans from 2^(k/4) to 2^((k+1)/4) ms, class 0 what is shorter
-- too. domain/histogram.py is the way back.
CREATE FUNCTION span_class(span interval) RETURNS smallint LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT floor(4 * ln(greatest(extract(epoch FROM span) * 1000, 1)::float8) / ln(2::float8))::smallint
$$;

-- So many attempts came into a state within the five minutes from `slot`, each after a span of this class: into running
-- after waiting, into a terminal state after running (no class when it never ran). Transactions only add rows (no row is
-- hot); folding moves them to `pulse`.
CREATE TABLE pulse_delta (
    slot     timestamptz NOT NULL,
    pipeline text NOT NULL,
    state    job_state NOT NULL,
    class    smallint,
    n        bigint NOT NULL,
    CONSTRAINT pulse_is_of_what_begins_or_ends CHECK (state <> 'queued')
);

-- The same, folded: in slots of five `minutes`, kept for the last hour's sake, and once more in slots of thirty, kept for 35 days.
-- One process at a time writes here.
CREATE TABLE pulse (
    minutes  smallint NOT NULL,
    slot     timestamptz NOT NULL,
    pipeline text NOT NULL,
    state    job_state NOT NULL,
    class    smallint,
    n        bigint NOT NULL,
    CONSTRAINT pulse_key UNIQUE NULLS NOT DISTINCT (minutes, slot, pipeline, state, class)
);

-- A wait is over when an attempt begins: it lasted since the job was queued, or since it was due where that is later.
CREATE FUNCTION follow_job_pulse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pulse_delta (slot, pipeline, state, class, n)
        SELECT date_bin('5 minutes', coalesce(n.ended_at, n.started_at), 'epoch'), n.pipeline, n.state,
               span_class(CASE n.state WHEN 'running' THEN n.started_at - greatest(o.queued_at, o.run_after)
                                       ELSE n.ended_at - n.started_at END),
               count(*)
        FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.state <> o.state AND n.state <> 'queued'
        GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$;
CREATE TRIGGER job_follow_pulse AFTER UPDATE ON job REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_job_pulse();

-- Which job of a pipeline is due the longest: one step down an index, however many wait.
CREATE INDEX job_due ON job (pipeline, greatest(queued_at, run_after)) WHERE state = 'queued';

GRANT SELECT, INSERT, DELETE ON pulse_delta TO tidegate_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pulse TO tidegate_app;
