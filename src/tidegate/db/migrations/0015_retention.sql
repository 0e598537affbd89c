-- Retention: the oldest month that may go is dropped as a whole, with its attempts, steps and history. Documents and the audit
-- log stay; the counters forget what is gone.

-- Drop the oldest month that ended before `before`, unless a job of it still waits or runs or a retry of many still waits for
-- one. Gives its name and how many jobs it had, or nothing. Only months that are over may go, whoever asks. It gives up after
-- two seconds rather than have readers wait behind it; the next turn tries again.
CREATE FUNCTION drop_month(before timestamptz) RETURNS TABLE (month text, jobs bigint)
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
        INSERT INTO job_count (pipeline, state, attention, n)
            SELECT j.pipeline, j.state, j.attention, -count(*) FROM job AS j
            WHERE j.id >= first AND j.id < beyond GROUP BY j.pipeline, j.state, j.attention;
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
REVOKE ALL ON FUNCTION drop_month(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_month(timestamptz) TO tidegate_app;
