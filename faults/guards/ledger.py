"""The fences of workers, the compare-and-sets of people and the conditions of repair."""

from faults.guards.guard import Guard

ATTEMPTS = "src/tidegate/ledger/attempts.sql"
WRITES = "src/tidegate/ledger/writes.sql"
REPAIR = "src/tidegate/ledger/repair.sql"
ACKNOWLEDGING = "src/tidegate/ledger/acknowledging.sql"
BULK = "src/tidegate/ledger/bulk.sql"

FENCES = ("tests/storage/test_fences.py",)
HOLDER = "tests/storage/test_fences.py::test_a_workers_statement_is_for_its_holder_alone"
EXECUTION = ("tests/operations/test_execution.py",)
RETRY = ("tests/operations/test_retry.py",)
REPAIRING = ("tests/storage/test_repair.py",)
MANY = ("tests/operations/test_bulk_retry.py",)
SAID = ("tests/operations/test_acknowledging.py", "tests/storage/test_fences.py")

FENCED = (
    "fenced_job", "set_step", "set_progress", "succeed_job", "fail_job", "give_back_job", "succeed_attempt", "fail_attempt",
    "give_back_attempt",
)  # fmt: skip
"""Statements under the whole fence: (job, attempt, worker, running)."""

FENCE = (" AND attempt_no = %(attempt_no)s", " AND worker_id = %(worker_id)s", " AND state = 'running'")

GUARDS = (
    *(Guard(ATTEMPTS, name, part, "", (f"{HOLDER}[{name}]",)) for name in FENCED for part in FENCE),
    Guard(ATTEMPTS, "fenced_job", "\nFOR UPDATE", "", FENCES),
    Guard(ATTEMPTS, "close_steps", " AND state = 'running'", "", FENCES),
    Guard(ATTEMPTS, "close_steps", " AND attempt_no = %(attempt_no)s", "", FENCES),
    Guard(ATTEMPTS, "begin_attempt", " AND attempt_no = %(attempt_no)s", "", FENCES),
    Guard(ATTEMPTS, "begin_attempt", " AND state = 'queued'", "", FENCES),
    Guard(ATTEMPTS, "begin_attempt", " AND (run_after IS NULL OR run_after <= now())", "", EXECUTION),
    Guard(ATTEMPTS, "begin_attempt", " AND lease_until > now()", "", EXECUTION),
    Guard(ATTEMPTS, "begin_attempt", " AND stopped_at IS NULL", "", EXECUTION),
    Guard(ATTEMPTS, "begin_attempt", "id = %(worker_id)s AND lease_until", "lease_until", FENCES),
    Guard(ATTEMPTS, "begin_attempt", " AND attempt.attempt_no = begun.attempt_no", "", FENCES),
    Guard(ATTEMPTS, "begin_attempt", " AND a.failure_code = 'worker_lost'", "", ("tests/operations/test_lifecycle_model.py",)),
    Guard(ATTEMPTS, "begin_attempt", " WHERE job_id = begun.id AND origin IN ('submitted', 'person')", " WHERE job_id = begun.id",
          ("tests/operations/test_quarantine.py",)),
    Guard(ATTEMPTS, "begin_attempt", "a.attempt_no >= (", "0 < (", ("tests/operations/test_quarantine.py",)),
    Guard(ATTEMPTS, "insert_step", "ON CONFLICT (job_id, attempt_no, step_no) DO UPDATE\n"
          "SET started_at = clock_timestamp(), state = 'running', ended_at = NULL, resumed = false", "", FENCES),
    Guard(ATTEMPTS, "insert_resumed_step", "ON CONFLICT (job_id, attempt_no, step_no) DO NOTHING", "", FENCES),
    Guard(ATTEMPTS, "finish_step", " AND attempt_no = %(attempt_no)s", "", FENCES),
    Guard(ATTEMPTS, "insert_document", "ON CONFLICT (pipeline, sha256) DO NOTHING", "", EXECUTION),
    Guard(ATTEMPTS, "get_diagnostic", " AND expires_at > now()", "", FENCES),
    Guard(ATTEMPTS, "automatic_retries", " AND failure_code = %(code)s", "", ("tests/operations/test_lifecycle_model.py",)),
    Guard(ATTEMPTS, "automatic_retries", " AND origin IN ('submitted', 'person')", "", EXECUTION),
    Guard(ATTEMPTS, "automatic_retries", "attempt_no >= (", "0 < (", EXECUTION),
    Guard(WRITES, "lock_job", "FOR UPDATE", "", RETRY),
    Guard(WRITES, "requeue_job", " AND state = 'failed'", "", FENCES),
    Guard(WRITES, "requeue_job", " AND attempt_no = %(attempt_no)s", "", FENCES),
    Guard(WRITES, "cancel_job", " AND state IN ('queued', 'running')", "", FENCES),
    Guard(WRITES, "cancel_job", " AND attempt_no = %(attempt_no)s", "", FENCES),
    Guard(WRITES, "cancel_attempt", " AND state IN ('queued', 'running')", "", FENCES),
    Guard(WRITES, "cancel_attempt", " AND attempt_no = %(attempt_no)s", "", FENCES),
    Guard(REPAIR, "reap_lost", "j.state = 'running' AND ", "", REPAIRING),
    Guard(REPAIR, "reap_lost", "w.id IS NULL OR ", "", REPAIRING),
    Guard(REPAIR, "reap_lost", " OR w.stopped_at IS NOT NULL", "", REPAIRING),
    Guard(REPAIR, "reap_lost", " OR w.lease_until < now()", "", EXECUTION),
    Guard(REPAIR, "reap_lost", " AND (w.id IS NULL OR w.stopped_at IS NOT NULL OR w.lease_until < now())", "", EXECUTION),
    Guard(REPAIR, "reap_lost", "    FOR UPDATE OF j SKIP LOCKED\n", "", REPAIRING),
    Guard(REPAIR, "reap_lost", " AND job.state = 'running'", "", REPAIRING,
          needless="the rows are locked in the state that the subquery saw"),
    Guard(REPAIR, "reap_lost", "CASE WHEN lost.losses >= %(losses)s THEN 'quarantined' ELSE 'worker_lost' END",
          "CASE WHEN %(losses)s > 0 THEN 'worker_lost' END", ("tests/operations/test_quarantine.py",)),
    Guard(REPAIR, "reap_lost", " AND origin IN ('submitted', 'person')", "", ("tests/operations/test_quarantine.py",)),
    Guard(REPAIR, "reap_lost", " AND a.failure_code = 'worker_lost'", "", ("tests/operations/test_lifecycle_model.py",)),
    Guard(REPAIR, "reap_lost", "a.attempt_no >= (", "0 < (", ("tests/operations/test_quarantine.py",)),
    Guard(REPAIR, "unticketed", "j.state = 'queued' AND ", "", REPAIRING),
    Guard(REPAIR, "unticketed", "j.queued_at < now() - make_interval(secs => %(grace)s)", "%(grace)s >= 0", EXECUTION),
    Guard(REPAIR, "unticketed", "(j.run_after IS NULL OR j.run_after < now() - make_interval(secs => %(grace)s))", "true",
          REPAIRING),
    Guard(REPAIR, "unticketed", " || '/' || j.version", "", REPAIRING),
    Guard(REPAIR, "unticketed", " AND q.status IN ('queued', 'picked')", "", REPAIRING),
    Guard(REPAIR, "unticketed", "FOR UPDATE OF j SKIP LOCKED", "", REPAIRING),
    Guard(REPAIR, "still_mine", "worker_id = %(worker_id)s AND ", "true OR %(worker_id)s IS NULL AND ", FENCES),
    Guard(REPAIR, "still_mine", " AND state = 'running'", "", FENCES),
    Guard(REPAIR, "renew_lease", " AND stopped_at IS NULL", "", REPAIRING),
    Guard(REPAIR, "renew_lease", " AND lease_until > now()", "", EXECUTION),
    Guard(REPAIR, "dismiss_worker", " AND stopped_at IS NULL", "", REPAIRING),
    Guard(REPAIR, "drop_expired", " WHERE expires_at < now())", ")", REPAIRING),
    Guard(REPAIR, "drop_expired", " WHERE created_at < now() - interval '1 day'", "", REPAIRING),
    Guard(REPAIR, "drop_expired", " WHERE expires_at < now() - interval '30 days'", "", REPAIRING),
    Guard(REPAIR, "drop_expired", " WHERE expires_at < now() - interval '1 day'", "", REPAIRING),
    Guard(REPAIR, "drop_expired", " WHERE coalesce(stopped_at, lease_until) < now() - interval '7 days'", "", REPAIRING),
    Guard(ACKNOWLEDGING, "acknowledge", " AND job.state = 'failed'", "", SAID),
    Guard(ACKNOWLEDGING, "acknowledge", " AND job.acknowledged_at IS NULL", "", SAID),
    Guard(ACKNOWLEDGING, "unacknowledge", " AND state = 'failed'", "", SAID,
          needless="CHECK acknowledged_is_failed: nothing else is acknowledged"),
    Guard(ACKNOWLEDGING, "unacknowledge", " AND acknowledged_at IS NOT NULL", "", SAID),
    Guard(ACKNOWLEDGING, "lock_unresolved", "attention = 'unresolved'", "true", SAID),
    Guard(ACKNOWLEDGING, "lock_unresolved", "FOR UPDATE", "", SAID),
    Guard(BULK, "freeze", "CASE WHEN failure_code = ANY(%(barred)s) THEN 'not_retryable'\n                WHEN",
          "CASE WHEN failure_code = ANY(%(barred)s) THEN NULL\n                WHEN", MANY),
    Guard(BULK, "freeze", " AND NOT %(with_acknowledged)s THEN 'acknowledged'", " AND NOT %(with_acknowledged)s THEN NULL", MANY),
    Guard(BULK, "freeze", "WHERE state = 'failed'", "WHERE true", MANY,
          needless="a retry of many is of what had failed by a moment, and that line of the filter says it, too"),
    Guard(BULK, "take_unfinished", "WHERE finished_at IS NULL", "", MANY),
    Guard(BULK, "take_unfinished", "FOR UPDATE SKIP LOCKED", "", MANY),
    Guard(BULK, "lock_piece", " AND verdict = 'waiting'", "", MANY),
    Guard(BULK, "lock_piece", "FOR UPDATE OF j", "", FENCES),
    Guard(BULK, "requeue_jobs", " AND job.state = 'failed'", "", FENCES),
    Guard(BULK, "requeue_jobs", " AND job.attempt_no = retry.attempt_no", "", FENCES),
    Guard(BULK, "settle_items", " AND i.verdict = 'waiting'", "", FENCES),
    Guard(BULK, "refuse_rest", " AND verdict = 'waiting'", "", MANY),
    Guard(BULK, "advance", " AND finished_at IS NULL", "", FENCES),
)  # fmt: skip
