"""Named SQL: blocks by name, optional lines by parameter, and no statement that does not parse."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tidegate.db.queries import NamedSql, named_sql

TEXT = """-- About the file.

-- name: one
-- What it is for.
SELECT a FROM t
WHERE true
  AND b = %(b)s  --? b
  AND c = %(c)s  --? c
  AND d LIKE %(d)s  --? d!
LIMIT 1

-- name: two
SELECT 2
"""


def test_names_in_order() -> None:
    assert NamedSql(TEXT).names == ("one", "two")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, ""),
        ({"b": 1}, "b"),
        ({"c": 0}, "c"),
        ({"b": "", "c": False, "d": ""}, "bcd"),
        ({"b": None, "c": None, "d": None}, ""),
    ],
)
def test_optional_lines_stay_only_when_their_parameter_is_given(given: dict[str, object], kept: str) -> None:
    text = NamedSql(TEXT).text("one", given)
    assert "".join(re.findall(r"AND (\w)", text)) == kept
    assert "--" not in text


@pytest.mark.parametrize(
    ("given", "may"), [({}, True), ({"b": 1, "d": None}, True), ({"d": "x"}, False), ({"b": 1, "d": ""}, False)]
)
def test_a_value_that_decides_on_the_plan_is_planned_for(given: dict[str, object], may: bool) -> None:
    assert NamedSql(TEXT).may_prepare("one", given) is may


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        NamedSql(TEXT).text("three", {})


def test_what_statements_share_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "narrowed.sql").write_text("-- Shared.\n  AND a = %(a)s  --? a\n")
    (tmp_path / "reads.sql").write_text("-- name: one\nSELECT 1 WHERE true\n  --< narrowed\nLIMIT 1\n")
    shared = named_sql(str(tmp_path / "reads.py"))
    assert shared.text("one", {"a": 1}).split() == ["SELECT", "1", "WHERE", "true", "AND", "a", "=", "%(a)s", "LIMIT", "1"]
    assert shared.text("one", {}).split() == ["SELECT", "1", "WHERE", "true", "LIMIT", "1"]


def test_every_shipped_statement_has_a_name_of_its_own() -> None:
    root = Path(str(files("tidegate")))
    shipped = [
        path
        for path in root.rglob("*.sql")
        if "migrations" not in path.parts and path.name not in {"schema.sql", "bootstrap.sql", "narrowed.sql", "job_columns.sql"}
    ]
    assert shipped
    for path in shipped:
        names = NamedSql(path.read_text(encoding="utf-8")).names
        assert names, path
        assert len(set(names)) == len(names), path
