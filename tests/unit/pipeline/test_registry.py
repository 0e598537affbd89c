"""Pipelines are defined in a few lines, by us and by others."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tidegate.domain import failures
from tidegate.domain.failures import Entry, Fixer
from tidegate.pipeline import registry
from tidegate.pipeline.step import Step, StepContext


async def nothing(context: StepContext) -> None:
    return None


def test_the_built_in_pipeline_has_its_steps() -> None:
    registry.load()
    assert [step.name for step in registry.get("documents").steps] == ["fetch", "identify", "extract", "chunk", "index"]


def test_a_module_of_the_user_adds_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = """
        from tidegate.pipeline.documents import fetch
        from tidegate.pipeline.registry import pipeline, step

        @step
        async def count_rows(context):
            return {"rows": 1}

        pipeline("csv_rows_of_test", steps=[fetch, count_rows], summary="Counts rows.")
    """
    (tmp_path / "rows_of_test.py").write_text(dedent(module))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_pipelines", dict(registry._pipelines))
    registry.load(["rows_of_test"])
    registry.load(["rows_of_test"])
    assert "csv_rows_of_test" in registry.names()
    assert [step.name for step in registry.get("csv_rows_of_test").steps] == ["fetch", "count_rows"]
    del sys.modules["rows_of_test"]


def test_an_unknown_name_has_an_error_of_its_own() -> None:
    with pytest.raises(registry.UnknownPipeline):
        registry.get("no_such_pipeline")


def test_a_step_is_named_after_its_function_or_otherwise() -> None:
    assert registry.step(nothing) == Step("nothing", nothing)
    assert registry.step("other")(nothing) == Step("other", nothing)


def test_a_step_names_the_settings_that_bound_it() -> None:
    assert registry.step(limits=("max_file_bytes",))(nothing) == Step("nothing", nothing, ("max_file_bytes",))
    with pytest.raises(registry.BadPipeline):
        registry.step(limits=("no_such_setting",))


@pytest.mark.parametrize("name", ["", "Upper", "with space", "1st", "a" * 64])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(registry.BadPipeline):
        registry.pipeline(name, steps=[Step("one", nothing)])


def test_a_pipeline_needs_steps_with_different_names() -> None:
    with pytest.raises(registry.BadPipeline):
        registry.pipeline("empty_of_test", steps=[])
    with pytest.raises(registry.BadPipeline):
        registry.pipeline("twice_of_test", steps=[Step("one", nothing), Step("one", nothing)])


def test_a_name_cannot_be_taken_over() -> None:
    registry.load()
    with pytest.raises(registry.BadPipeline):
        registry.pipeline("documents", steps=[Step("one", nothing)])


def test_a_pipeline_brings_its_own_failures_and_no_other_pipelines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_own", {})
    monkeypatch.setattr(registry, "_pipelines", {})
    entry = Entry("A row is bad.", "It is.", "Mend it.", Fixer.SUBMITTER)
    bad_row = registry.failure("rows_of_test.bad_row", entry)
    made = registry.pipeline("rows_of_test", steps=[Step("nothing", nothing)], failures=[bad_row])
    assert (made.failures, failures.entry_of("rows_of_test.bad_row")) == ((bad_row,), entry)
    with pytest.raises(registry.BadPipeline, match="not under the name of the pipeline borrower"):
        registry.pipeline("borrower", steps=[Step("nothing", nothing)], failures=[bad_row])
    with pytest.raises(registry.BadPipeline, match="message is a text"):
        registry.failure("rows_of_test.worse", Entry("", "It is.", "Mend it.", Fixer.SUBMITTER))
    with pytest.raises(registry.BadPipeline, match="the pipeline's name"):
        registry.failure("internal", entry)
