"""What the pages written by hand say is so: commands parse, links lead somewhere, settings and codes exist."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest
from cyclopts import CycloptsError

from tidegate.cli.application import build
from tidegate.settings import NOT_SETTINGS, Settings, variable

TOP = Path(__file__).parents[2]
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
SETTING = re.compile(r"\bTIDEGATE_[A-Z_]+\b")
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
PICTURES = "docs/images/"
"""Taken of the running console, so not there in every working copy."""


def commands() -> list[tuple[str, str]]:
    """Return every `tidegate …` in the pages' blocks of shell, with its page."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                match = re.search(r"(?:^|\$\()tidegate ([^)#]*)", line)
                if match:
                    found.append((str(page.relative_to(TOP)), match[1].strip()))
    return found


def test_there_are_commands() -> None:
    assert len(commands()) > 20


@pytest.mark.parametrize(("page", "command"), commands())
def test_a_documented_command_is_one(page: str, command: str) -> None:
    words = [ID if word == "ID" else word for word in shlex.split(command)]
    try:
        build(words).parse_args(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        pytest.fail(f"{page}: tidegate {command}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not link.startswith(PICTURES)]
    assert [link for link in targets if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_settings_exist(page: Path) -> None:
    known = {variable(entry.name) for entry in fields(Settings)} | NOT_SETTINGS
    assert set(SETTING.findall(page.read_text(encoding="utf-8"))) <= known


def test_every_decision_is_listed() -> None:
    folder = TOP / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
