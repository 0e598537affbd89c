-- Acts on many jobs: their events lead to each other, and what triggers do for thousands of rows takes its time once each.

-- A parent's page lists its children.
CREATE INDEX audit_event_by_parent ON audit_event (((body ->> 'parent_id')::uuid), id DESC)
    WHERE (body ->> 'parent_id')::uuid IS NOT NULL;

-- A connection keeps the plans of these functions from their first call, which may have met one row and empty tables. Such a
-- plan compared each of a thousand changed rows with each other one (5 times the work), and read the audit log through for
-- each of them (20 times). Neither plan is ever the right one here.
ALTER FUNCTION follow_job_update() SET enable_nestloop = off;
ALTER FUNCTION audited_here(uuid, uuid) SET enable_seqscan = off;
