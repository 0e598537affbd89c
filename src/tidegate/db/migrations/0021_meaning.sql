-- Search by meaning: a vector for each passage, where the database has pgvector. Where it has not, nothing is made and nothing
-- fails; `make_meaning` is asked again at each start that wants it, so the extension may come later.

ALTER TABLE document ADD COLUMN has_meaning boolean NOT NULL DEFAULT false;
CREATE INDEX document_without_meaning ON document (id) WHERE NOT has_meaning;

-- Makes what is missing and tells whether search by meaning can work. The extension needs an administrator on most servers.
CREATE FUNCTION make_meaning() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('chunk_meaning') IS NOT NULL THEN
        RETURN true;
    END IF;
    CREATE EXTENSION IF NOT EXISTS vector;
    -- NULL: the passage has no word that the model knows.
    CREATE TABLE chunk_meaning (
        document_id uuid NOT NULL,
        ordinal     integer NOT NULL,
        meaning     vector(256),
        PRIMARY KEY (document_id, ordinal),
        FOREIGN KEY (document_id, ordinal) REFERENCES chunk ON DELETE CASCADE
    );
    CREATE INDEX chunk_meaning_near ON chunk_meaning USING hnsw (meaning vector_cosine_ops);
    GRANT SELECT, INSERT, UPDATE, DELETE ON chunk_meaning TO tidegate_app;
    RETURN true;
EXCEPTION
    -- Not installed, not allowed, or older than HNSW (pgvector 0.5).
    WHEN feature_not_supported OR undefined_file OR insufficient_privilege OR undefined_object THEN
        RETURN false;
END $$;
REVOKE ALL ON FUNCTION make_meaning() FROM PUBLIC;

SELECT make_meaning();
