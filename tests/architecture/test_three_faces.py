"""What one face offers, the others offer: screens, API and command line are compared line by line in `three_faces.txt`.

A new route of the console, operation of the API or command needs a line there, or a place in one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tidegate.api.narrowing import Filter
from tidegate.api.routes import HANDLERS
from tidegate.cli.application import ALONE, COMMANDS
from tidegate.cli.narrowing import Narrowing
from tidegate.console.routes import PAGES
from tidegate.ledger.views import JobFilter
from tidegate.operations.door import Services
from tidegate.settings import Settings
from tidegate.tracing.port import SILENT
from tidegate.web.app import build

TABLE = Path(__file__).with_name("three_faces.txt")
FACES = ("screen", "API", "command")
DASH = "— "
CALLED = {"batch_id": "batch", "failure_code": "failure"}
"""Filters that people know by a shorter name than the ledger does."""


@dataclass(frozen=True)
class Line:
    """What somebody wants, and each face's cell as it is written."""

    what: str
    cells: Mapping[str, str]

    def offers(self, face: str) -> list[str]:
        """What a face has for it, nothing where a dash stands."""
        return [] if self.cells[face].startswith(DASH) else self.cells[face].split(", ")


def lines() -> list[Line]:
    """Read the table. Raises AssertionError for a line that has not its four cells."""
    heading, *told = (
        [cell.strip() for cell in line.split(" | ")]
        for line in TABLE.read_text(encoding="utf-8").splitlines()
        if line[:1] not in {"", "#"}
    )
    assert tuple(heading[1:]) == FACES
    assert [cells for cells in told if len(cells) != len(heading) or not all(cells)] == []
    return [Line(cells[0], dict(zip(FACES, cells[1:], strict=True))) for cells in told]


def there() -> dict[str, set[str]]:
    """What each face really has."""
    return {
        "screen": {
            f"{method} {re.sub(r':[a-z]+', '', path)}"
            for page in PAGES
            for path in page.paths
            for method in page.http_methods - {"HEAD", "OPTIONS"}
        },
        "API": {str(handler.operation_id) for handler in HANDLERS},
        "command": {listed.words for listed in COMMANDS} | set(ALONE),
    }


@pytest.mark.parametrize("face", FACES)
def test_whatever_a_face_has_is_in_the_table_and_nothing_else(face: str) -> None:
    named = {offered for line in lines() for offered in line.offers(face)}
    assert sorted(there()[face] - named) == [], f"say in {TABLE.name} what this is for, and how the other faces offer it"
    assert sorted(named - there()[face]) == [], f"{TABLE.name} promises what is not there"


def test_a_face_that_lacks_something_says_why() -> None:
    assert [line.what for line in lines() if not any(line.offers(face) for face in FACES)] == []
    reasons = [(line.what, cell) for line in lines() for cell in line.cells.values() if cell.startswith(DASH.strip())]
    assert [(what, cell) for what, cell in reasons if len(cell.removeprefix(DASH).split()) < 3] == []


def test_what_changes_something_on_a_screen_changes_it_by_more_than_a_get() -> None:
    reading = {str(handler.operation_id) for handler in HANDLERS if "GET" in handler.http_methods}
    for line in lines():
        if any(offered.startswith("POST ") for offered in line.offers("screen")):
            assert not reading & set(line.offers("API")), line.what


def test_every_filter_of_the_list_is_a_parameter_a_member_and_an_option() -> None:
    known = {CALLED.get(name, name) for name in JobFilter.__struct_fields__} - {"ids"}
    described_from = SimpleNamespace(settings=Settings(), listen_url=None, tracing=SILENT)  # all that routes are described from
    services = cast(Services, described_from)
    described = build(services, HANDLERS).openapi_schema.to_schema()["paths"]
    parameters = {
        path: {parameter["name"] for parameter in described[f"/api/ingestion/{path}"]["get"]["parameters"]}
        for path in ("jobs", "counts")
    }
    assert parameters["jobs"] - {"page_size", "page_token"} == known
    assert parameters["counts"] == set(Filter.__struct_fields__) == known - {"state"}
    assert {field.name for field in fields(Narrowing)} == known - {"state"}
