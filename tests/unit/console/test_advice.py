from datetime import timedelta

from tests.unit.console.samples import CLOCK, NOW, job
from tidegate.console.shown.advice import advise
from tidegate.domain.failures import CATALOGUE, FailureCode
from tidegate.domain.lifecycle import Outcome, State


def test_a_job_without_a_worker_names_what_is_missing() -> None:
    told = advise(job(State.QUEUED), CLOCK, workers=0)
    assert told.standing == "No worker is running for the pipeline documents."
    assert "tidegate work" in told.todo


def test_a_job_in_the_queue_waits_for_its_turn() -> None:
    assert advise(job(State.QUEUED), CLOCK, workers=1).standing == "Waiting for its turn."


def test_a_waiting_retry_tells_when() -> None:
    waiting = job(State.QUEUED, failure_code=FailureCode.RATE_LIMITED, automatic_used=1, run_after=NOW + timedelta(seconds=30))
    told = advise(waiting, CLOCK, workers=1)
    assert told.when is not None
    assert (told.standing, told.when.text) == ("Retry 1 of 5", "in 30 s")


def test_every_failure_says_its_remedy() -> None:
    for code in FailureCode:
        assert advise(job(State.FAILED, failure_code=code), CLOCK, workers=1).todo == CATALOGUE[code].remedy


def test_an_ended_job_needs_nothing() -> None:
    for outcome in Outcome:
        assert advise(job(State.SUCCEEDED, outcome=outcome), CLOCK, workers=0).todo.startswith("Nothing to do")
