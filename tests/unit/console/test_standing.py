"""Where a job stands, in words: each fact is told as far as it is known and no further."""

from datetime import timedelta

import pytest

from tests.unit.console.lives import HOLDER, crew, running, standing
from tests.unit.console.samples import CLOCK, ID, NOW, ago, job
from tidegate.console.shown.hindered import hindered
from tidegate.console.shown.standing import TOLD, tell
from tidegate.domain.failures import FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State
from tidegate.ledger.standing import Line
from tidegate.ledger.views import Count, JobSummary, Worker
from tidegate.operations.standing import PlannedRetry, StandingKind, StepLimit

QUEUED = job(State.QUEUED)
SOON = NOW + timedelta(seconds=17)


def line(ahead: Count | None, waiting: Count | None = None) -> Line:
    return Line(waiting=waiting or Count(n=240), ahead=ahead, oldest_queued_at=ago(180))


def worker(*pipelines: str) -> Worker:
    return Worker(
        id=ID, host="ingest-1", pid=1, pipelines=list(pipelines), concurrency=4, started_at=ago(60), seen_at=ago(1), running=0
    )


def test_every_kind_has_its_words() -> None:
    assert set(TOLD) == set(StandingKind)


@pytest.mark.parametrize(
    ("ahead", "waiting", "text"),
    [
        (Count(n=16), Count(n=240), "Place 17 of 240 waiting for the pipeline documents."),
        (Count(n=16), Count(n=1000, more=True), "Place 17 of 1,000+ waiting for the pipeline documents."),
        (Count(n=1000, more=True), Count(n=1000, more=True), "More than 1,000 jobs of the pipeline documents wait before it."),
        (Count(n=0, more=True), Count(n=0, more=True), "Waiting for its turn."),
        (None, Count(n=3), "Waiting for its turn."),
    ],
)
def test_a_place_is_told_as_far_as_it_was_counted(ahead: Count | None, waiting: Count, text: str) -> None:
    told = tell(QUEUED, standing(StandingKind.WAITING, line=line(ahead, waiting)), CLOCK)
    facts = {fact.name: fact.time.text if fact.time else fact.value for fact in told.facts}
    assert told.standing == text
    assert facts == {"Longest waiting": "3 min", "Workers": "2 workers, 8 jobs at once"}


def test_a_job_that_is_queued_again_says_after_what() -> None:
    again = job(State.QUEUED, failure_code=FailureCode.INTERNAL)
    told = tell(again, standing(StandingKind.WAITING, line=line(Count(n=0))), CLOCK)
    assert (told.facts[0].name, told.facts[0].value) == ("After", "Something went wrong inside Tidegate.")


def test_a_job_without_a_worker_names_the_pipeline_and_since_when() -> None:
    told = tell(QUEUED, standing(StandingKind.NO_WORKER, crew=crew(0, last_seen_at=ago(7200))), CLOCK)
    assert (told.standing, told.command) == ("No worker is running for the pipeline documents.", "tidegate work")
    assert told.facts[0].time is not None
    assert told.facts[0].time.text == "2 h ago"
    told = tell(QUEUED, standing(StandingKind.NO_WORKER, crew=crew(0, last_seen_at=None, elsewhere=3)), CLOCK)
    assert told.todo.startswith("3 workers are alive, but none knows this pipeline.")
    assert told.facts[0].value == "not within a week"


def test_a_planned_retry_tells_when_and_of_how_many() -> None:
    waiting = job(State.QUEUED, failure_code=FailureCode.RATE_LIMITED, attempt_no=3, run_after=SOON)
    planned = PlannedRetry(at=SOON, number=2, of=5, attempts=6)
    told = tell(waiting, standing(StandingKind.RETRY_LATER, retry=planned), CLOCK)
    assert told.when is not None
    assert (told.standing, told.when.text) == ("Retry 2 of 5", "in 17 s")
    facts = {fact.name: fact.time.text if fact.time else fact.value for fact in told.facts}
    assert facts == {"After": "The source asked us to slow down.", "Attempt": "3 of at most 6", "Due": "09:00:17"}


def test_a_lost_worker_promises_no_more_than_the_queue_allows() -> None:
    free = standing(StandingKind.WORKER_LOST, requeued_at=SOON, line=line(None, Count(n=0)), holder=HOLDER)
    busy = standing(StandingKind.WORKER_LOST, requeued_at=SOON, line=line(None, Count(n=240)), holder=HOLDER)
    for found, when in ((free, "resuming at about 09:00:17"), (busy, "back in the queue at about 09:00:17")):
        told = tell(running(), found, CLOCK)
        assert told.when is not None
        assert (told.standing, told.when.text) == ("Its worker was lost:", when)
    assert "behind 240 others" in tell(running(), busy, CLOCK).todo
    assert "others" not in tell(running(), free, CLOCK).todo


def test_a_lost_worker_that_nobody_replaces_is_no_promise() -> None:
    alone = tell(running(), standing(StandingKind.WORKER_LOST, crew=crew(0), line=line(None)), CLOCK)
    assert (alone.when, alone.command) == (None, "tidegate work")
    often = tell(running(), standing(StandingKind.WORKER_LOST, gives_up=True, line=line(None)), CLOCK)
    assert (often.when, often.command) == (None, "")
    assert "it fails now" in often.todo


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        (40, "Nothing to do yet: its time limit ends the step at about 09:00:40."),
        (-10, "Nothing to do yet: its time limit ends the step at about 08:59:50."),
        (-31, "Its time limit should have ended the step at 08:59:29. Cancel the job if it does not go on."),
        (None, "No limit ends this step by itself. Cancel the job if it does not go on."),
    ],
)
def test_a_job_without_progress_tells_what_ends_it(ends: float | None, text: str) -> None:
    limit = None if ends is None else StepLimit(seconds=120, ends_at=NOW + timedelta(seconds=ends))
    found = standing(StandingKind.NO_PROGRESS, progress_at=ago(180), limit=limit, holder=HOLDER)
    told = tell(running(), found, CLOCK)
    assert told.when is not None
    assert (told.when.text, told.todo) == ("for 3 min", text)
    facts = {fact.name: fact.value for fact in told.facts}
    assert facts["Worker"] == "ingest-1, process 4112"
    assert facts.get("Limit") == (None if limit is None else "2 min 0 s, as this server is set")


def test_a_job_that_moves_names_its_worker() -> None:
    told = tell(running(), standing(StandingKind.MOVING, holder=HOLDER), CLOCK)
    assert (told.standing, told.facts[0].value, told.tone) == ("A worker is on it.", "ingest-1, process 4112", "running")


@pytest.mark.parametrize(
    ("found", "workers", "word"),
    [
        (QUEUED, [], "no worker"),
        (QUEUED, [worker("other")], "no worker"),
        (QUEUED, [worker("documents")], None),
        (running(worker_id=new_id(), progress_at=ago(1)), [worker("documents")], "worker lost"),
        (running(worker_id=ID, progress_at=ago(59)), [worker("documents")], None),
        (running(worker_id=ID, progress_at=ago(180)), [worker("documents")], "no progress"),
        (job(State.FAILED, failure_code=FailureCode.INTERNAL), [], None),
    ],
)
def test_a_row_is_marked_by_what_holds_its_job_up(found: JobSummary, workers: list[Worker], word: str | None) -> None:
    mark = hindered(found, workers, CLOCK)
    assert (mark.word if mark else None) == word
    if mark and mark.since:
        assert mark.since.text == "3 min"
