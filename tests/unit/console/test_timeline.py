from typing import Any

from tests.unit.console.samples import CLOCK, ID, ago, job
from tidegate.audit.browse import AuditEvent
from tidegate.audit.record import ActorNote, EventBody, Target
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.console.shown.timeline import AttemptEntry, Entry, timeline
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Origin, State
from tidegate.ledger.views import Attempt, Job, Step


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


def event(action: AuditAction, seconds: float) -> AuditEvent:
    id = new_id()
    body = EventBody(
        id=id, time=ago(seconds), action=action, outcome=AuditOutcome.ALLOWED,
        actor=ActorNote("person", ID, "grace", "power_user", None),
        target=Target(TargetKind.JOB, ID), reason="why", request_id=None, parent_id=None, before=None, after=None,
    )  # fmt: skip
    return AuditEvent(id=id, recorded_at=ago(seconds), body=body)


def told(attempts: list[Attempt], steps: list[Step], *acts: AuditEvent) -> list[Entry]:
    whole = Job(summary=job(State.RUNNING), attempts=attempts, steps=steps, history=[], document=None)
    return timeline(whole, acts, CLOCK)


def test_attempts_and_acts_stand_together_newest_first() -> None:
    retry, opened = event(AuditAction.RETRY, 300), event(AuditAction.DIAGNOSTIC_OPEN, 400)
    first = attempt(1, State.FAILED, Origin.SUBMITTED, 600, failure_code=FailureCode.INTERNAL)
    second = attempt(2, State.RUNNING, Origin.PERSON, 300, audit_event_id=retry.id, requested_by="grace", reason="again")
    entries = told([second, first], [], retry, opened)
    assert [(entry.kind, entry.anchor) for entry in entries] == [
        ("attempt", "attempt-2"), ("act", f"event-{opened.id}"), ("attempt", "attempt-1"),
    ]  # fmt: skip


def test_each_origin_is_told() -> None:
    known = {
        Origin.SUBMITTED: "Submitted by grace",
        Origin.PERSON: "Retried by grace, from the last finished step",
        Origin.AUTOMATIC: "Retried by itself, as the failure of attempt 1 allows",
        Origin.WORKER_LOST: "Started again by itself, because the worker of attempt 1 was lost",
    }
    for origin, text in known.items():
        entry = told([attempt(2, State.RUNNING, origin, 60, requested_by="grace")], [])[0]
        assert isinstance(entry, AttemptEntry)
        assert entry.origin == text


def test_bars_lie_on_the_attempts_own_time() -> None:
    entry = told([attempt(1, State.SUCCEEDED, Origin.SUBMITTED, 101)], [step(1, 1, 100, 80), step(1, 2, 80, 0)])[0]
    assert isinstance(entry, AttemptEntry)
    assert [(line.start, line.width) for line in entry.steps] == [(0.0, 20.0), (20.0, 80.0)]


def test_a_kept_step_has_no_bar_and_a_short_one_can_still_be_seen() -> None:
    steps = [step(2, 1, 50, 50, resumed=True), step(2, 2, 50, 49.999), step(2, 3, 49.999, 0)]
    entry = told([attempt(2, State.SUCCEEDED, Origin.AUTOMATIC, 51)], steps)[0]
    assert isinstance(entry, AttemptEntry)
    assert entry.steps[0].width == 0.0
    assert entry.steps[1].width == 1.5
    assert all(line.start + line.width <= 100 for line in entry.steps)
