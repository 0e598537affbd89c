from tests.unit.console.lives import attempt, whole
from tests.unit.console.samples import CLOCK, job
from tidegate.console.shown.lifeline import Station, lifeline
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Origin, Outcome, State
from tidegate.ledger.views import Attempt, Job

SUCCEEDED = job(State.SUCCEEDED, outcome=Outcome.INGESTED)


def failed(number: int) -> Attempt:
    origin = Origin.SUBMITTED if number == 1 else Origin.AUTOMATIC
    return attempt(number, State.FAILED, origin, 600 - 20 * number, failure_code=FailureCode.INTERNAL)


def words(job: Job) -> list[str]:
    def told(station: Station) -> str:
        parts = (station.mark.word if station.mark else "", station.text, station.time.text if station.time else "")
        return " ".join(part for part in parts if part)

    return [told(station) for station in lifeline(job, CLOCK)]


def test_a_plain_life_is_three_stations() -> None:
    assert words(whole(SUCCEEDED, attempt(1, State.SUCCEEDED, Origin.SUBMITTED, 60))) == [
        "Queued 1.0 s",
        "Running 10 s",
        "Succeeded",
    ]


def test_what_lasts_on_ticks() -> None:
    [waiting] = lifeline(whole(job(State.QUEUED), attempt(1, State.QUEUED, Origin.SUBMITTED, 60, started_at=None)), CLOCK)
    assert waiting.time is not None
    assert (waiting.time.text, waiting.time.tick) == ("1 min", "up")
    assert words(whole(job(State.RUNNING), attempt(1, State.RUNNING, Origin.SUBMITTED, 60))) == ["Queued 1.0 s", "Running 59 s"]


def test_a_job_cancelled_before_it_ran_never_ran() -> None:
    waited = attempt(1, State.CANCELLED, Origin.SUBMITTED, 60, started_at=None)
    assert words(whole(job(State.CANCELLED), waited)) == ["Queued 11 s", "Cancelled"]


def test_a_long_life_keeps_its_first_and_latest_attempt() -> None:
    last = attempt(200, State.SUCCEEDED, Origin.PERSON, 60)
    assert words(whole(SUCCEEDED, *(failed(number) for number in range(1, 200)), last)) == [
        "Queued 1.0 s", "Running 10 s", "Failed attempt 1", "198 more attempts", "Queued 1.0 s", "Running 10 s",
        "Succeeded attempt 200",
    ]  # fmt: skip
    assert "more" not in " ".join(words(whole(SUCCEEDED, failed(1), attempt(2, State.SUCCEEDED, Origin.AUTOMATIC, 60))))
