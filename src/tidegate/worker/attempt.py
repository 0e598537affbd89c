"""One attempt from its claim to its end. Whatever a step does, the ledger hears of exactly one end, or of none."""

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

import structlog

from tidegate.db.connect import AWAY
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.lifecycle import Fenced, Outcome
from tidegate.domain.own_failures import held_to
from tidegate.ledger.attempts import FinishedStep, FirstStep, Hold
from tidegate.operations import execution, scanning
from tidegate.operations.door import Services
from tidegate.operations.execution import Claim
from tidegate.operations.together import Together
from tidegate.pipeline import registry, runner
from tidegate.pipeline.content import attempt_prefix
from tidegate.pipeline.step import Finished, Ingested, Pipeline, Reach, Source, SourceKind, StepContext, StepFailed, Unit
from tidegate.pipeline.tools import Tools
from tidegate.tracing.port import Fact, Span
from tidegate.worker.scratch import Scratch
from tidegate.worker.traced import attempt_span, fail, with_spans

log = structlog.get_logger("tidegate.worker")

AWAY_PAUSE_SECONDS = 0.5

Result = TypeVar("Result")


async def patiently(act: Callable[[], Awaitable[Result]]) -> Result:
    """Repeat a ledger write while the database is away. It ends by success, by Fenced, or by the lease's end (cancelled)."""
    while True:
        try:
            return await act()
        except AWAY as error:
            log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(AWAY_PAUSE_SECONDS)


class LedgerRecorder:
    """Writes what the runner reports, under the fence. Progress is written in the background, the latest value wins.

    A step's end, with the progress it came to, is written with the begin of the next one, which follows at once: one commit
    instead of two.
    """

    def __init__(self, services: Services, writes: Together, claim: Claim, step_total: int) -> None:
        self._services = services
        self._writes = writes
        self._hold = claim.hold
        self._in_first_step = claim.in_first_step
        self._step_total = step_total
        self._finished: FinishedStep | None = None
        self._latest: tuple[int, int | None, str] | None = None
        self._unwritten = False
        self._writing: asyncio.Task[None] | None = None

    async def step_started(self, ordinal: int, name: str) -> None:
        """See `runner.Recorder`; the claim may have recorded the first one."""
        self._latest = None
        finished, self._finished = self._finished, None
        if ordinal > 1 or not self._in_first_step:
            await patiently(lambda: self._writes.start_step(self._hold, ordinal, self._step_total, name, finished))

    async def step_finished(self, ordinal: int, name: str, checkpoint: bytes) -> None:
        """See `runner.Recorder`; the last step leaves no checkpoint, it ends with the job."""
        if ordinal < self._step_total:
            self._finished = FinishedStep(ordinal, name, checkpoint, self._latest)
            self._unwritten = False
        await self.settle()

    def progress(self, ordinal: int, done: int, total: int | None, unit: Unit) -> None:  # noqa: ARG002
        """See `runner.Recorder`."""
        self._latest = (done, total, unit.value)
        self._unwritten = True
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def settle(self) -> None:
        """Wait for progress that is being written."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._unwritten and self._latest is not None:
            self._unwritten = False
            with contextlib.suppress(Fenced, *AWAY):  # the next step's write tells; progress itself may be lost
                await execution.set_progress(self._services, self._hold, *self._latest)


def first_steps(pipelines: Iterable[str]) -> dict[str, FirstStep]:
    """Return what attempts of these pipelines begin with."""
    steps = {name: registry.get(name).steps for name in pipelines}
    return {name: FirstStep(these[0].name, len(these)) for name, these in steps.items()}


async def run_attempt(services: Services, tools: Tools, writes: Together, claim: Claim) -> None:
    """Bring a claimed attempt to its end. Raises nothing but CancelledError; a lost fence ends it silently."""
    scratch = Scratch()
    with attempt_span(services.tracing, claim) as span:
        try:
            await _run(services, tools, writes, claim, scratch, span)
        except Fenced:
            span.tell(Fact.OUTCOME, "discarded")
            log.info("attempt_discarded", job_id=str(claim.hold.job_id), attempt_no=claim.hold.attempt_no)
        finally:
            tools.store.has_written(attempt_prefix(claim.hold.job_id, claim.hold.attempt_no))
            await scratch.remove()


async def _run(services: Services, tools: Tools, writes: Together, claim: Claim, scratch: Scratch, span: Span) -> None:
    hold = claim.hold
    try:
        result = await _run_steps(services, tools, writes, claim, scratch)
        if isinstance(result, Ingested) and result.key is not None:
            await tools.store.promote(result.key, result.sha256)
        outcome = await patiently(lambda: writes.succeed(hold, result))
        span.tell(Fact.OUTCOME, outcome.value)
        await _forget_files(tools, claim)
    except Finished as finished:
        document_id = finished.document_id
        await patiently(lambda: writes.succeed_as_duplicate(hold, document_id))
        span.tell(Fact.OUTCOME, Outcome.DUPLICATE_CONTENT.value)
        await _forget_files(tools, claim)
    except StepFailed as failed:
        declared = registry.get(claim.begun.pipeline).failures
        await _fail(services, hold, *held_to(declared, failed.failure, failed.diagnostic), span)
    except Fenced:
        raise
    except BaseException as error:
        if _ends_the_attempt(error):
            raise
        await _fail(services, hold, Failure(FailureCode.INTERNAL), traceback.format_exc(), span)


def _ends_the_attempt(error: BaseException) -> bool:
    """Tell whether the worker itself ends the attempt; whatever else a step raises, an exit or a panic, is `internal`."""
    task = asyncio.current_task()
    is_cancelled = isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
    return is_cancelled or isinstance(error, GeneratorExit)


async def _run_steps(services: Services, tools: Tools, writes: Together, claim: Claim, scratch: Scratch) -> Any:
    hold, begun = claim.hold, claim.begun
    pipeline = with_spans(registry.get(begun.pipeline), services.tracing)
    kept = {checkpoint.name: checkpoint.value for checkpoint in claim.checkpoints}
    await _note_resumed(services, hold, pipeline, kept)

    async def known(sha256: str) -> UUID | None:
        return await patiently(lambda: execution.known_content(services, begun.pipeline, sha256))

    async def find_reach(source_id: str) -> Reach | None:
        return await patiently(lambda: scanning.reach_of(services, source_id))

    context = StepContext(
        job_id=hold.job_id,
        attempt_no=hold.attempt_no,
        pipeline=begun.pipeline,
        source=Source(SourceKind(begun.source_kind), begun.source_locator, begun.name, begun.source_root),
        results={},
        make_scratch=scratch.folder,
        progress=runner.silent,
        known_content=known,
        tools=tools.as_mapping(),
        find_reach=find_reach,
    )
    recorder = LedgerRecorder(services, writes, claim, len(pipeline.steps))
    try:
        return await runner.run(pipeline, context, kept, recorder)
    finally:
        await recorder.settle()


async def _note_resumed(services: Services, hold: Hold, pipeline: Pipeline, kept: dict[str, bytes]) -> None:
    finished: list[tuple[int, str]] = []
    for ordinal, step in enumerate(pipeline.steps, start=1):
        if not kept.get(step.name):
            break
        finished.append((ordinal, step.name))
    if finished:
        await patiently(lambda: execution.resume_steps(services, hold, finished))


async def _fail(services: Services, hold: Hold, failure: Failure, detail: str, span: Span) -> None:
    fail(span, failure.code)
    retried = await patiently(lambda: execution.fail(services, hold, failure, detail))
    span.tell(Fact.RETRIED, retried)
    log.info("attempt_failed", job_id=str(hold.job_id), attempt_no=hold.attempt_no, code=str(failure.code), retried=retried)


async def _forget_files(tools: Tools, claim: Claim) -> None:
    """Remove what the job no longer needs in the store; its end is committed, so trouble here is only noted."""
    job_id, begun = claim.hold.job_id, claim.begun
    try:
        if tools.store.has_written(attempt_prefix(job_id, claim.hold.attempt_no)) or not begun.is_first:
            for attempt_no in range(1, claim.hold.attempt_no + 1):
                await tools.store.delete_prefix(attempt_prefix(job_id, attempt_no))
        if begun.source_kind == SourceKind.UPLOAD:
            await tools.store.delete_prefix(begun.source_locator)
    except StepFailed as error:
        log.warning("files_left", job_id=str(job_id), code=str(error.failure.code))
