"""Where a job stands, as one line of the command line."""

from datetime import timedelta

import pytest

from tests.unit.console.lives import HOLDER, crew, running, standing
from tests.unit.console.samples import NOW, ago, job
from tidegate.cli.standing import SENTENCES, sentence
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.ledger.standing import Line
from tidegate.ledger.views import Count, JobSummary
from tidegate.operations.standing import PlannedRetry, Standing, StandingKind, StepLimit

QUEUED = job(State.QUEUED)
FAILED_ONCE = job(State.QUEUED, failure_code=FailureCode.RATE_LIMITED, attempt_no=2)
SOON = NOW + timedelta(seconds=17)
LINE = Line(waiting=Count(n=240), ahead=Count(n=16), oldest_queued_at=ago(180))
LONG = Line(waiting=Count(n=1000, more=True), ahead=Count(n=1000, more=True), oldest_queued_at=None)
LIMIT = StepLimit(seconds=120.0, ends_at=SOON)


def test_every_kind_has_its_sentence() -> None:
    assert set(SENTENCES) == set(StandingKind)


LOST = "its worker was lost"
STILL = "running without progress since 2026-11-23T08:57:00.000Z"
WAITING = "waiting for its turn"

TOLD: list[tuple[JobSummary, Standing, list[str]]] = [
    (
        QUEUED,
        standing(StandingKind.WAITING, line=LINE),
        [
            f"{WAITING}: place 17 of 240 for the pipeline documents",
            "2 workers, 8 at once",
            "the longest has waited since 2026-11-23T08:57:00.000Z",
        ],
    ),
    (
        QUEUED,
        standing(StandingKind.WAITING, line=LONG, crew=crew(1)),
        [f"{WAITING}: more than 1,000 jobs of the pipeline documents are before it", "1 worker, 4 at once"],
    ),
    (
        QUEUED,
        standing(StandingKind.NO_WORKER, crew=crew(0)),
        [
            "no worker is running for the pipeline documents",
            "the last one was seen at 2026-11-23T08:59:58.000Z",
            "`tidegate work` starts one",
        ],
    ),
    (
        FAILED_ONCE,
        standing(StandingKind.RETRY_LATER, retry=PlannedRetry(at=SOON, number=1, of=5, attempts=6)),
        [
            "retry 1 of 5 at 2026-11-23T09:00:17.000Z",
            "attempt 2 of at most 6",
            "after: The source asked us to slow down.",
        ],
    ),
    (
        running(),
        standing(StandingKind.WORKER_LOST, requeued_at=SOON, holder=HOLDER, line=LINE),
        [
            f"{LOST} (ingest-1, process 4112)",
            "it is queued again at about 2026-11-23T09:00:17.000Z, behind 240 others",
        ],
    ),
    (
        running(),
        standing(StandingKind.WORKER_LOST),
        [f"{LOST} and none is left to take it over", "`tidegate work` starts one"],
    ),
    (
        running(),
        standing(StandingKind.WORKER_LOST, gives_up=True),
        [f"{LOST} too often to be started again by itself: it fails now"],
    ),
    (
        running(),
        standing(StandingKind.NO_PROGRESS, progress_at=ago(180), limit=LIMIT),
        [STILL, "its limit of 120 s ends the step at about 2026-11-23T09:00:17.000Z"],
    ),
    (running(), standing(StandingKind.NO_PROGRESS, progress_at=ago(180)), [STILL, "no limit ends this step"]),
    (running(), standing(StandingKind.MOVING, holder=HOLDER), ["a worker is on it: ingest-1, process 4112"]),
]


@pytest.mark.parametrize(("found", "stands", "parts"), TOLD)
def test_a_standing_is_one_sentence(found: JobSummary, stands: Standing, parts: list[str]) -> None:
    assert sentence(found, stands) == "; ".join(parts)
