"""Everything secret that a running Tidegate touches, put in its place: settings, environment, jobs, people, documents."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from tests import documents, story, visitors
from tests.collector import Collector
from tests.faults.leaks.provider import ANSWERS
from tests.faults.leaks.scanner import Canaries
from tests.faults.leaks.ways import IN_PROCESSES_ONLY, NAME, WAYS
from tidegate.domain.actor import Actor, Role
from tidegate.domain.failures import FailureCode
from tidegate.ledger.attempts import Hold
from tidegate.ledger.views import JobFilter
from tidegate.operations import execution
from tidegate.operations.acknowledging import AcknowledgeMany
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.bulk_working import work_piece
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Item, Submit
from tidegate.operations.people import AddPerson, IssueLink
from tidegate.operations.submission import Given, submit
from tidegate.operations.together import Together
from tidegate.operations.tokens import CreateToken
from tidegate.pipeline.tools import build_tools
from tidegate.settings import Settings
from tidegate.worker.attempt import run_attempt

CODES = tuple(f"code:{code.value}" for code in FailureCode)
HERE = (*CODES, *(how for how in WAYS if how not in IN_PROCESSES_ONLY))
ELSEWHERE = (*CODES[::3], *WAYS)
"""What real workers run: every way to fail, and a third of the codes."""

ENVIRONMENT = ("AWS_SECRET_ACCESS_KEY", "SMTP_PASSWORD", "HTTPS_PROXY_AUTH", "PGPASSFILE_HINT")
STRANGE_HEADERS = ("X-Api-Key", "Referer", "From", "X-Forwarded-For", "If-None-Match", "Accept-Language", "X-Request-Id")


@dataclass
class Scene:
    """A planted installation. `readers` are the headers of each kind of visitor, anonymous included."""

    services: Services
    canaries: Canaries
    inbox: Path
    provider: str
    collector: Collector
    readers: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, UUID] = field(default_factory=dict)

    @property
    def seeds(self) -> Mapping[str, str]:
        """The canaries as a locator carries them."""
        return self.canaries.by_place


def planted(settings: Settings, canaries: Canaries, inbox: Path) -> Settings:
    """Return settings with secrets in them, and with times that a test can wait for."""
    parts = urlsplit(settings.database_url)
    place = (
        parts.netloc if ":" in parts.netloc.partition("@")[0] else parts.netloc.replace("@", f":{canaries['DSN password']}@", 1)
    )
    query = (
        f"{parts.query}&options=-c%20tidegate.note%3D{canaries['DSN options']}&fallback_application_name={canaries['DSN name']}"
    )
    return replace(
        settings, database_url=urlunsplit(parts._replace(netloc=place, query=query.lstrip("&"))),
        storage_url=f"file://{settings.home}/{canaries['storage folder']}", folder_roots=(inbox,), allowed_hosts=("127.0.0.1",),
        retry_delay_scale=0.0, lease_seconds=60.0, max_file_bytes=64 * 1024,
    )  # fmt: skip


def environment(canaries: Canaries, database_url: str) -> dict[str, str]:
    """Return what the host of a process has in its environment."""
    return {**{name: canaries[f"environment {name}"] for name in ENVIRONMENT}, "LEAKY_DATABASE": database_url}


def strange_headers(canaries: Canaries) -> dict[str, str]:
    """Return what a visitor sends along; the request id has a blank, so that it is not taken over."""
    sent = {name: canaries[f"request header {name}"] for name in STRANGE_HEADERS}
    return sent | {"X-Request-Id": f"a {sent['X-Request-Id']}", "Referer": f"https://example.org/?{sent['Referer']}"}


@contextmanager
def next_secret(canary: str) -> Iterator[None]:
    """Let the next random secret be one that the scanner knows."""
    with mock.patch.object(secrets, "token_urlsafe", return_value=canary):
        yield


async def populate(scene: Scene) -> None:
    """Add people with known secrets: a session and a token for each role, a password, an unused link."""
    services, canaries = scene.services, scene.canaries
    scene.readers["anonymous"] = {}
    for kind in ("viewer", "power_user", "admin", "no_content"):
        role = Role.ADMIN if kind == "no_content" else Role(kind)
        added = await perform(
            services, story.OPERATOR, AddPerson(f"reads.{kind}".replace("_", "."), kind, role, None, kind != "no_content")
        )
        asking = Asking(Actor(story.OPERATOR.actor.kind.PERSON, added.id, added.login, role, reads_content=kind != "no_content"))
        link = await perform(services, story.OPERATOR, IssueLink(added.id))
        with next_secret(canaries[f"session of {kind}"]):
            scene.readers[kind] = visitors.cookies(services, await visitors.session_by_link(services, link.secret))
        with next_secret(canaries[f"token of {kind}"]):
            scene.tokens[kind] = (await perform(services, asking, CreateToken(f"of {kind}"))).secret
    password = AddPerson("has.password", "Has a password", Role.VIEWER, canaries["right password"])
    person = await perform(services, story.OPERATOR, password)
    with next_secret(canaries["one-time link"]):
        await perform(services, story.OPERATOR, IssueLink(person.id))


async def submit_leaks(scene: Scene, hows: Sequence[str], label: str) -> None:
    """Submit a job for each way to fail."""
    locator = {how: json.dumps({"how": how, "seeds": dict(scene.seeds)}) for how in hows}
    items = [Item("store", locator[how], f"{label} {how.replace(':', ' ')}") for how in hows]
    made = await perform(scene.services, story.OPERATOR, Submit(items, label, NAME))
    scene.jobs |= {f"{label} {how}": id for how, id in zip(hows, made.job_ids, strict=True)}


async def run_here(scene: Scene) -> None:
    """Run one attempt of every way to fail in this process."""
    await submit_leaks(scene, HERE, "here")
    tools, worker_id = build_tools(scene.services.settings, scene.services.url), await story.worker(scene.services)
    writes = Together(scene.services)
    with mock.patch.dict(os.environ, environment(scene.canaries, scene.services.settings.database_url)):
        for how in HERE:
            claim = await execution.begin(scene.services, Hold(scene.jobs[f"here {how}"], 1, worker_id))
            assert claim is not None
            await run_attempt(scene.services, tools, writes, claim)
    await tools.close()


async def act_on_many(scene: Scene) -> None:
    """Retry some of what failed as one act, which reads again what leaked before, and acknowledge some."""
    ids = tuple(scene.jobs[f"here code:{code.value}"] for code in (FailureCode.DOCUMENT_CORRUPT, FailureCode.TYPE_MISMATCH))
    await perform(scene.services, story.OPERATOR, RetryMany(JobFilter(ids=ids), "again"))
    while await work_piece(scene.services):
        pass
    await perform(scene.services, story.OPERATOR, AcknowledgeMany(JobFilter(failure_code=FailureCode.DOCUMENT_EMPTY), "known"))


async def submit_documents(scene: Scene) -> None:
    """Submit what the documents pipeline is to fetch: web addresses full of secrets, secret folders, a text, broken files."""
    canaries = scene.canaries
    credentials = f"{canaries['source user']}:{canaries['source password']}"
    tail = f"report.pdf?key={canaries['source query']}#{canaries['source fragment']}"
    urls = [f"http://{credentials}@{scene.provider}/{canaries['source path']}/{kind}/{tail}" for kind in ANSWERS]
    folder = scene.inbox / f"client-{canaries['folder name']}" / "deep"
    documents.write(folder, "letter.html", page(canaries))
    documents.write(
        folder, "broken.pdf", b"%PDF-1.7\n1 0 obj << /Title (" + canaries["broken document"].encode() + b") >> endobj\nxref"
    )
    documents.write(folder, "mail.docx", b"PK\x03\x04" + canaries["broken document"].encode() * 20)
    names = ("letter.html", "broken.pdf", "mail.docx")
    made = await submit(scene.services, story.OPERATOR, Given([str(folder / name) for name in names], urls))
    scene.jobs |= {f"documents {name}": id for name, id in zip((*names, *ANSWERS), made.job_ids, strict=True)}
    gone = documents.write(folder, "gone.txt", "here for a moment")
    made = await submit(scene.services, story.OPERATOR, Given([str(gone)]))
    gone.unlink()
    scene.jobs["documents gone"] = made.job_ids[0]


def page(canaries: Canaries) -> str:
    """Return a web page with secrets in its text, its title and its other metadata."""
    return (
        f"<html><head><title>Letter of {canaries['document title']}</title>"
        f'<meta name="author" content="{canaries["document author"]}"><!-- {canaries["document comment"]} --></head>'
        f"<body><p>The harbour master writes about {canaries['document text']}. {documents.LINE}</p></body></html>"
    )
