"""Passages: none too long, nothing lost, breaks where a reader would make them, and the right pages."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.pipeline.chunk import CHARACTERS, OVERLAP, spans


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end, _, _ in spans(text, None)]


def test_a_short_text_is_one_passage() -> None:
    assert list(spans("  hello \n", None)) == [(2, 7, None, None)]


def test_a_blank_text_has_none() -> None:
    assert list(spans(" \n \n", [0])) == []
    assert list(spans("", None)) == []


def test_breaks_fall_on_paragraphs_first() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 100 for number in range(9))
    assert all(piece.endswith("word") for piece in pieces(text))


def test_passages_overlap_a_little() -> None:
    made = list(spans("word " * 2000, None))
    overlaps = [before[1] - after[0] for before, after in pairwise(made)]
    assert all(OVERLAP - 20 <= overlap <= OVERLAP for overlap in overlaps)


def test_pages_are_told_from_and_to() -> None:
    first, second, third = "a " * 300, "b " * 50, "c " * 900
    text = f"{first}\n\n{second}\n\n{third}"
    starts = [0, len(first) + 2, len(first) + len(second) + 4]
    made = list(spans(text, starts))
    assert made[0][2:] == (1, 3)
    assert made[-1][2:] == (3, 3)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abc .\n漢", max_size=6000))
def test_nothing_is_lost_and_nothing_too_long(text: str) -> None:
    made = list(spans(text, None))
    covered = {place for start, end, _, _ in made for place in range(start, end)}
    assert {place for place, character in enumerate(text) if not character.isspace()} <= covered
    assert all(0 < end - start <= CHARACTERS for start, end, _, _ in made)
    assert [start for start, *_ in made] == sorted({start for start, *_ in made})


def test_a_text_without_a_break_is_cut_anyway() -> None:
    assert [len(piece) for piece in pieces("x" * 4000)] == [1500, 1500, 1000]
