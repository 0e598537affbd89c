-- Events of one act on many things lead to each other: a parent's page lists its children.
CREATE INDEX audit_event_by_parent ON audit_event (((body ->> 'parent_id')::uuid), id DESC)
    WHERE (body ->> 'parent_id')::uuid IS NOT NULL;
