"""Every statement whose cost could grow with the ledger, with the indexes that its plan must use: one line each.

What a line does not give itself comes from `known`, by the parameter's name. A statement that looks at a table that grows and
stands neither here nor in COLD fails the test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.plans.filters import narrowed_lines

PAGE, PIECE = 51, 500

JOB, ATTEMPT = "job_pkey|job_by_state", "attempt_pkey|attempt_job_id_retry_of_key"
"""Which of the two is chosen makes no difference: both lead to one row."""


@dataclass(frozen=True)
class Line:
    """A hot statement: its plan must name each index of `uses` (`a|b`: one of them), and look at `touches` rows at most."""

    file: str
    statement: str
    uses: tuple[str, ...]
    given: Mapping[str, Any] = field(default_factory=dict)
    touches: int = 1100

    def __str__(self) -> str:
        shown = {name: str(value)[:24] for name, value in self.given.items() if value is not None}
        return f"{self.file}.sql {self.statement} {shown or ''}".strip()


def _lines(file: str, *statements: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> list[Line]:
    """Lines of one file: statement, the indexes with blanks between, and what is given."""
    return [Line(file, one[0], tuple(one[1].split()), one[2] if len(one) == 3 else {}) for one in statements]


COLD = {
    "ledger/news get_page": "one process at a time tells people; nobody waits for it",
    "ledger/news sum_up": "one process at a time tells people; nobody waits for it",
    "ledger/news look_for_still_jobs": "one process at a time tells people; looks at what runs now",
    "audit/export list_sealed": "an export reads the whole log, a page at a time",
    "audit/export list_checkpoints": "an export reads the whole log, a page at a time",
    "audit/export list_unsealed": "an export reads the whole log, a page at a time",
    "audit/export list_keys": "an export reads the whole log, a page at a time",
    "audit/retention get_expirable": "once a day at most, by an administrator",
    "sources/scan forget_scans": "after a scan; nobody waits for it, and it takes 5,000 rows at most",
    "sources/scan forget_objects": "after a scan; nobody waits for it, and it takes 5,000 rows at most",
    "ledger/repair forget_runs": "once a month at most, when a month of jobs was dropped",
    "ledger/repair drop_expired": "deletes what has expired, by the age of each kind; the queue's log is empty but for an hour",
}
"""Statements that look at what grows and are not asked for while somebody waits, each with its reason."""

WORK = _lines(
    "ledger/attempts",
    ("close_steps", "step_pkey", {"state": "failed"}),
    ("drop_checkpoints", "checkpoint_pkey"),
    ("begin_attempt", f"{JOB} {ATTEMPT}"),
    ("list_checkpoints", "checkpoint_pkey"),
    ("fenced_job", JOB),
    ("set_step", JOB),
    ("set_progress", JOB),
    ("finish_step", "step_pkey"),
    ("known_document", "document_pipeline_sha256_key"),
    ("succeed_job", JOB),
    ("succeed_attempt", ATTEMPT),
    ("fail_job", JOB),
    ("fail_attempt", ATTEMPT),
    ("get_diagnostic", "diagnostic_pkey"),
    ("automatic_retries", "attempt_pkey"),
    ("give_back_job", JOB),
    ("give_back_attempt", ATTEMPT),
)
WORK += _lines(
    "ledger/together",
    ("take_attempts", f"pgqueuer_ep_prio_id_idx pgqueuer_pkey {JOB} {ATTEMPT} checkpoint_pkey", {"limit": 100}),
    ("list_checkpoints", "checkpoint_pkey"),
    ("start_steps", f"{JOB} step_pkey"),
    ("succeed_attempts", f"{JOB} {ATTEMPT} step_pkey checkpoint_pkey"),
)
WORK += _lines(
    "engine/postgres",
    ("due_in", "pgqueuer_ep_ea_idx", {"pipelines": ["documents"]}),
    ("free_silent", "pgqueuer_picked_heartbeat_idx"),
)
REPAIR = _lines(
    "ledger/repair",
    ("reap_lost", f"job_by_worker|job_by_state {ATTEMPT}"),
    ("unticketed", "job_waiting pgqueuer_unique_dedupe_key", {"limit": 1000}),
    ("still_mine", "job_by_worker"),
    ("fold_batch_counts", "batch_count_fresh batch_count_by_batch"),
)
THEIRS = _lines(
    "ledger/external",
    ("lock_jobs_of", "external_run_pkey job_pkey"),
    ("find_run", "external_run_pkey job_pkey"),
    ("find_asked", f"{JOB}|job_external_open"),
    ("find_item", f"external_run_by_item {JOB}", {"pipeline": "@their_pipeline"}),
    ("find_waiting", "job_external_open|job_due external_run_by_job", {"pipeline": "@their_pipeline"}),
    ("answer_call", "rerun_call_job_id_attempt_no_key"),
    ("hear", "external_run_pkey", {"restart": None}),
    ("begin_run", f"{JOB}|job_external_open {ATTEMPT}"),
    ("silent", "job_external_open external_run_by_job", {"silence": 3600.0}),
    ("heard", "external_run_by_job rerun_call_job_id_attempt_no_key"),
)
THEIRS += _lines(
    "ledger/rerun_calls",
    ("withdraw_calls", "rerun_call_job_id_attempt_no_key|rerun_call_due"),
    ("take_due_calls", f"rerun_call_due {JOB} external_run_by_job", {"lease": 60.0, "limit": 8}),
    ("claim_calls", f"rerun_call_due {JOB} external_run_by_job", {"lease": 60.0, "limit": 8}),
    ("settle_call", "rerun_call_pkey", {"id": "@run_id", "delivery": "refused", "status": 500, "wait": 5.0}),
)
ACTS = _lines(
    "ledger/writes",
    ("extend_batch", "batch_pkey", {"id": "@batch_id", "n": 1000}),
    ("lock_job", "job_pkey"),
    ("requeue_job", JOB),
    ("insert_retry", ATTEMPT, {"origin": "person", "restart": False, "requested_by": "ada", "traceparent": None}),
    ("cancel_job", "job_pkey"),
    ("cancel_attempt", ATTEMPT),
)
ACTS += _lines("ledger/acknowledging", ("acknowledge", JOB), ("unacknowledge", JOB))
MANY = _lines(
    "ledger/bulk",
    ("count_frozen", "bulk_retry_item_by_verdict|bulk_retry_item_pkey"),
    ("take_unfinished", "bulk_retry_unfinished"),
    ("lock_piece", "bulk_retry_item_waiting job_pkey", {"after": UUID(int=0), "limit": PIECE}),
    ("requeue_jobs", JOB),
    ("drop_checkpoints", "checkpoint_pkey"),
    ("settle_items", "bulk_retry_item_waiting"),
    ("refuse_rest", "bulk_retry_item_waiting"),
    ("advance", "bulk_retry_pkey|bulk_retry_unfinished", {"id": "@bulk_id"}),
    ("get_bulk", "bulk_retry_pkey", {"id": "@bulk_id"}),
    ("list_bulk", "bulk_retry_pkey", {"limit": PAGE}),
    ("list_items", "bulk_retry_item_pkey job_pkey", {"limit": PAGE}),
    ("list_items", "bulk_retry_item_by_verdict job_pkey", {"limit": PAGE, "verdict": "retried"}),
    ("sum_outcomes", "bulk_retry_item_by_verdict job_pkey", {"limit": 1001}),
)
SOURCES = _lines(
    "sources/scan",
    ("take_scan", "source_scan_by_age source_scan_pkey|source_scan_by_age", {"lease_seconds": 30.0}),
    ("hold_scan", "source_scan_pkey|source_scan_by_age", {"id": "@scan_id", "tries": 1, "lease_seconds": 30.0}),
    ("count_own", "source_object_pkey"),
    ("count_piece", "source_scan_pkey", {"id": "@scan_id", "submitted": 1, "unchanged": 1, "batch_id": None}),
    ("end_scan", "source_scan_pkey|source_scan_by_age", {"id": "@scan_id", "tries": 1, "code": None}),
    ("list_scans", "source_scan_by_source", {"limit": PAGE}),
    ("list_scans", "source_scan_by_source", {"limit": PAGE, "before": "@scan_id"}),
)
SOURCES += _lines(
    "sources/source",
    ("list_sources", "source_scan_by_source", {"limit": PAGE}),
    ("source_of_batch", "source_scan_by_batch"),
)
READS = _lines(
    "ledger/reads",
    ("list_newest", "job_pkey", {"limit": PAGE}),
    ("list_newest", "job_pkey", {"limit": PAGE, "before": "@job_id"}),
    ("get_job", "job_pkey"),
    ("list_attempts", "attempt_pkey"),
    ("list_steps", "step_pkey"),
    ("list_transitions", "job_event_pkey"),
    ("get_document", "document_pkey", {"id": "@document_id"}),
    ("list_chunks", "chunk_pkey", {"id": "@document_id", "after": -1, "limit": PAGE}),
    ("get_batch", "batch_pkey", {"id": "@batch_id"}),
    ("batch_tally", "job_by_batch"),
    ("search", "chunk_words document_pkey", {"limit": 20}),
    ("list_workers", "job_by_worker"),
)
READS += _lines(
    "ledger/meaning",
    ("waiting_document", "document_without_meaning"),
    ("waiting_passages", "chunk_pkey chunk_meaning_pkey", {"limit": PIECE}),
    ("complete", "document_pkey"),
    ("nearest", "chunk_meaning_near chunk_pkey document_pkey", {"meaning": str([0.1] * 256), "limit": 20}),
    (
        "fused",
        "chunk_meaning_near chunk_words chunk_pkey document_pkey",
        {"meaning": str([0.1] * 256), "depth": 200, "limit": 20},
    ),
)
READS += _lines("ledger/counting", ("count_of_batch", "batch_count_by_batch job_by_batch_attention", {"limit": 1001}))
READS += [
    Line("ledger/counting", "count_between", ("job_by_state", "job_by_attention"), {**times, "limit": 1001}, touches=5 * 1001)
    for times in ({"since": "@a_month_ago"}, {"since": "@an_hour_ago", "until": "@a_moment_ago"})
]
READS += _lines("ledger/pulse", ("list_waiting", "job_due"), ("list_doing", "job_by_worker"))
READS += _lines("ledger/standing", ("queue_head", f"pgqueuer_ep_prio_id_idx {JOB} pgqueuer_unique_dedupe_key", {"limit": 1001}))
READS += _lines(
    "ledger/batches",
    ("list_batches", "batch_pkey", {"limit": PAGE}),
    ("list_batches", "batch_pkey", {"limit": PAGE, "before": "@batch_id"}),
    ("count_states", "batch_count_by_batch", {"ids": "@batch_ids"}),
)
AUDIT = _lines(
    "audit/browse",
    ("list_events", "audit_event_pkey", {"limit": PAGE}),
    ("list_events", "audit_event_pkey", {"limit": PAGE, "before": "@event_id"}),
    ("list_events", "audit_event_pkey", {"limit": PAGE, "outcome": "allowed"}),
    ("list_events", "audit_event_by_action", {"limit": PAGE, "action": "ingestion.retry"}),
    ("list_events", "audit_event_by_action", {"limit": PAGE, "action": "person.add"}),
    ("list_events", "audit_event_by_actor", {"limit": PAGE, "actor_id": "@person_id"}),
    ("list_events", "audit_event_by_target", {"limit": PAGE, "target_id": "@job_id"}),
    ("list_events", "audit_event_by_parent", {"limit": PAGE, "parent_id": "@event_id"}),
    ("count_children", "audit_event_by_parent", {"ids": "@event_ids", "limit": 1001}),
    ("get_event", "audit_event_pkey", {"id": "@event_id"}),
)
AUDIT += _lines(
    "audit/seal",
    ("get_head", "audit_checkpoint_pkey"),
    ("list_unsealed", "audit_event_by_xid audit_leaf_event_id_key", {"after": "0", "limit": 5000}),
    ("get_nodes", "audit_node_pkey audit_leaf_pkey"),
    ("get_place", "audit_leaf_event_id_key audit_event_pkey"),
    ("get_covering", "audit_checkpoint_by_size"),
    ("get_oldest_unsealed", "audit_event_by_xid audit_leaf_event_id_key", {"after": "0"}),
)
PEOPLE = _lines(
    "access/people",
    ("session_person", "session_token_hash_key", {"alone": True}),
    ("session_person", "session_token_hash_key", {"together": True}),
    ("token_person", "api_token_token_hash_key", {"alone": True}),
    ("token_person", "api_token_token_hash_key", {"together": True}),
    ("came_by_link", "session_pkey", {"id": "@session_id"}),
    ("spend_link_proof", "session_pkey", {"id": "@session_id"}),
    ("revoke_session", "session_pkey", {"id": "@session_id"}),
    ("revoke_other_sessions", "session_by_person"),
    ("revoke_all_tokens", "api_token_by_person"),
    ("list_sessions", "session_by_person"),
    ("list_tokens", "api_token_by_person"),
    ("revoke_token", "api_token_pkey", {"id": "@token_id"}),
    ("end_links", "signin_link_unused"),
    ("use_link", "signin_link_pkey"),
)
PEOPLE += _lines(
    "access/accounts",
    ("list_members", "session_by_person api_token_by_person", {"limit": 100}),
    ("list_grants", "audit_event_pkey"),
)
PEOPLE += _lines("operations/door", ("get_kept", "idempotency_key_pkey"))

LINES = (*WORK, *REPAIR, *THEIRS, *ACTS, *MANY, *SOURCES, *READS, *AUDIT, *PEOPLE, *(Line(*one) for one in narrowed_lines()))
