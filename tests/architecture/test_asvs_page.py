"""The page about ASVS names each requirement once, says plainly how it stands, and points to files that are there."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.architecture.tree import SOURCE, TOP

PAGE = TOP / "docs" / "explanation" / "asvs.md"
STANDS = {"met", "partly", "not met", "operator"}
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
PATH = re.compile(r"`((?:[\w-]+/)*[\w-]+\.(?:py|sql|md|html|js|in|txt|toml))`")
PAST = re.compile(r"(\d+)\.(\d+)\.(\d+) to (\d+)\.(\d+)\.(\d+)")
LEVELS_1_AND_2 = 253
"""Requirements of these levels in ASVS 5.0.0, `5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv`."""


def rows() -> list[tuple[str, ...]]:
    return ROW.findall(PAGE.read_text(encoding="utf-8"))


def left_out() -> Iterator[str]:
    """The numbers that do not apply, ranges written out."""
    for text in re.findall(r"^Does not apply: (.+?)(?:\n\n|\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for match in PAST.finditer(text):
            chapter, section, first, _, _, last = map(int, match.groups())
            yield from (f"{chapter}.{section}.{number}" for number in range(first, last + 1))
        yield from re.findall(r"\d+\.\d+\.\d+", PAST.sub("", text))


def test_every_requirement_is_there_once() -> None:
    numbers = Counter([row[0] for row in rows()] + list(left_out()))
    assert [number for number, times in numbers.items() if times > 1] == []
    assert len(numbers) == LEVELS_1_AND_2


def test_each_stands_as_one_of_four_words() -> None:
    assert {row[0]: row[3] for row in rows() if row[3].strip() not in STANDS} == {}


def test_what_is_met_says_where() -> None:
    assert [
        row[0]
        for row in rows()
        if row[3].strip() == "met" and not PATH.search(row[4]) and "above" not in row[4] and "as " not in row[4]
    ] == []


@pytest.mark.parametrize("path", sorted(set(PATH.findall(PAGE.read_text(encoding="utf-8")))))
def test_the_path_is_there(path: str) -> None:
    assert (TOP / path).exists() or (SOURCE / path).exists()
