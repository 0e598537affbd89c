from tests.unit.console.lives import attempt, event, step, whole
from tests.unit.console.samples import CLOCK, ago, job
from tidegate.audit.browse import AuditEvent
from tidegate.audit.vocabulary import AuditAction
from tidegate.console.shown.timeline import RECENT_ATTEMPTS, AttemptEntry, Entry, timeline
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, State
from tidegate.ledger.views import Attempt, Step, Transition


def told(attempts: list[Attempt], steps: list[Step], *acts: AuditEvent) -> list[Entry]:
    return timeline(whole(job(State.RUNNING), *reversed(attempts), steps=steps), acts, CLOCK).recent


def failed(number: int) -> Attempt:
    return attempt(number, State.FAILED, Origin.SUBMITTED if number == 1 else Origin.AUTOMATIC, 9000 - 20 * number,
                   failure_code=FailureCode.INTERNAL)  # fmt: skip


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


def test_what_a_stopping_worker_gave_back_is_told() -> None:
    moves = ((State.QUEUED, State.RUNNING), (State.RUNNING, State.QUEUED), (State.QUEUED, State.RUNNING))
    history = [
        Transition(id=no, at=ago(60 - no), attempt_no=1, before=before, after=after, failure_code=None, audit_event_id=None)
        for no, (before, after) in enumerate(moves)
    ]
    life = whole(job(State.RUNNING), attempt(1, State.RUNNING, Origin.SUBMITTED, 70), history=history)
    shown = timeline(life, [], CLOCK).recent
    assert [(entry.kind, entry.anchor) for entry in shown] == [("note", "change-1"), ("attempt", "attempt-1")]


def test_a_long_history_is_folded_and_no_entry_is_lost() -> None:
    attempts = [failed(number) for number in range(1, 201)]
    opened = [event(AuditAction.DIAGNOSTIC_OPEN, seconds) for seconds in (8990, 5005)]
    steps = [step(number, 1, 50, 40) for number in range(1, 201)]
    shown = timeline(whole(job(State.FAILED), *attempts, steps=steps), opened, CLOCK)
    numbers = [entry.number for entry in (*shown.recent, *shown.older) if isinstance(entry, AttemptEntry)]
    assert numbers == list(range(200, 0, -1))
    assert (len(shown.recent), shown.older_attempts, shown.unfolded) == (RECENT_ATTEMPTS + 1, 200 - RECENT_ATTEMPTS, False)
    assert all(entry.steps and not entry.short for entry in shown.recent if isinstance(entry, AttemptEntry))
    assert all(entry.short and not entry.steps for entry in shown.older if isinstance(entry, AttemptEntry))
    assert shown.older[-1].kind == "act"


def test_an_older_attempt_that_is_asked_for_is_told_whole() -> None:
    attempts = [failed(number) for number in range(1, 21)]
    shown = timeline(whole(job(State.FAILED), *attempts), [], CLOCK, wanted=3)
    assert shown.unfolded
    assert [entry.number for entry in shown.older if isinstance(entry, AttemptEntry) and not entry.short] == [3]
    assert not timeline(whole(job(State.FAILED), *attempts), [], CLOCK, wanted=20).unfolded


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
