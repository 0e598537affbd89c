-- Reads of the ledger. Keyset pages (id < before, newest first), maintained counters, nothing whose cost grows with the table.

-- name: list_jobs
SELECT id, batch_id, pipeline, name, source_kind, submitted_by, submitter_name, created_at, state, version, attempt_no,
       automatic_used, queued_at, run_after, started_at, ended_at, worker_id, step_no, step_total, step_name,
       progress_done, progress_total, progress_unit, progress_at, failure_code, failure_params, diagnostic_ref,
       outcome, document_id, audit_event_id, attention, acknowledged_at, acknowledged_by, acknowledged_reason,
       external_namespace, external_namespace IS NULL OR rerunnable(external_namespace) AS rerunnable
FROM job
WHERE true
  --< narrowed
  AND id < %(before)s  --? before
ORDER BY id DESC
LIMIT %(limit)s

-- name: get_job
SELECT id, batch_id, pipeline, name, source_kind, submitted_by, submitter_name, created_at, state, version, attempt_no,
       automatic_used, queued_at, run_after, started_at, ended_at, worker_id, step_no, step_total, step_name,
       progress_done, progress_total, progress_unit, progress_at, failure_code, failure_params, diagnostic_ref,
       outcome, document_id, audit_event_id, attention, acknowledged_at, acknowledged_by, acknowledged_reason,
       external_namespace, external_namespace IS NULL OR rerunnable(external_namespace) AS rerunnable
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

-- name: count_standings
-- Exact, from the maintained counters.
SELECT state, attention, sum(n)::bigint AS n
FROM job_count
WHERE true
  AND pipeline = %(pipeline)s  --? pipeline
GROUP BY state, attention

-- name: count_sample
-- At most `limit` rows are looked at; fewer rows than that are all there are.
SELECT state, attention, count(*) AS n
FROM (
    SELECT state, attention FROM job
    WHERE true
  --< narrowed
    LIMIT %(limit)s
) AS sample
GROUP BY state, attention

-- name: count_few
-- All of them in one look when they are no more than `limit`: for filters that no counter covers.
SELECT state, count(*) AS n
FROM (
    SELECT state FROM job
    WHERE true
      AND pipeline = %(pipeline)s               --? pipeline
      AND batch_id = %(batch_id)s               --? batch_id
      AND failure_code = %(failure_code)s AND state = 'failed'  --? failure_code
      AND name ILIKE %(pattern)s                --? pattern!
    LIMIT %(limit)s
) AS sample
GROUP BY state

-- name: count_some
-- At most `limit` rows are looked at: for filters that no counter covers.
SELECT count(*) AS n
FROM (
    SELECT FROM job
    WHERE true
  --< narrowed
    LIMIT %(limit)s
) AS sample

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
