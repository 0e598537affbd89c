-- The messages to channels and every try to deliver them.

-- name: gather
INSERT INTO delivery (id, channel_id, event, reason, pipeline, step, source_kind, n, first_at, last_at, due_at)
VALUES (%(id)s, %(channel_id)s, %(event)s, %(reason)s, %(pipeline)s, %(step)s, %(source_kind)s, %(n)s, %(first_at)s, %(last_at)s,
        now() + make_interval(secs => %(window_seconds)s))
ON CONFLICT (channel_id, event, reason, pipeline, step, source_kind) WHERE closed_at IS NULL
DO UPDATE SET n = delivery.n + excluded.n, last_at = greatest(delivery.last_at, excluded.last_at),
              first_at = least(delivery.first_at, excluded.first_at)

-- name: add_test
INSERT INTO delivery (id, channel_id, event, reason, pipeline, step, source_kind, n, first_at, last_at, due_at, closed_at)
VALUES (%(id)s, %(channel_id)s, %(event)s, %(reason)s, %(pipeline)s, %(step)s, %(source_kind)s, %(n)s, %(first_at)s, %(last_at)s,
        now(), now())

-- name: claim
-- Quiet hours and a pause hold back what happened by itself, not a test that somebody waits for.
WITH due AS MATERIALIZED (
    SELECT d.id, c.kind, c.target, c.secret, c.language
    FROM delivery AS d JOIN channel AS c ON c.id = d.channel_id
    WHERE d.done_at IS NULL AND d.due_at <= now() AND (d.lease_until IS NULL OR d.lease_until < now())
      AND (d.event = 'test' OR NOT (c.paused OR is_quiet(now(), c.quiet_from, c.quiet_to, c.zone)))
    ORDER BY d.due_at
    LIMIT %(limit)s
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE delivery AS d
SET closed_at = coalesce(d.closed_at, now()), lease_until = now() + make_interval(secs => %(lease_seconds)s), tries = d.tries + 1
FROM due
WHERE d.id = due.id
RETURNING d.id, d.event, d.reason, d.pipeline, d.step, d.source_kind, d.n, d.first_at, d.last_at, d.tries,
          due.kind, due.target, due.secret, due.language

-- name: settle
-- A try that outlived its lease changes nothing: whoever followed it tells what came of it.
WITH mine AS (
    UPDATE delivery
    SET outcome = %(outcome)s, status = %(status)s, lease_until = NULL,
        done_at = CASE WHEN %(wait)s::float8 IS NULL THEN now() END,
        due_at = CASE WHEN %(wait)s::float8 IS NULL THEN due_at ELSE now() + make_interval(secs => %(wait)s::float8) END
    WHERE id = %(id)s AND tries = %(tries)s AND done_at IS NULL
    RETURNING id
)
INSERT INTO delivery_try (delivery_id, no, outcome, status, milliseconds)
SELECT id, %(tries)s, %(outcome)s, %(status)s, %(milliseconds)s FROM mine

-- name: list_deliveries
SELECT d.id, d.channel_id, d.event, d.reason, d.pipeline, d.step, d.source_kind, d.n, d.first_at, d.last_at, d.due_at, d.closed_at,
       d.tries, d.outcome, d.status, d.done_at, coalesce((
           SELECT jsonb_agg(jsonb_build_object('no', t.no, 'at', t.at, 'outcome', t.outcome, 'status', t.status,
                                               'milliseconds', t.milliseconds) ORDER BY t.no)
           FROM delivery_try AS t WHERE t.delivery_id = d.id), '[]') AS log
FROM delivery AS d
WHERE d.channel_id = %(channel_id)s
  AND d.id < %(before)s    --? before
ORDER BY d.id DESC
LIMIT %(limit)s

-- name: forget
DELETE FROM delivery WHERE done_at < now() - make_interval(days => %(days)s)
