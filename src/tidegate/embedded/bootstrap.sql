-- What the superuser lays down before anybody else comes: roles, the database and its extension. Safe to repeat.

-- name: create_roles
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidegate_owner') THEN
        CREATE ROLE tidegate_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidegate_app') THEN
        CREATE ROLE tidegate_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidegate_sealer') THEN
        CREATE ROLE tidegate_sealer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
END $$

-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'tidegate')

-- name: create_database
CREATE DATABASE tidegate OWNER tidegate_owner

-- name: close_to_others
DO $$
BEGIN
    REVOKE ALL ON DATABASE tidegate FROM PUBLIC;
    GRANT CONNECT ON DATABASE tidegate TO tidegate_app, tidegate_sealer;
END $$

-- name: create_extension
CREATE EXTENSION IF NOT EXISTS pg_trgm

-- name: create_vector
-- Only the superuser may; search by meaning needs it, nothing else does.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
        CREATE EXTENSION IF NOT EXISTS vector;
    END IF;
END $$
