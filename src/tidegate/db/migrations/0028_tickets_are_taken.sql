-- A ticket is removed by the commit that claims its attempt. Workers are told of new tickets only, not of those that are gone: a
-- notice serialises commits. Workers of older versions take, keep and finish tickets as before.
CREATE OR REPLACE FUNCTION queue.fn_pgqueuer_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('ch_pgqueuer', json_build_object(
        'channel', 'ch_pgqueuer', 'operation', lower(TG_OP), 'sent_at', now(), 'table', TG_TABLE_NAME, 'type', 'table_changed_event'
    )::text);
    RETURN NULL;
END $$;

DROP TRIGGER tg_pgqueuer_changed ON queue.pgqueuer;
CREATE TRIGGER tg_pgqueuer_changed AFTER INSERT ON queue.pgqueuer FOR EACH STATEMENT EXECUTE FUNCTION queue.fn_pgqueuer_changed();

-- Nobody reads tickets of all pipelines in one order.
DROP INDEX queue.pgqueuer_priority_id_id1_idx;
