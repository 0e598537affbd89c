-- What `tidegate doctor` asks the database.

-- name: has_extension
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS found

-- name: has_vector
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') AS found

-- name: has_schema
SELECT to_regclass('schema_migration') IS NOT NULL AS found

-- name: list_migrations
SELECT version, digest FROM schema_migration

-- name: owns_tables
-- As the owner or by a role that it is a member of; no row before the first migration.
SELECT pg_has_role(session_user, relowner, 'MEMBER') AS found FROM pg_class WHERE oid = to_regclass('schema_migration')
