"""What lists are narrowed to: each filter that the console offers, pairs of them, and some that match nothing."""

from collections.abc import Iterator
from typing import Any

Narrowed = tuple[str, str, tuple[str, ...], dict[str, Any], int]

PAGE, LOOKED_AT, FROZEN = 51, 2000, 100_000

LISTS: list[tuple[str, dict[str, Any]]] = [
    ("job_pkey", {}),
    ("job_by_state", {"state": "failed"}),
    ("job_by_state", {"state": "succeeded"}),
    ("job_by_state", {"state": "running"}),
    ("job_by_attention", {"attention": "unresolved"}),
    ("job_by_attention", {"attention": "acknowledged"}),
    ("job_by_pipeline", {"pipeline": "invoices"}),
    ("job_by_pipeline", {"pipeline": "unheard"}),
    ("job_by_source", {"source": "folder"}),
    ("job_by_source", {"source": "store"}),
    ("job_by_batch", {"batch_id": "@batch_id"}),
    ("job_by_submitter", {"submitter": "amara"}),
    ("job_by_submitter", {"submitter": "nobody"}),
    ("job_by_failure", {"failure_code": "document_corrupt"}),
    ("job_by_failure", {"failure_code": "quarantined"}),
    ("job_by_state", {"step": "extract"}),
    ("", {"step": ""}),
    ("job_pkey", {"since": "@an_hour_ago"}),
    ("job_pkey", {"since": "@a_month_ago"}),
    ("", {"failed_since": "@a_month_ago"}),
    ("job_by_time_of_failure", {"failed_since": "@a_moment_ago"}),
    ("job_by_name", {"pattern": "%unheard-of%"}),
    ("job_by_name|job_pkey", {"pattern": "%berth-plan%"}),
    ("job_by_state", {"state": "failed", "pipeline": "invoices"}),
    ("job_by_state", {"state": "failed", "source": "url"}),
    ("job_by_state", {"state": "failed", "submitter": "amara"}),
    ("job_by_batch", {"state": "failed", "batch_id": "@batch_id"}),
    ("job_by_pipeline|job_by_state", {"state": "succeeded", "pipeline": "invoices"}),
    ("job_by_attention", {"attention": "unresolved", "pipeline": "invoices"}),
    ("job_by_cause", {"failure_code": "document_corrupt", "pipeline": "invoices", "step": "extract", "source": "folder"}),
]
"""Each filter with the index that the list under it must use; without one, whatever looks at few rows will do."""


def narrowed_lines() -> Iterator[Narrowed]:
    """Lines of every statement that takes a filter."""
    for index, given in LISTS:
        uses, touches = tuple(index.split()), 1600
        yield "ledger/reads", "list_jobs", uses, {**given, "limit": PAGE}, touches
        if given.get("since") is None and given.get("failed_since") is None:
            yield "ledger/reads", "list_jobs", uses, {**given, "limit": PAGE, "before": "@job_id"}, touches
        if given:
            newest_first = None if "failed_since" in given else True
            looked_at = {**given, "limit": LOOKED_AT, "newest_first": newest_first}
            passed_over = 10_000 if "pattern" in given else touches  # names are not in the order of ids
            yield "ledger/counting", "count_sample", (), looked_at, LOOKED_AT + passed_over
            yield "ledger/bulk", "sum_failed", (), {**given, "limit": FROZEN}, touches
            yield "ledger/bulk", "freeze", (), {**given, "limit": FROZEN}, touches
            yield "ledger/acknowledging", "count_unresolved", (), {**given, "limit": FROZEN}, touches
            yield "ledger/acknowledging", "lock_unresolved", (), {**given, "limit": FROZEN}, touches
