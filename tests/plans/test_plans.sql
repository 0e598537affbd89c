-- What the seeding leaves out, so that every table that grows has grown. Triggers are off meanwhile.

-- name: begin
SET session_replication_role = replica

-- name: forget_a_source
-- A filter for what nobody uses finds nothing, and must not look for it everywhere. Other systems ran those jobs instead.
UPDATE job SET source_kind = 'external', external_namespace = 'airflow://' || pipeline WHERE source_kind = 'store'

-- name: systems
INSERT INTO external_system (namespace, url, secret_ref)
SELECT namespace, url, CASE WHEN url IS NOT NULL THEN 'env:KEY' END
FROM (SELECT external_namespace AS namespace, CASE WHEN external_namespace LIKE '%%invoices' THEN 'https://example.org/' END AS url
      FROM job WHERE external_namespace IS NOT NULL GROUP BY external_namespace) AS asked

-- name: runs
INSERT INTO external_run (run_id, job_id, attempt_no, pipeline, item, slot)
SELECT id, id, 1, pipeline, id::text, name FROM job WHERE external_namespace IS NOT NULL

-- name: calls
INSERT INTO rerun_call (id, job_id, attempt_no, namespace, closed_at)
SELECT id, id, 1, external_namespace, CASE WHEN state = 'succeeded' THEN now() END FROM job WHERE external_namespace IS NOT NULL

-- name: documents
INSERT INTO document (id, pipeline, sha256, job_id, attempt_no, name, media_type, size_bytes, characters, chunk_total)
SELECT id, pipeline, encode(sha256(id::text::bytea), 'hex'), id, 1, name, 'application/pdf', 10000, 2000, 1
FROM job WHERE state = 'succeeded'

-- name: chunks
INSERT INTO chunk (document_id, ordinal, body) SELECT id, 0, 'the tide of ' || name || ' comes in ' || left(sha256, 6) FROM document

-- name: meanings
INSERT INTO chunk_meaning (document_id, ordinal, meaning)
SELECT document_id, ordinal, (SELECT array_agg(sin(n * hashtext(document_id::text)::float8)) FROM generate_series(1, 256) AS n)::vector
FROM chunk LIMIT 500

-- name: have_meaning
UPDATE document SET has_meaning = true WHERE id <> (SELECT max(id::text)::uuid FROM document)

-- name: checkpoints
INSERT INTO checkpoint (job_id, step_no, name, attempt_no, value) SELECT job_id, step_no, name, attempt_no, 'x' FROM step WHERE attempt_no = 1

-- name: diagnostics
INSERT INTO diagnostic (reference, job_id, attempt_no, expires_at, sealed)
SELECT 'D-' || job_id || '-' || step_no, job_id, attempt_no, now() + interval '1 day', 'x' FROM step WHERE attempt_no = 1

-- name: leaves
INSERT INTO audit_leaf (index, event_id, leaf_hash) SELECT row_number() OVER (ORDER BY id) - 1, id, sha256(id::text::bytea) FROM audit_event

-- name: nodes
INSERT INTO audit_node (level, index, hash) SELECT 1, n, sha256(n::text::bytea) FROM generate_series(0, 20000) AS n

-- name: checkpoints_of_the_log
INSERT INTO audit_checkpoint (number, size, horizon, key, note)
SELECT n, n, pg_current_xact_id(), 'key', 'note' FROM generate_series(1, (SELECT count(*) FROM audit_leaf)) AS n

-- name: tickets
INSERT INTO queue.pgqueuer (priority, status, entrypoint, dedupe_key, execute_after)
SELECT 0, 'queued', pipeline, id || '/' || attempt_no || '/' || version, queued_at FROM job WHERE state = 'queued'

-- name: sessions
INSERT INTO session (id, token_hash, person_id, expires_at)
SELECT j.id, sha256(j.id::text::bytea), p.id, now() + interval '1 day' FROM job AS j JOIN person AS p ON p.id = j.submitted_by
WHERE j.state = 'queued'

-- name: tokens
INSERT INTO api_token (id, token_hash, person_id, name, expires_at)
SELECT id, token_hash, person_id, 'a token', expires_at FROM session

-- name: links
INSERT INTO signin_link (token_hash, person_id, expires_at, used_at) SELECT token_hash, person_id, expires_at, now() FROM session

-- name: keys
INSERT INTO idempotency_key (actor_id, key, fingerprint, response) SELECT person_id, id::text, token_hash, '{}' FROM session

-- name: retries_of_many
INSERT INTO bulk_retry (id, requester_name, actor, narrowed, reason, as_of, total, retried, finished_at, audit_event_id)
SELECT id, 'ada', '{}', '{}', 'because', now(), 1000, 1000, now(), id FROM audit_event ORDER BY id DESC LIMIT 50

-- name: items
INSERT INTO bulk_retry_item (bulk_id, job_id, attempt_no, verdict, audit_event_id)
SELECT b.id, j.id, 1, 'retried', b.id
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM bulk_retry) AS b
     JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM job) AS j ON mod(j.n, 50) = b.n

-- name: sources
INSERT INTO source (id, name, address, endpoint, pipeline, pattern, recursive, credential, every_seconds, paused, actor, audit_event_id)
SELECT e.id, e.id::text, 's3://harbour', '', 'invoices', '', true, '', 60, false, '{}', e.id
FROM audit_event AS e ORDER BY e.id DESC LIMIT 20

-- name: scans
INSERT INTO source_scan (id, source_id, scheduled, actor, requester_name, started_at, ended_at, seen, submitted, batch_id,
                         audit_event_id)
SELECT e.id, s.id, true, '{}', 'ada', now(), now(), (b.id IS NOT NULL)::int, (b.id IS NOT NULL)::int, b.id, e.id
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM audit_event) AS e
     JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM source) AS s ON mod(e.n, 20) = s.n
     LEFT JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM batch) AS b ON b.n = e.n

-- name: open_scans
UPDATE source_scan SET ended_at = NULL WHERE id IN (SELECT max(id::text)::uuid FROM source_scan GROUP BY source_id)

-- name: objects
INSERT INTO source_object (source_id, version_key, scan_id)
SELECT s.id, sha256(j.id::text::bytea), s.id
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM job) AS j
     JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM source) AS s ON mod(j.n, 20) = s.n

-- name: waiting_items
UPDATE bulk_retry_item SET verdict = 'waiting', audit_event_id = NULL
WHERE bulk_id = (SELECT max(id::text)::uuid FROM bulk_retry)

-- name: analyze
ANALYZE

-- name: enlarge
-- The planner multiplies the rows of a page by the pages that are there: what is told of the one is believed of the whole.
UPDATE pg_class SET reltuples = reltuples * %(times)s
WHERE relkind IN ('r', 'i') AND reltuples > 0
  AND relnamespace IN ('public'::regnamespace, 'queue'::regnamespace) AND relname NOT IN ('person', 'role_grant', 'worker')

-- name: know
SELECT (SELECT max(id::text)::uuid FROM source) AS source_id, (SELECT max(id::text)::uuid FROM source_scan) AS scan_id,
       ARRAY(SELECT version_key FROM source_object LIMIT 50) AS keys, j.id, (SELECT id FROM batch ORDER BY id DESC OFFSET (SELECT count(*) / 2 FROM batch) LIMIT 1) AS batch_id,
       j.document_id, r.run_id, r.item, r.slot, r.namespace, r.pipeline AS their_pipeline, ARRAY[r.run_id] AS run_ids,
       w.id AS worker_id, b.id AS bulk_id, e.id AS event_id, e.id AS audit_event_id,
       s.id AS session_id, s.id AS token_id, s.person_id, s.person_id AS actor_id, s.token_hash, s.token_hash AS secret_hash,
       d.reference, s.id AS kept, ARRAY[w.id] AS workers, b.id AS bulk,
       ARRAY(SELECT id FROM (SELECT id FROM job ORDER BY id DESC LIMIT 50) AS newest ORDER BY id) AS ids,
       ARRAY(SELECT id FROM audit_event ORDER BY id DESC LIMIT 50) AS event_ids,
       ARRAY(SELECT id FROM batch ORDER BY id DESC OFFSET (SELECT count(*) / 2 FROM batch) LIMIT 50) AS batch_ids
FROM (SELECT id, batch_id, id AS document_id FROM job WHERE state = 'succeeded' AND id < (SELECT id FROM job WHERE state = 'queued' LIMIT 1)
      ORDER BY id DESC LIMIT 1) AS j,
     (SELECT r.*, c.namespace FROM external_run AS r JOIN rerun_call AS c USING (job_id) ORDER BY run_id DESC LIMIT 1) AS r,
     (SELECT id FROM worker ORDER BY id LIMIT 1) AS w, (SELECT max(id::text)::uuid AS id FROM bulk_retry) AS b,
     (SELECT id FROM audit_event WHERE action = 'ingestion.submit' ORDER BY id DESC LIMIT 1) AS e,
     (SELECT id, person_id, token_hash FROM session ORDER BY id LIMIT 1) AS s, (SELECT reference FROM diagnostic LIMIT 1) AS d
