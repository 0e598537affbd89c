-- How the jobs of each batch stand: the sum of its rows, in the manner of job_count. Transactions only add rows, so no row
-- is hot however many workers are on one batch; the tidy chore folds the fresh ones, and nobody but it deletes.
CREATE TABLE batch_count (
    batch_id uuid NOT NULL,
    state    job_state NOT NULL,
    n        bigint NOT NULL,
    fresh    boolean NOT NULL DEFAULT true
);
CREATE INDEX batch_count_by_batch ON batch_count (batch_id);
CREATE INDEX batch_count_fresh ON batch_count (batch_id) WHERE fresh;

CREATE FUNCTION tally_job_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO batch_count (batch_id, state, n) SELECT batch_id, state, count(*) FROM new_rows GROUP BY batch_id, state;
    RETURN NULL;
END $$;
CREATE TRIGGER job_tally_insert AFTER INSERT ON job REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tally_job_insert();

-- For each row, so that progress, which is written far more often than a state, costs no more than the comparison.
CREATE FUNCTION tally_job_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO batch_count (batch_id, state, n) VALUES (OLD.batch_id, OLD.state, -1), (NEW.batch_id, NEW.state, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER job_tally_update AFTER UPDATE ON job
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tally_job_update();

CREATE FUNCTION tally_job_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO batch_count (batch_id, state, n) SELECT batch_id, state, -count(*) FROM old_rows GROUP BY batch_id, state;
    RETURN NULL;
END $$;
CREATE TRIGGER job_tally_delete AFTER DELETE ON job REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tally_job_delete();

-- The triggers above hold writers off until this commits, so nothing is counted twice or left out.
INSERT INTO batch_count (batch_id, state, n, fresh) SELECT batch_id, state, count(*), false FROM job GROUP BY batch_id, state;

GRANT SELECT, INSERT, DELETE ON batch_count TO tidegate_app;
