-- Retrying many: the set is frozen when it is asked for, worked off in pieces, and stays as the record of what became of it.

CREATE TYPE bulk_verdict AS ENUM ('waiting', 'retried', 'left_out', 'skipped', 'refused');

CREATE TABLE bulk_retry (
    id             uuid PRIMARY KEY,
    requested_by   uuid,
    requester_name text NOT NULL,
    actor          jsonb NOT NULL,
    request_id     text,
    narrowed       jsonb NOT NULL,
    mode           text,
    reason         text NOT NULL,
    as_of          timestamptz NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz,
    total          integer NOT NULL,
    retried        integer NOT NULL DEFAULT 0,
    left_out       integer NOT NULL DEFAULT 0,
    skipped        integer NOT NULL DEFAULT 0,
    refused        integer NOT NULL DEFAULT 0,
    worked_to      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    audit_event_id uuid NOT NULL REFERENCES audit_event,
    CONSTRAINT bulk_mode_known CHECK (mode IN ('resume', 'restart')),
    CONSTRAINT bulk_adds_up CHECK (retried + left_out + skipped + refused <= total),
    CONSTRAINT bulk_finished_is_done CHECK (finished_at IS NULL OR retried + left_out + skipped + refused = total)
);
CREATE INDEX bulk_retry_unfinished ON bulk_retry (created_at) WHERE finished_at IS NULL;

-- One job of the frozen set. `why` is a closed word for everything that was not retried.
CREATE TABLE bulk_retry_item (
    bulk_id        uuid NOT NULL REFERENCES bulk_retry DEFERRABLE INITIALLY DEFERRED,
    job_id         uuid NOT NULL,
    attempt_no     integer NOT NULL,
    verdict        bulk_verdict NOT NULL,
    why            text,
    audit_event_id uuid,
    PRIMARY KEY (bulk_id, job_id),
    CONSTRAINT why_when_not_retried CHECK ((verdict IN ('waiting', 'retried')) = (why IS NULL)),
    CONSTRAINT retried_has_an_event CHECK ((verdict = 'retried') = (audit_event_id IS NOT NULL))
);
CREATE INDEX bulk_retry_item_by_verdict ON bulk_retry_item (bulk_id, verdict, job_id DESC);
CREATE INDEX bulk_retry_item_waiting ON bulk_retry_item (bulk_id, job_id) WHERE verdict = 'waiting';

GRANT SELECT, INSERT, UPDATE ON bulk_retry, bulk_retry_item TO tidegate_app;
