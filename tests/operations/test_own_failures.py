"""A pipeline's own failures go all the way a catalogue's go; and where nobody knows them any more, nothing breaks."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from tests import story
from tidegate.audit.vocabulary import AuditAction
from tidegate.console.shown import cause_lines, failing
from tidegate.console.shown import pipelines as shown
from tidegate.console.shown.moments import Clock
from tidegate.domain import failures
from tidegate.domain.failures import Entry, Failure, Fixer, Kind
from tidegate.domain.lifecycle import Origin, RetryMode, State
from tidegate.domain.own_failures import OwnFailure, declare
from tidegate.domain.refusals import Conflict
from tidegate.ledger.bulk import Why
from tidegate.ledger.views import JobFilter
from tidegate.operations import bulk_retry, bulk_working, causes, execution, pipelines, reading, standing
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.causes import Window
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry
from tidegate.operations.standing import StandingKind
from tidegate.pipeline import registry

BAD_ROW, CLOSED, BUSY, SLOW = "documents.bad_row", "documents.closed", "documents.busy", "documents.slow"
ROW = Entry(
    message="A row is bad.", detailed="Row {row} is bad.", params={"row": Kind.COUNT}, cause="It is.", remedy="Mend it.",
    fixer=Fixer.SUBMITTER, from_start=True,
)  # fmt: skip
OWN = {
    BAD_ROW: ROW,
    CLOSED: Entry("The file is closed for good.", "It is.", "Leave it.", Fixer.ADMIN, by_person=False),
    BUSY: Entry("The table was busy.", "It was.", "Wait.", Fixer.NOBODY, automatic=2, delay_seconds=1),
    SLOW: Entry("The table was slow.", "It was.", "Wait.", Fixer.NOBODY, automatic=2, delay_seconds=900),
}

Forget = Callable[[], None]


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> Forget:
    """Declare them, and give what undoes that: as in a process without the plug-in."""
    monkeypatch.setattr(failures, "_own", {})
    declare("documents", [OwnFailure(code, entry) for code, entry in OWN.items()])
    return lambda: monkeypatch.setattr(failures, "_own", {})


async def bad_row(services: Services, name: str = "a.csv") -> UUID:
    job_id = (await story.submitted(services, name)).job_ids[0]
    await execution.fail(services, await story.begun(services, job_id), Failure(BAD_ROW, {"row": 1200}), "at line 1200")
    return job_id


async def test_it_is_told_found_counted_and_retried_from_where_it_says(services: Services) -> None:
    job_id = await bad_row(services)
    await story.failed(services)
    summary = (await story.job(services, job_id)).summary
    assert (summary.failure_code, summary.failure and summary.failure.message) == (BAD_ROW, "Row 1,200 is bad.")
    page = await reading.list_jobs(services, story.OPERATOR.actor, JobFilter(failure_code=BAD_ROW))
    assert [job.id for job in page.jobs] == [job_id]
    assert (await reading.get_batch(services, story.OPERATOR.actor, summary.batch_id)).failures == {BAD_ROW: 1}
    found = {one.key.failure_code: one for one in await its_causes(services)}
    assert (found[BAD_ROW].unresolved, found[BAD_ROW].happened, found[BAD_ROW].key.pipeline) == (1, 1, "documents")
    assert (await perform(services, story.OPERATOR, Retry(job_id))).mode is RetryMode.RESTART
    [event] = await story.events(services, action=AuditAction.RETRY)
    assert event.body.before == {"state": "failed", "attempt": 1, "failure": BAD_ROW}


async def its_causes(services: Services) -> list[causes.Cause]:
    return (await causes.list_causes(services, story.OPERATOR.actor, Window.DAY)).causes


async def test_it_is_retried_by_itself_as_often_as_it_says(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    for attempt_no in (1, 2):
        assert await execution.fail(services, await story.begun(services, job_id, attempt_no), Failure(BUSY), "")
        await asyncio.sleep(services.settings.retry_delay_scale * attempt_no + 0.1)
    assert not await execution.fail(services, await story.begun(services, job_id, 3), Failure(BUSY), "")
    job = await story.job(services, job_id)
    assert (job.summary.state, [attempt.origin for attempt in job.attempts]) == (
        State.FAILED, [Origin.AUTOMATIC, Origin.AUTOMATIC, Origin.SUBMITTED],
    )  # fmt: skip


async def test_what_no_plain_retry_may_follow_is_refused_and_left_out(services: Services) -> None:
    closed, open_ = await story.failed(services, CLOSED), await bad_row(services)
    with pytest.raises(Conflict, match="not_retryable") as refused:
        await perform(services, story.OPERATOR, Retry(closed))
    assert refused.value.message == "Leave it."
    seen = await bulk_retry.preview(services, story.OPERATOR.actor, JobFilter())
    assert (seen.will_retry, [(out.why, out.failure_code, out.n) for out in seen.left_out]) == (
        1, [(Why.NOT_RETRYABLE, CLOSED, 1)],
    )  # fmt: skip
    asked = await perform(services, story.OPERATOR, RetryMany(JobFilter(), "mended"))
    while await bulk_working.work_piece(services):
        pass
    done = await bulk_retry.get(services, story.OPERATOR.actor, asked.id)
    assert (done.retried, done.left_out) == (1, 1)
    assert (await story.job(services, open_)).summary.state is State.QUEUED


async def test_no_pipeline_fails_by_anothers_code(services: Services) -> None:
    job_id = (await story.submitted(services)).job_ids[0]
    hold = await story.begun(services, job_id)
    with pytest.raises(psycopg.errors.CheckViolation):
        await execution.fail(services, hold, Failure("tides.bad_row"), "")
    assert (await story.job(services, job_id)).summary.state is State.RUNNING


async def test_where_nobody_knows_the_pipeline_any_more_nothing_breaks(services: Services, forget: Forget) -> None:
    job_id = await bad_row(services)
    forget()
    job = await story.job(services, job_id)
    told = "The pipeline failed for a reason of its own: documents.bad_row."
    assert job.summary.failure is not None
    assert (job.summary.failure.message, job.summary.failure.params) == (told, {})
    assert failing.panel(job.summary.failure, None).message == told
    [found] = await its_causes(services)
    assert cause_lines.cause_id(found.key)
    assert (BAD_ROW, told.rstrip(".")) in failing.code_choices(BAD_ROW)
    page = await reading.list_jobs(services, story.OPERATOR.actor, JobFilter(failure_code=BAD_ROW))
    assert [one.id for one in page.jobs] == [job_id]
    assert (await bulk_retry.preview(services, story.OPERATOR.actor, JobFilter())).will_retry == 1
    assert (await perform(services, story.OPERATOR, Retry(job_id))).attempt_no == 2


async def test_an_automatic_retry_of_an_unknown_failure_is_told_of(services: Services, forget: Forget) -> None:
    """A server without the plug-in shows what a worker that has it has decided."""
    job_id = await story.failed(services, SLOW)
    forget()
    job = await story.job(services, job_id)
    stands = await standing.standing(services, story.OPERATOR.actor, job)
    assert stands is not None
    assert stands.retry is not None
    assert (stands.kind, stands.retry.number, stands.retry.of, stands.retry.attempts) == (StandingKind.RETRY_LATER, 1, 1, 2)


async def test_a_pipeline_tells_its_own_failures(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = replace(registry.get("documents"), failures=(OwnFailure(BAD_ROW, ROW),))
    monkeypatch.setitem(registry._pipelines, "documents", documents)
    [told] = [one for one in await pipelines.list_pipelines(services, story.OPERATOR.actor) if one.name == "documents"]
    assert told.failures == [BAD_ROW]
    [card] = shown.cards([told], Clock(datetime.now(UTC), UTC))
    [own] = card.failures
    assert (own.code, own.title, own.remedy) == (BAD_ROW, "A row is bad", "Mend it.")
    assert own.url == "/ingestion?state=failed&pipeline=documents&failure=documents.bad_row"
