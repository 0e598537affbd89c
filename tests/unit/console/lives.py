"""What became of jobs, as plain values: attempts, steps, what people did, and where a job stands."""

from datetime import timedelta
from typing import Any

from tests.unit.console.samples import ID, NOW, ago, job
from tidegate.audit.browse import AuditEvent
from tidegate.audit.record import ActorNote, EventBody, Target
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Origin, State
from tidegate.ledger.standing import Crew, Holder
from tidegate.ledger.views import Attempt, Job, JobSummary, Step
from tidegate.operations.standing import Standing, StandingKind

HOLDER = Holder(host="ingest-1", pid=4112, seen_at=ago(4), lease_until=NOW + timedelta(seconds=11), stopped_at=None)


def attempt(number: int, state: State, origin: Origin, queued: float, **more: Any) -> Attempt:
    fields: dict[str, Any] = {
        "attempt_no": number, "state": state, "origin": origin, "retry_of": number - 1 or None, "restart": False,
        "audit_event_id": None, "requested_by": None, "reason": None, "queued_at": ago(queued), "run_after": None,
        "started_at": ago(queued - 1), "ended_at": ago(queued - 11) if state.is_terminal else None, "worker_id": None,
    }  # fmt: skip
    return Attempt(**{**fields, **more})


def step(number: int, no: int, start: float, end: float | None, *, resumed: bool = False) -> Step:
    return Step(
        attempt_no=number, step_no=no, name=f"step-{no}", state=State.RUNNING if end is None else State.SUCCEEDED,
        resumed=resumed, started_at=ago(start), ended_at=None if end is None else ago(end), progress_done=None,
        progress_total=None, progress_unit=None,
    )  # fmt: skip


def event(action: AuditAction, seconds: float, outcome: AuditOutcome = AuditOutcome.ALLOWED) -> AuditEvent:
    id = new_id()
    body = EventBody(
        id=id, time=ago(seconds), action=action, outcome=outcome, actor=ActorNote("person", ID, "grace", "power_user", None),
        target=Target(TargetKind.JOB, ID), reason="why", request_id=None, parent_id=None, before=None, after=None,
    )  # fmt: skip
    return AuditEvent(id=id, recorded_at=ago(seconds), body=body)


def whole(summary: JobSummary, *attempts: Attempt, **more: Any) -> Job:
    """Return a job with its attempts, given oldest first."""
    return Job(summary=summary, attempts=list(reversed(attempts)), **{"steps": [], "history": [], "document": None, **more})


def crew(workers: int = 2, **more: Any) -> Crew:
    fields = {"as_of": NOW, "workers": workers, "at_once": workers * 4, "elsewhere": 0, "last_seen_at": ago(2)}
    return Crew(**{**fields, **more})


def standing(kind: StandingKind, **more: Any) -> Standing:
    return Standing(kind=kind, as_of=NOW, **{"crew": crew(), **more})


def running(**more: Any) -> JobSummary:
    return job(State.RUNNING, step_no=3, step_total=5, step_name="extract", **more)
