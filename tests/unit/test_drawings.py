"""The diagrams show what there is in the code, say it in words, and stay within their frame."""

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.architecture.tree import SOURCE
from tidegate.domain.lifecycle import TRANSITIONS, State, Transition
from tools.drawings.architecture import TABLES, architecture, steps
from tools.drawings.canvas import COLOURS
from tools.drawings.lifecycle import PLACES, WAYS, lifecycle, movers

DRAWINGS = pytest.mark.parametrize("draw", [lifecycle, architecture], ids=["lifecycle", "architecture"])
DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - made by the code that is tested


def words(svg: str, kind: str = "") -> list[str]:
    """Return every line of text in a drawing, or those of a kind."""
    return ["".join(found.itertext()) for found in parsed(svg).iter(f"{SVG}text") if kind in found.get("class", "")]


def test_each_state_and_each_transition_is_drawn_once() -> None:
    assert set(PLACES) == set(State)
    assert set(WAYS) == {(move.before, move.after) for move in TRANSITIONS}
    drawn = words(lifecycle())
    assert sorted(words(lifecycle(), "name")) == sorted(State)
    assert lifecycle().count("marker-end") == len(TRANSITIONS) + 1
    for move in TRANSITIONS:
        assert re.sub(r"\s", "", move.meaning) in "".join(drawn).replace(" ", "")
        assert movers(move) in drawn


@pytest.mark.parametrize("move", TRANSITIONS, ids=lambda move: f"{move.before}-{move.after}")
def test_an_arrow_leads_from_its_state_to_the_other(move: Transition) -> None:
    begin, end = _ends(WAYS[move.before, move.after].path)
    assert _beside(begin, move.before), begin
    assert _beside(end, move.after), end


def test_the_architecture_names_what_is_in_the_code() -> None:
    drawn = words(architecture())
    text = " ".join(drawn)
    schema = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("migrations/*.sql"))
    for package, tables in TABLES.items():
        assert (SOURCE / package).is_dir()
        for table in tables:
            assert re.search(rf"CREATE TABLE (public\.)?{table}\b", schema), table
            assert re.search(rf"\b{table}\b", text), table
    assert steps() in drawn
    for package in ("cli", "console", "api", "operations", "ledger", "worker"):
        assert (SOURCE / package).is_dir()
    assert {"Command line", "Console", "API", "operations: the one door", "ledger", "worker"} <= set(drawn)


@DRAWINGS
def test_a_drawing_says_what_it_shows(draw: Callable[[], str]) -> None:
    root = parsed(draw())
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    told = root.findtext(f"{SVG}desc") or ""
    pages = [
        page for page in DOCS.rglob("*.md") if f"![{told}](../images/{draw.__name__}.svg)" in page.read_text(encoding="utf-8")
    ]
    assert len(pages) == 1


@DRAWINGS
def test_a_drawing_stays_within_its_frame_and_fetches_nothing(draw: Callable[[], str]) -> None:
    svg = draw()
    root = parsed(svg)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("x", 0)) + float(box.get("width", 0)) <= width
        assert float(box.get("y", 0)) + float(box.get("height", 0)) <= height
    assert re.findall(r"(?:href|src|url\((?!#)|@import|<script)", svg) == []


@DRAWINGS
def test_words_are_seen_on_their_ground_in_light_and_dark(draw: Callable[[], str]) -> None:
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", draw())) <= set(COLOURS)
    for name, both in COLOURS.items():
        for mode in (0, 1):
            ground = COLOURS.get(f"{name}-soft", COLOURS["page"])[mode]
            if name.startswith("ink") or f"{name}-soft" in COLOURS:
                assert _contrast(both[mode], ground) >= 4.5, (name, mode)


def test_the_colours_are_those_of_the_console() -> None:
    style = (SOURCE / "console" / "static" / "tidegate.css").read_text(encoding="utf-8")
    for state in State:
        light, dark = COLOURS[state]
        assert f"--{state}: light-dark({light}, {dark});" in style


def _ends(path: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where a path of M, H, V and Q begins and ends."""
    begin = end = (0.0, 0.0)
    for letter, numbers in re.findall(r"([MHVQ])([\d. ]+)", path):
        given = [float(number) for number in numbers.split()]
        end = {"H": (given[-1], end[1]), "V": (end[0], given[-1])}.get(letter, (given[-2:][0], given[-1]))
        begin = end if letter == "M" else begin
    return begin, end


def _beside(point: tuple[float, float], state: State) -> bool:
    (x, y), (width, height) = PLACES[state], (116, 44)
    return x - 3 <= point[0] <= x + width + 3 and y - 3 <= point[1] <= y + height + 3


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG 2 has it."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_colours_are_the_console_s() -> None:
    style = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "console" / "static").glob("*.css"))
    assert {value for both in COLOURS.values() for value in both if value not in style.lower()} == set()
