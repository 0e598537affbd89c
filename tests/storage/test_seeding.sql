-- What must find nothing in a seeded ledger.

-- name: a_job_stands_as_its_last_attempt
SELECT j.id
FROM job AS j LEFT JOIN attempt AS a ON a.job_id = j.id AND a.attempt_no = j.attempt_no
WHERE (a.state, a.started_at, a.ended_at) IS DISTINCT FROM (j.state, j.started_at, j.ended_at)

-- name: attempts_are_numbered_through
SELECT job_id FROM attempt GROUP BY job_id HAVING count(*) <> max(attempt_no)

-- name: the_attempts_before_the_last_failed
SELECT a.job_id
FROM attempt AS a JOIN job AS j ON j.id = a.job_id
WHERE a.attempt_no < j.attempt_no AND a.state <> 'failed'

-- name: history_ends_at_the_state
SELECT j.id
FROM job AS j
WHERE j.state IS DISTINCT FROM (SELECT e.after FROM job_event AS e WHERE e.job_id = j.id ORDER BY e.id DESC LIMIT 1)

-- name: history_is_in_order
SELECT job_id
FROM (
    SELECT job_id, at, before, lag(at) OVER w AS at_before, lag(after) OVER w AS was
    FROM job_event
    WINDOW w AS (PARTITION BY job_id ORDER BY id)
) AS e
WHERE before IS DISTINCT FROM was OR at < at_before

-- name: steps_end_at_the_one_that_was_reached
SELECT j.id
FROM job AS j LEFT JOIN step AS s ON s.job_id = j.id AND s.attempt_no = j.attempt_no AND s.step_no = j.step_no
WHERE j.state <> 'queued' AND (s.state, s.name) IS DISTINCT FROM (j.state, j.step_name)

-- name: nothing_is_in_the_future
SELECT id FROM job WHERE greatest(created_at, queued_at, started_at, ended_at) > %(now)s

-- name: an_id_tells_the_time
SELECT id
FROM job
WHERE id NOT BETWEEN uuid_floor(created_at - interval '1 ms') AND uuid_floor(created_at + interval '2 ms')

-- name: a_batch_knows_its_size
SELECT b.id FROM batch AS b WHERE b.job_total <> (SELECT count(*) FROM job AS j WHERE j.batch_id = b.id)

-- name: every_act_has_its_event
SELECT act.audit_event_id
FROM (
    SELECT audit_event_id FROM job UNION SELECT audit_event_id FROM batch
    UNION SELECT audit_event_id FROM attempt UNION SELECT audit_event_id FROM job_event
) AS act
WHERE act.audit_event_id IS NOT NULL AND NOT EXISTS (SELECT FROM audit_event AS e WHERE e.id = act.audit_event_id)
