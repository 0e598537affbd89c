-- What the application may do. It owns nothing, so it can neither drop a guard nor change an audit event.
GRANT USAGE ON SCHEMA public, queue TO tidegate_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, queue TO tidegate_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public, queue TO tidegate_app;
REVOKE UPDATE, DELETE, TRUNCATE ON audit_event FROM tidegate_app;
REVOKE UPDATE, DELETE, TRUNCATE ON job_event, role_grant FROM tidegate_app;
GRANT UPDATE (revoked_at) ON role_grant TO tidegate_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON schema_migration FROM tidegate_app;
REVOKE ALL ON FUNCTION ensure_partitions(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions(timestamptz, timestamptz) TO tidegate_app;
