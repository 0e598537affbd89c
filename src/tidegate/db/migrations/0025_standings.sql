-- How the jobs stand of each submitter, and by each failure, source and step: exact counts under the filters that people use most,
-- without looking at a job. Transactions only add rows, as before: those of job_count tell more now.

-- Rows that a transaction added tell whose jobs, from where, and why they failed, if they did; folded rows do not (NULL).
ALTER TABLE job_count
    ADD COLUMN submitter_name text,
    ADD COLUMN source_kind    source_kind,
    ADD COLUMN failure_code   text,
    ADD COLUMN step           text;

-- The same, folded: one row for each combination, and one for all submitters together (NULL).
CREATE TABLE standing_count (
    submitter_name text,
    failure_code   text,
    pipeline       text NOT NULL,
    step           text,
    source_kind    source_kind NOT NULL,
    state          job_state NOT NULL,
    attention      job_attention,
    n              bigint NOT NULL,
    CONSTRAINT standing_count_key
        UNIQUE NULLS NOT DISTINCT (submitter_name, failure_code, pipeline, step, source_kind, state, attention)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON standing_count TO tidegate_app;

-- Whoever folds job_count folds this with it, an older worker too.
CREATE FUNCTION fold_standings() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER job_count_fold AFTER DELETE ON job_count REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fold_standings();

-- A batch's tabs of what has failed: only jobs that ever failed are in it.
CREATE INDEX job_by_batch_attention ON job (batch_id, attention) WHERE attention IS NOT NULL;

CREATE OR REPLACE FUNCTION follow_job_insert() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION follow_job_update() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
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

CREATE OR REPLACE FUNCTION follow_job_delete() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- Retention forgets whose jobs they were, too.
CREATE OR REPLACE FUNCTION drop_month(before timestamptz) RETURNS TABLE (month text, jobs bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
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

-- Making the index holds writers off until this commits, so nothing is counted twice or left out.
INSERT INTO standing_count (submitter_name, failure_code, pipeline, step, source_kind, state, attention, n)
SELECT submitter_name, code, pipeline, step, source_kind, state, attention, count(*)
FROM (SELECT submitter_name, CASE WHEN state = 'failed' THEN failure_code END AS code, pipeline,
             CASE WHEN state = 'failed' THEN coalesce(step_name, '') END AS step, source_kind, state, attention FROM job) AS stands
GROUP BY GROUPING SETS ((submitter_name, code, pipeline, step, source_kind, state, attention),
                        (code, pipeline, step, source_kind, state, attention));
