"""`tidegate demo`: something to look at, with failures of every common kind, and nobody with a password."""

import re
from collections.abc import Iterator

import pytest

from tests.acceptance.command_line import Shell, processes_of, shell
from tidegate.demo import DOCUMENTS
from tools.make_demo_documents import documents


@pytest.fixture
def home() -> Iterator[Shell]:
    with shell() as made:
        yield made


def test_it_ingests_the_samples_once_and_prints_fresh_links(home: Shell) -> None:
    done = home.run("demo", "--port", "0", "--exit")
    assert done.returncode == 0, done.stderr
    assert (
        "failed on purpose: document_corrupt, document_empty, document_encrypted, type_mismatch, unsupported_type." in done.stdout
    )
    links = re.findall(r"^ +(\w+) +http://127\.0\.0\.1:\d+/sign-in/link\?token=([\w-]+)$", done.stdout, re.MULTILINE)
    assert [login for login, _ in links] == ["admin", "power_user", "viewer"]
    assert processes_of(home.home) == []
    again = home.run("demo", "--port", "0", "--exit")
    assert "on purpose" not in again.stdout
    fresh = re.findall(r"token=([\w-]+)", again.stdout)
    assert len({*fresh, *(secret for _, secret in links)}) == 6
    assert len(home.json("jobs", "--limit", "200")["jobs"]) == len(list(DOCUMENTS.iterdir()))
    assert home.json("search", "flood", "gate")[0]["name"] == "storm-surge-plan.odt"
    assert home.json("search", "Gefährliche Güter")[0]["name"] == "hafenordnung.txt"


def test_the_shipped_samples_are_those_that_the_tool_makes() -> None:
    made = documents()
    assert {path.name for path in DOCUMENTS.iterdir()} == set(made)
    for name, content in made.items():
        assert len(content) <= 40 * 1024, name
        if not name.endswith((".docx", ".xlsx", ".odt", ".png")):  # compressed by the zlib of the day
            assert (DOCUMENTS / name).read_bytes() == content, name
