-- How many jobs there are under a filter, by state and by attention: nothing here grows with the jobs.

-- name: count_standings
-- Exact, from the maintained counters.
SELECT state, attention, sum(n)::bigint AS n
FROM job_count
WHERE true
  AND pipeline = %(pipeline)s  --? pipeline
GROUP BY state, attention

-- name: count_of_submitter
-- Exact: what is folded, and what was added since.
SELECT state, attention, sum(n)::bigint AS n
FROM (
    SELECT submitter_name, failure_code, pipeline, step, source_kind, state, attention, n FROM standing_count
    UNION ALL
    SELECT submitter_name, failure_code, pipeline, step, source_kind, state, attention, n FROM job_count
) AS counted
WHERE submitter_name = %(submitter)s
  AND failure_code = %(failure_code)s         --? failure_code
  AND pipeline = %(pipeline)s                 --? pipeline
  AND step = %(step)s                         --? step
  AND source_kind = %(source)s::source_kind   --? source
GROUP BY state, attention
HAVING sum(n) <> 0

-- name: count_of_all_submitters
-- Exact, in the same way: folded rows of all submitters together name none, and what was added since always names one.
SELECT state, attention, sum(n)::bigint AS n
FROM (
    SELECT failure_code, pipeline, step, source_kind, state, attention, n FROM standing_count WHERE submitter_name IS NULL
    UNION ALL
    SELECT failure_code, pipeline, step, source_kind, state, attention, n FROM job_count WHERE submitter_name IS NOT NULL
) AS counted
WHERE true
  AND failure_code = %(failure_code)s         --? failure_code
  AND pipeline = %(pipeline)s                 --? pipeline
  AND step = %(step)s                         --? step
  AND source_kind = %(source)s::source_kind   --? source
GROUP BY state, attention
HAVING sum(n) <> 0

-- name: count_of_batch
-- States exactly, from the maintained counters; what became of its failures by one step down an index each, up to `limit`.
SELECT state, NULL::job_attention AS attention, sum(n)::bigint AS n
FROM batch_count
WHERE batch_id = %(batch_id)s
GROUP BY state
UNION ALL
SELECT NULL, kind, (
    SELECT count(*) FROM (
        SELECT FROM job WHERE batch_id = %(batch_id)s AND attention = kind
        LIMIT %(limit)s
    ) AS counted
)
FROM unnest(enum_range(NULL::job_attention)) AS kind

-- name: count_between
-- Under bounds of the submission alone: ids begin with the time, so each state and each attention has them side by side in its index.
SELECT state, NULL::job_attention AS attention, (
    SELECT count(*) FROM (
        SELECT FROM job WHERE job.state = states.state
          AND id >= uuid_floor(%(since)s)   --? since
          AND id < uuid_floor(%(until)s)    --? until
        LIMIT %(limit)s
    ) AS counted
) AS n
FROM unnest(enum_range(NULL::job_state)) AS states (state)
UNION ALL
SELECT NULL, kind, (
    SELECT count(*) FROM (
        SELECT FROM job WHERE attention = kind
          AND id >= uuid_floor(%(since)s)   --? since
          AND id < uuid_floor(%(until)s)    --? until
        LIMIT %(limit)s
    ) AS counted
)
FROM unnest(enum_range(NULL::job_attention)) AS kind

-- name: count_sample
-- `limit` jobs that match are looked at, whatever they are; fewer jobs than that are all there are.
SELECT state, attention, count(*) AS n
FROM (
    SELECT state, attention FROM job
    WHERE true
  --< narrowed
    ORDER BY id DESC   --? newest_first
    LIMIT %(limit)s
) AS sample
GROUP BY state, attention
