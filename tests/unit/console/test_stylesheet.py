"""The colours hold the contrast of WCAG 2.2 AA in light and dark, and the files keep to the content security policy."""

import re

import pytest

from tidegate.console.rendering import TEMPLATES
from tidegate.console.static_files import FOLDER

STYLES = (FOLDER / "tidegate.css").read_text(encoding="utf-8")
TOKENS = {name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLES)}
GROUNDS = ("page", "surface", "raised", "hover")
INKS = ("ink", "ink-2", "ink-3", "accent", "queued", "running", "succeeded", "failed", "waiting", "cancelled")
TONES = ("queued", "running", "succeeded", "failed", "waiting", "cancelled")
PAIRS = [
    *((ink, ground) for ink in INKS for ground in GROUNDS),
    *((tone, f"{tone}-soft") for tone in TONES),
    *(("ink", f"{tone}-soft") for tone in TONES),
    *(("ink-2", f"{tone}-soft") for tone in TONES),
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("accent-strong", "accent-soft"), ("surface", "failed"),
    ("ink-2", "rail"), ("ink-3", "rail"), ("ink-3", "sunken"), ("page", "ink"), ("ink-2", "accent-soft"), ("ink-2", "marked"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_stands_out(theme: int) -> None:
    weak = {pair: round(contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_edges_of_fields_stand_out(theme: int) -> None:
    assert contrast(TOKENS["control"][theme], TOKENS["surface"][theme]) >= 3


def test_no_template_has_an_inline_style_or_script() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! type=\"module\" src=)|\|\s*safe", text), path.name


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (FOLDER / "icons.svg").read_text(encoding="utf-8")))
    named = {
        name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'icon\("([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    assert named - drawn == set()
