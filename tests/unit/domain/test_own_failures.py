"""Failures of a pipeline's own are as closed as the catalogue: under its name, in fixed words, with typed parameters."""

from dataclasses import replace

import pytest

from tidegate.domain import failures
from tidegate.domain.failures import CATALOGUE, Entry, Failure, FailureCode, Fixer, Kind, entry_of, is_code, known, recorded
from tidegate.domain.own_failures import OwnFailure, declare, held_to, namespace_of

ENTRY = Entry(
    message="A level is not a number.",
    detailed="Row {row}: the {column} is not a number.",
    params={"row": Kind.COUNT, "column": ("level", "height")},
    cause="A cell holds something else.",
    remedy="Correct the cell, then retry.",
    fixer=Fixer.SUBMITTER,
    automatic=2,
    delay_seconds=5,
    from_start=True,
)
BAD_NUMBER = OwnFailure("tides.bad_number", ENTRY)


@pytest.fixture(autouse=True)
def _nothing_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_own", {})


def test_what_is_declared_is_told_like_the_catalogue() -> None:
    declare("tides", [BAD_NUMBER])
    assert entry_of("tides.bad_number") is ENTRY
    assert list(known()) == [*CATALOGUE, "tides.bad_number"]
    assert BAD_NUMBER.failed({"row": 1200, "column": "height"}).message == "Row 1,200: the height is not a number."
    assert BAD_NUMBER.failed({}).message == "A level is not a number."
    assert [entry_of("tides.bad_number").backoff(n) for n in range(3)] == [5.0, 10.0, None]


@pytest.mark.parametrize(
    "params", [{"row": "7"}, {"row": -1}, {"row": True}, {"column": "/etc/passwd"}, {"column": 3}, {"text": "secret"}]
)
def test_a_parameter_that_is_not_declared_or_not_of_its_kind_is_refused(params: dict[str, int | str]) -> None:
    declare("tides", [BAD_NUMBER])
    with pytest.raises(ValueError, match="takes no such parameter"):
        BAD_NUMBER.failed(params)
    assert recorded("tides.bad_number", {"row": 7, "column": "level", **params, "more": 1}).params.items() <= {
        ("row", 7), ("column", "level"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "code", ["bad_number", "internal", "tides.", ".bad", "Tides.bad", "tides.bad.row", "tides.bad-row", "tides.bad\n", "t s.bad"]
)
def test_a_code_is_a_pipelines_name_and_a_name(code: str) -> None:
    with pytest.raises(ValueError, match="the pipeline's name, a dot and a name"):
        OwnFailure(code, ENTRY)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"message": ""}, "message is a text"),
        ({"message": "Row {row} is bad."}, "message is a text without braces"),
        ({"remedy": "See {url}."}, "remedy is a text without braces"),
        ({"cause": "Two\nlines."}, "cause is one printable line"),
        ({"remedy": "x" * 301}, "remedy is one printable line"),
        ({"detailed": "Row {row}."}, "detailed names each parameter"),
        ({"detailed": "Row {row.__class__}: {column}."}, "detailed names each parameter"),
        ({"detailed": "Row {row!r}: {column}."}, "detailed names each parameter"),
        ({"detailed": "Row {row:>9}: {column}."}, "detailed names each parameter"),
        ({"detailed": "Row {row}: {column} {more}."}, "detailed names each parameter"),
        ({"detailed": "Row {row: {column}"}, "detailed names each parameter"),
        ({"detailed": "", "params": {"row": Kind.COUNT}}, "detailed names each parameter"),
        ({"detailed": "{row}", "params": {"row": ()}}, "the parameter row is a Kind"),
        ({"detailed": "{row}", "params": {"row": ("\x1b[31m",)}}, "the parameter row is a Kind"),
        ({"detailed": "{Row}", "params": {"Row": Kind.COUNT}}, "the parameter Row is a Kind"),
        ({"automatic": 6}, "at most 5 automatic retries"),
        ({"delay_seconds": 901.0}, "at most 5 automatic retries"),
    ],
)
def test_what_is_not_safe_to_show_cannot_be_declared(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"tides.bad_number: {complaint}"):
        OwnFailure("tides.bad_number", replace(ENTRY, **change))  # type: ignore[arg-type]


def test_a_pipeline_declares_under_its_own_name_and_once() -> None:
    with pytest.raises(ValueError, match="not under the name of the pipeline waves"):
        declare("waves", [BAD_NUMBER])
    declare("tides", [BAD_NUMBER])
    declare("tides", [BAD_NUMBER])
    with pytest.raises(ValueError, match="declared already, otherwise"):
        declare("tides", [OwnFailure("tides.bad_number", replace(ENTRY, automatic=0))])
    assert not any(namespace_of(code) for code in FailureCode)


def test_what_a_pipeline_has_not_declared_becomes_internal() -> None:
    declare("tides", [BAD_NUMBER])
    own, built_in = BAD_NUMBER.failed({"row": 7}), Failure(FailureCode.RATE_LIMITED)
    assert held_to([BAD_NUMBER], own, "why") == (own, "why")
    assert held_to([], built_in, "why") == (built_in, "why")
    assert held_to([], own, "why") == (Failure(FailureCode.INTERNAL), "tides.bad_number is not declared by this pipeline\nwhy")


def test_an_unknown_code_has_a_neutral_sentence_and_no_parameters() -> None:
    unknown = recorded("waves.too_high", {"height": 12})
    assert unknown.message == "The pipeline failed for a reason of its own: waves.too_high."
    assert (unknown.params, entry_of(unknown.code).automatic, entry_of(unknown.code).by_person) == ({}, 0, True)
    with pytest.raises(ValueError, match="is not declared"):
        Failure("waves.too_high", {"height": 12})


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        *((code.value, True) for code in FailureCode), ("tides.bad_number", True), ("x.y", True),
        ("nonsense", False), ("", False),
        ("tides.", False), ("a.b.c", False), ("internal\n", False), ("<b>.c", False),
    ],
)  # fmt: skip
def test_what_can_be_a_code(text: str, may_be: bool) -> None:
    assert is_code(text) is may_be
