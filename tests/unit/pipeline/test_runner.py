"""Steps run in order from the first unfinished one; what they raise passes through."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.unit.pipeline.conftest import MakeContext, Remembered
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Fenced
from tidegate.pipeline import runner
from tidegate.pipeline.step import Chunk, Finished, Ingested, Pipeline, Step, StepContext, StepFailed, Unit

pytestmark = pytest.mark.asyncio

INGESTED = Ingested("ab" * 32, "text/plain", 4, 4, None, (Chunk("text", 1, 2),), None)


async def one(context: StepContext) -> Any:
    return {"n": 1, "raw": b"\x00\xff", "none": None, "list": [1.5, True, "ü"]}


async def two(context: StepContext) -> Any:
    return context.results["one"]["n"] + 1


async def three(context: StepContext) -> Any:
    return [context.results["two"] + 1]


THREE = Pipeline("three", (Step("one", one), Step("two", two), Step("three", three)))


def raising(error: BaseException) -> Pipeline:
    async def fail(context: StepContext) -> Any:
        raise error

    return Pipeline("failing", (Step("one", one), Step("fail", fail)))


async def test_runs_all_steps_and_returns_the_last_result(context: MakeContext, recorder: Remembered) -> None:
    assert await runner.run(THREE, context(), {}, recorder) == [3]
    assert recorder.started == [(1, "one"), (2, "two"), (3, "three")]
    assert runner.decode(recorder.finished["one"]) == {"n": 1, "raw": b"\x00\xff", "none": None, "list": [1.5, True, "ü"]}


async def test_resumes_after_the_last_finished_step(context: MakeContext, recorder: Remembered) -> None:
    finished = {"one": runner.encode({"n": 41})}
    assert await runner.run(THREE, context(), finished, recorder) == [43]
    assert recorder.started == [(2, "two"), (3, "three")]


async def test_a_finished_step_after_an_unfinished_one_runs_again(context: MakeContext, recorder: Remembered) -> None:
    finished = {"one": runner.encode({"n": 1}), "three": runner.encode("stale")}
    assert await runner.run(THREE, context(), finished, recorder) == [3]


async def test_all_finished_returns_the_last_checkpoint(context: MakeContext, recorder: Remembered) -> None:
    finished = {name: runner.encode(name) for name in ("one", "two", "three")}
    assert await runner.run(THREE, context(), finished, recorder) == "three"
    assert recorder.started == []


async def test_an_ingested_result_is_left_to_the_commit(context: MakeContext, recorder: Remembered) -> None:
    async def last(context: StepContext) -> Ingested:
        return INGESTED

    pipeline = Pipeline("p", (Step("last", last),))
    assert await runner.run(pipeline, context(), {}, recorder) == INGESTED
    assert recorder.finished == {"last": b""}
    assert await runner.run(pipeline, context(), recorder.finished, recorder) == INGESTED


@pytest.mark.parametrize(
    "error",
    [StepFailed(FailureCode.DOCUMENT_EMPTY), Finished(uuid4()), ValueError("x"), asyncio.CancelledError(), Fenced()],
)
async def test_what_a_step_raises_passes_untouched(context: MakeContext, recorder: Remembered, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        await runner.run(raising(error), context(), {}, recorder)
    assert caught.value is error
    assert list(recorder.finished) == ["one"]


async def test_a_fence_of_the_recorder_passes_untouched(context: MakeContext, recorder: Remembered) -> None:
    recorder.fence = Fenced()
    with pytest.raises(Fenced):
        await runner.run(THREE, context(), {}, recorder)
    assert recorder.started == [(1, "one")]


async def test_progress_is_thinned_and_the_last_is_told(context: MakeContext, recorder: Remembered) -> None:
    async def busy(context: StepContext) -> None:
        until, done = time.monotonic() + 0.6, 0
        while time.monotonic() < until:
            done += 1
            context.progress(done, None, Unit.ITEMS)
            await asyncio.sleep(0)
        context.progress(10**9, 10**9, Unit.ITEMS)

    await runner.run(Pipeline("busy", (Step("busy", busy),)), context(), {}, recorder)
    assert 2 <= len(recorder.told) <= 5
    assert recorder.told[-1] == (1, 10**9, 10**9, Unit.ITEMS)


async def test_progress_is_told_while_nothing_more_is_said(context: MakeContext, recorder: Remembered) -> None:
    async def slow(context: StepContext) -> None:
        context.progress(1, 9, Unit.PAGES)
        context.progress(2, 9, Unit.PAGES)
        assert recorder.told == []
        async with asyncio.timeout(10):
            while not recorder.told:
                await asyncio.sleep(0.01)

    await runner.run(Pipeline("slow", (Step("slow", slow),)), context(), {}, recorder)
    assert recorder.told == [(1, 2, 9, Unit.PAGES)]


async def test_a_failure_tells_how_far_its_step_came(context: MakeContext, recorder: Remembered) -> None:
    async def failing(context: StepContext) -> None:
        context.progress(3, 9, Unit.PAGES)
        raise StepFailed(FailureCode.DOCUMENT_CORRUPT)

    with pytest.raises(StepFailed):
        await runner.run(Pipeline("failing", (Step("failing", failing),)), context(), {}, recorder)
    assert recorder.told == [(1, 3, 9, Unit.PAGES)]


async def test_checkpoints_survive_a_round_trip() -> None:
    assert runner.decode(runner.encode(INGESTED)) == INGESTED
    with pytest.raises(msgspec.DecodeError):
        runner.decode(b"\xc1")
    with pytest.raises(TypeError):
        runner.encode(object())
