-- Reads of the ledger. Keyset pages (id < before, newest first), nothing whose cost grows with the table.

-- name: list_jobs
SELECT
  --< job_columns
FROM job
WHERE true
  --< narrowed
  AND id < %(before)s  --? before
ORDER BY id DESC
LIMIT %(limit)s

-- name: list_newest
-- Of all jobs, at most 201. The planner knows the limit within, so it keeps one plan: planning anew took longer than all the rest.
SELECT
  --< job_columns
FROM (
    SELECT * FROM job
    WHERE true
      AND id < %(before)s  --? before
    ORDER BY id DESC
    LIMIT 201
) AS job
ORDER BY id DESC
LIMIT %(limit)s

-- name: get_job
SELECT
  --< job_columns
FROM job
WHERE id = %(id)s

-- name: list_attempts
SELECT attempt_no, state, origin, retry_of, restart, audit_event_id, requested_by, reason, queued_at, run_after,
       started_at, ended_at, worker_id, failure_code, failure_params, diagnostic_ref
FROM attempt
WHERE job_id = %(id)s
ORDER BY attempt_no DESC

-- name: list_steps
SELECT attempt_no, step_no, name, state, resumed, started_at, ended_at, progress_done, progress_total, progress_unit
FROM step
WHERE job_id = %(id)s
ORDER BY attempt_no DESC, step_no

-- name: list_transitions
SELECT id, at, attempt_no, before, after, failure_code, audit_event_id
FROM job_event
WHERE job_id = %(id)s
ORDER BY id

-- name: get_document
SELECT id, job_id, name, title, media_type, size_bytes, characters, pages, chunk_total, created_at
FROM document
WHERE id = %(id)s

-- name: list_chunks
SELECT ordinal, page_from, page_to, body
FROM chunk
WHERE document_id = %(id)s AND ordinal > %(after)s
ORDER BY ordinal
LIMIT %(limit)s

-- name: get_batch
SELECT id, label, pipeline, submitted_by, submitter_name, created_at, job_total, audit_event_id
FROM batch
WHERE id = %(id)s

-- name: batch_tally
-- One batch only, by its index: states, failure codes and duplicates.
SELECT state, failure_code, outcome, count(*) AS n
FROM job
WHERE batch_id = %(batch_id)s
GROUP BY state, failure_code, outcome

-- name: search
-- websearch_to_tsquery takes what people type: words, "phrases", or, -not.
SELECT d.id AS document_id, d.job_id, d.name, d.title, d.media_type, c.page_from, c.page_to,
       ts_headline('simple', c.body, q, E'StartSel=\x02, StopSel=\x03, MaxWords=40, MinWords=20, MaxFragments=1') AS snippet,
       ts_rank_cd(c.words, q)::float8 AS rank
FROM (
    SELECT chunk.document_id, chunk.ordinal, chunk.page_from, chunk.page_to, chunk.body, chunk.words, q
    FROM websearch_to_tsquery('simple', %(text)s) AS q, chunk
    WHERE chunk.words @@ q
    ORDER BY ts_rank_cd(chunk.words, q) DESC, chunk.document_id, chunk.ordinal
    LIMIT %(limit)s
) AS c JOIN document AS d ON d.id = c.document_id
ORDER BY rank DESC, d.id, c.ordinal

-- name: list_workers
SELECT w.id, w.host, w.pid, w.pipelines, w.concurrency, w.started_at, w.seen_at,
       (SELECT count(*) FROM job AS j WHERE j.worker_id = w.id AND j.state = 'running') AS running
FROM worker AS w
WHERE w.stopped_at IS NULL AND w.lease_until > now()
ORDER BY w.started_at

-- name: count_workers
SELECT count(*) AS n
FROM worker
WHERE stopped_at IS NULL AND lease_until > now() AND %(pipeline)s = ANY(pipelines)
