"""Jobs to show, as plain values."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tidegate.console.shown.moments import Clock
from tidegate.domain.actor import Actor, ActorKind, Role
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import Count, Counts, JobSummary

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLOCK = Clock(NOW)
ID = UUID("01a20a3f-1342-7000-964e-2b28795e8229")


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def actor(role: Role | None) -> Actor:
    return Actor(ActorKind.PERSON, ID, "grace", role)


def job(state: State, **more: Any) -> JobSummary:
    """Return a job in a state; what is not given is as for a job submitted 10 minutes ago."""
    begun = state is not State.QUEUED
    fields: dict[str, Any] = {
        "id": ID, "batch_id": ID, "pipeline": "documents", "name": "a.pdf", "source_kind": "upload", "submitted_by": ID,
        "submitter_name": "grace", "created_at": ago(600), "state": state, "version": 1, "attempt_no": 1, "automatic_used": 0,
        "queued_at": ago(600), "run_after": None, "started_at": ago(500) if begun else None,
        "ended_at": ago(400) if state.is_terminal else None, "worker_id": None, "step_no": 0, "step_total": 0, "step_name": None,
        "progress_done": None, "progress_total": None, "progress_unit": None, "outcome": None, "document_id": None,
        "audit_event_id": ID,
    }  # fmt: skip
    return JobSummary(**{**fields, **more})


def counts(*, more: bool = False) -> Counts:
    """Return 15 jobs: of the 5 that failed, 3 are unresolved and 2 acknowledged; with `more`, there are many more succeeded."""
    states = dict(zip(State, (1, 2, 6, 5, 1), strict=True))
    kinds = dict(zip(Attention, (3, 1, 4, 2), strict=True))
    return Counts(
        states={state: Count(n=n, more=more and state is State.SUCCEEDED) for state, n in states.items()},
        attention={kind: Count(n=n) for kind, n in kinds.items()},
    )
