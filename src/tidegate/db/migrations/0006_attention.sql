-- What needs a person's attention: every job that has failed is unresolved, retrying, recovered or acknowledged; and how many
-- failures there are of each cause. Both are derived here, so no writer can forget them.

CREATE TYPE job_attention AS ENUM ('unresolved', 'retrying', 'recovered', 'acknowledged');

-- An acknowledgement says that a failure may stay as it is, and why. A retry ends it.
ALTER TABLE job
    ADD COLUMN acknowledged_at     timestamptz,
    ADD COLUMN acknowledged_by     text,
    ADD COLUMN acknowledged_reason text,
    ADD CONSTRAINT acknowledged_is_failed CHECK (acknowledged_at IS NULL OR state = 'failed'),
    ADD CONSTRAINT acknowledged_is_whole  CHECK (
        num_nulls(acknowledged_at, acknowledged_by, acknowledged_reason) IN (0, 3));
ALTER TABLE job ADD COLUMN attention job_attention GENERATED ALWAYS AS (
    CASE WHEN state = 'failed' AND acknowledged_at IS NULL THEN 'unresolved'::job_attention
         WHEN state = 'failed' THEN 'acknowledged'::job_attention
         WHEN state IN ('queued', 'running') AND attempt_no > 1 THEN 'retrying'::job_attention
         WHEN state = 'succeeded' AND attempt_no > 1 THEN 'recovered'::job_attention END) STORED;

CREATE INDEX job_by_attention ON job (attention, id DESC) WHERE attention IS NOT NULL;
CREATE INDEX job_by_cause ON job (failure_code, pipeline, coalesce(step_name, ''), source_kind, id DESC) WHERE state = 'failed';
CREATE INDEX job_by_submitter ON job (submitter_name, id DESC);

-- Counters -----------------------------------------------------------------------------------------------------

ALTER TABLE job_count ADD COLUMN attention job_attention;
DELETE FROM job_count;
INSERT INTO job_count (pipeline, state, attention, n) SELECT pipeline, state, attention, count(*) FROM job GROUP BY 1, 2, 3;

-- Failures by cause and by the hour (UTC) in which they happened. 'happened' counts attempts that failed, for good;
-- 'unresolved' and 'acknowledged' count the jobs that stand so now. Rows are only added; compaction folds them.
CREATE TABLE failure_count (
    failure_code text NOT NULL,
    pipeline     text NOT NULL,
    step         text NOT NULL,
    source_kind  source_kind NOT NULL,
    what         text NOT NULL,
    hour         timestamptz NOT NULL,
    n            bigint NOT NULL,
    CONSTRAINT failure_count_known CHECK (what IN ('happened', 'unresolved', 'acknowledged'))
);
INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
SELECT failure_code, pipeline, coalesce(step_name, ''), source_kind, what, date_trunc('hour', ended_at, 'UTC'), count(*)
FROM job CROSS JOIN unnest(ARRAY['happened', 'unresolved']) AS what
WHERE state = 'failed'
GROUP BY 1, 2, 3, 4, 5, 6;
GRANT SELECT, INSERT, UPDATE, DELETE ON failure_count TO tidegate_app;

CREATE OR REPLACE FUNCTION follow_job_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_event (job_id, attempt_no, before, after, audit_event_id)
        SELECT id, attempt_no, NULL, state, audit_event_id FROM new_rows;
    INSERT INTO job_count (pipeline, state, attention, n)
        SELECT pipeline, state, attention, count(*) FROM new_rows GROUP BY pipeline, state, attention;
    PERFORM notify_jobs((SELECT array_agg(id) FROM new_rows));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION follow_job_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN old_rows o USING (id)
               WHERE n.state <> o.state OR n.attention IS DISTINCT FROM o.attention) THEN
        INSERT INTO job_event (job_id, attempt_no, before, after, failure_code, audit_event_id)
            SELECT n.id, n.attempt_no, o.state, n.state, CASE WHEN n.state = 'failed' THEN n.failure_code END,
                   CASE WHEN n.audit_event_id IS DISTINCT FROM o.audit_event_id THEN n.audit_event_id END
            FROM new_rows n JOIN old_rows o USING (id) WHERE n.state <> o.state;
        INSERT INTO job_count (pipeline, state, attention, n)
            SELECT pipeline, state, attention, sum(d) FROM (
                SELECT n.pipeline, n.state, n.attention, 1 AS d FROM new_rows n
                UNION ALL
                SELECT o.pipeline, o.state, o.attention, -1 FROM old_rows o
            ) AS delta GROUP BY pipeline, state, attention HAVING sum(d) <> 0;
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

CREATE OR REPLACE FUNCTION follow_job_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_count (pipeline, state, attention, n)
        SELECT pipeline, state, attention, -count(*) FROM old_rows GROUP BY pipeline, state, attention;
    INSERT INTO failure_count (failure_code, pipeline, step, source_kind, what, hour, n)
        SELECT failure_code, pipeline, coalesce(step_name, ''), source_kind, attention::text,
               date_trunc('hour', ended_at, 'UTC'), -count(*)
        FROM old_rows WHERE state = 'failed' GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END $$;

-- Guards -------------------------------------------------------------------------------------------------------

-- Acknowledging and taking it back are a person's acts: at commit, each needs its audit event of this transaction.
CREATE FUNCTION require_acknowledgement_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN
        RAISE EXCEPTION 'an acknowledgement without its audit event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER job_acknowledgement_audited AFTER UPDATE ON job DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state = NEW.state AND OLD.acknowledged_at IS DISTINCT FROM NEW.acknowledged_at)
    EXECUTE FUNCTION require_acknowledgement_audit();
