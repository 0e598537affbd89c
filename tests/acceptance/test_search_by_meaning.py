"""A paraphrase without a common word finds its passage by meaning, by the real model and a real pgvector, and offline."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.async_api import expect

from tests import documents, story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import ClientAs, serving
from tests.databases import address, fresh_database
from tests.processes import environment, running
from tests.visitors import Visitor
from tidegate import wiring
from tidegate.cli import checks
from tidegate.db.migrate import make_meaning, migrate
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Forbidden, Invalid
from tidegate.ledger.views import SearchMode
from tidegate.operations import reading
from tidegate.operations.door import Services
from tidegate.operations.meaning import give_meaning
from tidegate.operations.submission import Given, submit
from tidegate.settings import Settings

PASSAGES = {
    "storm.txt": "The vessel was unable to leave port because of a violent storm.",
    "terms.txt": "Invoices are payable within thirty days of receipt.",
    "leave.txt": "Employees may take twenty-five days of holiday per year.",
    "buoys.txt": "The outer buoys are inspected by divers every spring.",
}
PARAPHRASES = {
    "ship kept from sailing by bad weather": "storm.txt",
    "when must bills be paid": "terms.txt",
    "how much vacation do staff get": "leave.txt",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, search_meaning=True)


@pytest.fixture
async def library(services: Services, inbox: Path) -> Services:
    await finished_library(services, inbox, PASSAGES)
    return services


async def finished_library(services: Services, inbox: Path, texts: Mapping[str, str]) -> None:
    """Have a real worker ingest documents and give them their meaning."""
    paths = [str(documents.write(inbox, name, text)) for name, text in texts.items()]
    await submit(services, story.OPERATOR, Given(paths))
    async with running(services.settings, "work", folder_roots=str(inbox), search_meaning="true"):
        async with asyncio.timeout(90):
            while await with_meaning(services) < len(texts):
                await asyncio.sleep(0.1)


async def with_meaning(services: Services) -> int:
    async with services.pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM document WHERE has_meaning")
        return int((await cursor.fetchone() or (0,))[0])


async def names(services: Services, text: str, mode: SearchMode) -> list[str]:
    """Return the documents of the passages found, in order."""
    return [hit.name for hit in (await reading.search(services, story.OPERATOR.actor, text, mode=mode)).hits]


async def test_a_paraphrase_is_found_everywhere(library: Services, client_as: ClientAs) -> None:
    for text, name in PARAPHRASES.items():
        words = set(text.split()) & set(PASSAGES[name].lower().replace(".", "").split())
        assert not words, "the paraphrase shares no word"
        assert await names(library, text, SearchMode.WORDS) == []
        assert (await names(library, text, SearchMode.MEANING))[0] == name
    text, name = next(iter(PARAPHRASES.items()))
    await by_api(await client_as(Role.VIEWER), text, name)
    await by_shell(library, text, name)
    async with (
        serving(library, wiring.asgi) as server,
        looking(server, await story.person(library, Role.VIEWER)) as page,
    ):
        await page.goto("/search")
        await page.get_by_label("Words to find").fill(text)
        await page.get_by_label("Words", exact=True).check()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("No passage has these words")).to_be_visible()
        await page.get_by_label("Meaning").check()
        await page.get_by_role("button", name="Search").click()
        await expect(page.locator(".hit h2").first).to_have_text(name)
        await expect(page.get_by_label("Meaning")).to_be_checked()


async def by_api(viewer: Visitor, text: str, name: str) -> None:
    found = (await viewer.http.get("/api/search", params={"q": text, "mode": "meaning"})).json()["items"]
    assert (found[0]["name"], found[0]["snippet"], found[0]["matches"]) == (name, PASSAGES[name], [])
    assert 0 < found[0]["rank"] <= 1
    assert [hit["rank"] for hit in found] == sorted((hit["rank"] for hit in found), reverse=True)
    usual, exact = [(await viewer.http.get("/api/search", params={"q": one})).json() for one in (text, f'"{text}"')]
    assert (usual["mode"], usual["items"][0]["name"], usual["items"][0]["rank"]) == ("both", name, 0.5)
    assert exact == {"mode": "words", "items": []}
    assert (await viewer.http.get("/api/search", params={"q": text, "mode": "feeling"})).status_code == 400


async def by_shell(services: Services, text: str, name: str) -> None:
    for mode in (["--mode", "meaning"], list[str]()):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tidegate", "search", *mode, "--json", *text.split(),
            env=environment(services.settings, search_meaning="true"), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert json.loads((await process.communicate())[0])[0]["name"] == name


async def test_who_may_not_read_content_finds_nothing_by_meaning(services: Services) -> None:
    asking = await story.person(services, Role.ADMIN)
    stranger = replace(asking.actor, reads_content=False)
    with pytest.raises(Forbidden):
        await reading.search(services, stranger, "bad weather", mode=SearchMode.MEANING)


async def test_switched_off_it_says_so(services: Services) -> None:
    off = replace(services, meaning=None)
    with pytest.raises(Invalid, match="meaning_is_off"):
        await names(off, "bad weather", SearchMode.MEANING)
    assert await give_meaning(off) == 0


async def test_a_database_without_pgvector_works_and_says_so(cluster: str, services: Services) -> None:
    """Its owner is no superuser, as on most servers, and nobody has created the extension."""
    async with fresh_database(cluster) as url:
        name = urlsplit(url).path[1:]
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("CREATE EXTENSION pg_trgm")
            await connection.execute(
                psycopg.sql.SQL("ALTER DATABASE {} OWNER TO tidegate_owner").format(psycopg.sql.Identifier(name))
            )
        owner = address(url, role="tidegate_owner")
        assert "0021_meaning.sql" in await migrate(owner)
        assert await make_meaning(owner) is False
        external = replace(services.settings, database_url=address(url, role="tidegate_app"), owner_database_url=owner)
        async with wiring.running(external, name="tidegate tests") as without:
            assert await names(without, "storm", SearchMode.WORDS) == []
            usual = await reading.search(without, story.OPERATOR.actor, "storm")
            assert usual == reading.Found(SearchMode.WORDS, [])
            assert await give_meaning(without) == 0
            for mode in (SearchMode.MEANING, SearchMode.BOTH):
                with pytest.raises(Invalid, match="meaning_not_possible"):
                    await names(without, "bad weather", mode)
        assert await doctor_says(external) == ("warn", "the database has no pgvector; words are found as always")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("CREATE EXTENSION vector")
        assert await make_meaning(owner) is True
        assert await doctor_says(external) == ("ok", "model and pgvector are there")


async def doctor_says(settings: Settings) -> tuple[str, str]:
    """Return what `tidegate doctor` finds about search by meaning."""
    findings = await checks.database(settings)
    return next((finding.status, finding.told) for finding in findings if finding.name == "search by meaning")


async def test_the_model_needs_no_network(tmp_path: Path) -> None:
    script = (
        "import asyncio, socket\n"
        "def no(*a, **k): raise AssertionError('a connection was opened')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = no\n"
        "from tidegate.pipeline.meaning import Meaning\n"
        "known, nothing = asyncio.run(Meaning().of(['harbour', '']))\n"
        "print(known.count(','), nothing)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, env={"HOME": str(tmp_path), "HF_HOME": str(tmp_path)}, stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0].decode().split() == ["255", "None"]
    assert list(tmp_path.rglob("*.safetensors")) == []
