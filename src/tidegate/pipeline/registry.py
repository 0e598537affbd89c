"""The pipelines that exist, by name, and the three words that define more of them.

A module named in `TIDEGATE_PIPELINES` defines its own:

    from tidegate.pipeline.documents import fetch
    from tidegate.pipeline.registry import pipeline, step
    from tidegate.pipeline.tools import store_of

    @step
    async def count_rows(context):
        rows = 0
        async for block in store_of(context).open(context.results["fetch"]["key"]):
            rows += block.count(b"\\n")
        return {"rows": rows}

    pipeline("csv_rows", steps=[fetch, count_rows], summary="Counts the rows of CSV files.")

What it may fail for beside the catalogue it declares by `failure("csv_rows.no_rows", Entry(...))`, and lists under `failures`.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import overload

from tidegate.domain.failures import Code, Entry
from tidegate.domain.own_failures import OwnFailure, declare
from tidegate.pipeline.step import Pipeline, Step, StepFunction
from tidegate.settings import Settings

BUILT_IN = "tidegate.pipeline.documents"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_pipelines: dict[str, Pipeline] = {}


class UnknownPipeline(KeyError):
    """No pipeline has this name."""


class BadPipeline(ValueError):
    """A definition that cannot be used: a bad or taken name, no steps, the same step name twice, or an unsafe failure."""


@overload
def step(function: StepFunction, /) -> Step: ...
@overload
def step(name: str = "", /, *, limits: Sequence[str] = ()) -> Callable[[StepFunction], Step]: ...
def step(target: StepFunction | str = "", /, *, limits: Sequence[str] = ()) -> Step | Callable[[StepFunction], Step]:
    """Make an async function a step, named after itself (`@step`) or otherwise (`@step("name")`).

    `limits` names the settings that it obeys, such as `max_file_bytes`. Raises BadPipeline.
    """
    if not isinstance(target, str):
        return Step(_checked(getattr(target, "__name__", "")), target)
    if not set(limits) <= {entry.name for entry in fields(Settings)}:
        raise BadPipeline("limits are names of settings")
    return lambda function: Step(_checked(target or getattr(function, "__name__", "")), function, tuple(limits))


def failure(code: Code, entry: Entry) -> OwnFailure:
    """Declare a failure of a pipeline's own, such as `csv_rows.bad_number`. Raises BadPipeline for what is not safe to show."""
    try:
        return OwnFailure(code, entry)
    except ValueError as error:
        raise BadPipeline(str(error)) from None


def pipeline(name: str, *, steps: Sequence[Step], summary: str = "", failures: Sequence[OwnFailure] = ()) -> Pipeline:
    """Define and register a pipeline; its own `failures` are under its name. Raises BadPipeline."""
    names = [entry.name for entry in steps]
    if not names or len(set(names)) != len(names):
        raise BadPipeline(f"pipeline {name} needs steps with names of their own")
    made = Pipeline(_checked(name), tuple(steps), summary, tuple(failures))
    if _pipelines.setdefault(name, made) != made:
        raise BadPipeline(f"pipeline {name} is defined twice")
    try:
        declare(name, failures)
    except ValueError as error:
        raise BadPipeline(str(error)) from None
    return made


def load(modules: Iterable[str] = ()) -> None:
    """Import the built-in pipelines and the given modules, which register theirs. Raises ImportError, BadPipeline."""
    for module in (BUILT_IN, *modules):
        importlib.import_module(module)


def get(name: str) -> Pipeline:
    """Return a registered pipeline. Raises UnknownPipeline."""
    try:
        return _pipelines[name]
    except KeyError:
        raise UnknownPipeline(name) from None


def names() -> tuple[str, ...]:
    """Return the names of all registered pipelines, sorted."""
    return tuple(sorted(_pipelines))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadPipeline("names are lower-case letters, digits and underscores, at most 63")
    return name
