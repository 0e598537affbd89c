"""The spans of a worker: one for an attempt, below what asked for it, and one for each step that runs."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from tidegate.domain.failures import Code, FailureCode
from tidegate.operations.execution import Claim
from tidegate.pipeline.step import Finished, Ingested, Pipeline, Step, StepContext, StepFailed
from tidegate.tracing.port import SILENT, Fact, Kind, Span, Tracing


def attempt_span(tracing: Tracing, claim: Claim) -> AbstractContextManager[Span]:
    """Open the span of a claimed attempt, in the trace of the request that asked for it."""
    facts: dict[Fact, str | int | bool] = {
        Fact.JOB: str(claim.hold.job_id), Fact.ATTEMPT: claim.hold.attempt_no, Fact.PIPELINE: claim.begun.pipeline,
        Fact.STEPS_RESUMED: len(claim.checkpoints),
    }  # fmt: skip
    return tracing.span(f"attempt {claim.begun.pipeline}", facts, Kind.CONSUMER, parent=claim.begun.traceparent)


def with_spans(pipeline: Pipeline, tracing: Tracing) -> Pipeline:
    """Return the pipeline with a span around each step, the same one where tracing is off."""
    if tracing is SILENT:
        return pipeline
    return replace(pipeline, steps=tuple(_with_span(step, tracing) for step in pipeline.steps))


def _with_span(step: Step, tracing: Tracing) -> Step:
    async def run(context: StepContext) -> Any:
        with tracing.span(f"step {step.name}", {Fact.JOB: str(context.job_id), Fact.STEP: step.name}) as span:
            try:
                result = await step.run(context)
            except Finished:
                raise
            except StepFailed as failed:
                fail(span, failed.failure.code)
                raise
            except Exception:
                fail(span, FailureCode.INTERNAL)
                raise
            tell_result(span, result)
            return result

    return replace(step, run=run)


def fail(span: Span, code: Code) -> None:
    """Mark what failed by the code that readers see."""
    span.tell(Fact.CODE, str(code))
    span.fail(str(code))


def tell_result(span: Span, result: object) -> None:
    """Tell the measures of a document, none of its words."""
    if isinstance(result, Ingested):
        span.tell(Fact.SIZE, result.size_bytes)
        span.tell(Fact.PASSAGES, len(result.chunks))
        if result.pages is not None:
            span.tell(Fact.PAGES, result.pages)
