"""Where the pictures are taken: servers over a day's data, over nothing yet, and over a database that is away."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.acceptance.conftest import LiveServer, serving
from tests.acceptance.seeds import Writer
from tests.databases import fresh_database
from tidegate import wiring
from tidegate.access.credentials import secret_hash
from tidegate.access.people import list_sessions, list_tokens
from tidegate.channels.channel import ChannelKind, Event, Terms
from tidegate.domain.actor import Actor, ActorKind, Role
from tidegate.domain.ids import new_id
from tidegate.ledger.views import JobFilter
from tidegate.operations.acknowledging import Acknowledge
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.bulk_working import work_piece
from tidegate.operations.channels import AddChannel
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.external.systems import ClaimRuns, SetSystem
from tidegate.operations.sources import CreateSource
from tidegate.settings import Settings
from tidegate.sources import source
from tools.screens.harbour import ACTS, DAY, HOUR, MINUTE, PEOPLE, Act, tales

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/604.1"
)

TEMPLATE = "Empty template.docx"
TOGETHER = ("Intranet handbook.html", "Moved to archive.pdf", "Drone flight harbour mouth.zip", "Parcel notice.docm")
"""Failures that are retried together; one of them is left out, since no plain retry may follow it."""

ARCHIVE = source.Terms(
    name="Archive of the port", address="s3://port-archive/incoming", pattern="*.pdf *.docx", credential="env:ARCHIVE_KEY",
    every_seconds=900,
)  # fmt: skip
CREW = Terms(
    name="Night shift", kind=ChannelKind.WEBHOOK, target="https://pager.example.org/tidegate", secret="env:PAGER_SECRET",  # noqa: S106 - says where it is
    events=[Event.FAILED, Event.STUCK], quiet_from="22:00", quiet_to="06:00", zone="Europe/Berlin",
)  # fmt: skip
"""Who is told; nothing happens that is."""

AIRFLOW = SetSystem("airflow://prod", "https://airflow.example.org/tidegate", "file:/etc/tidegate/airflow.secret")

Names = dict[str, dict[str, UUID]]


@dataclass(frozen=True)
class Place:
    """A running server, its people's sessions by login, and ids by what they belong to and by name: `names["job"]["a.pdf"]`."""

    server: LiveServer
    sessions: dict[str, str]
    names: Names


@asynccontextmanager
async def place(cluster: str, template: str, home: Path, *, filled: bool) -> AsyncIterator[Place]:
    """Give a server over a database of its own: with people, and with their day where `filled`."""
    async with fresh_database(cluster, template) as url:
        settings = Settings(home=home, database_url=url, folder_roots=(Path("/srv/harbour"),))
        async with wiring.running(settings, name="tidegate screens") as services:
            async with await psycopg.AsyncConnection.connect(url) as connection:
                await connection.execute("SET session_replication_role = replica")
                roles = {login: person.role for login, person in PEOPLE.items()}
                writer = Writer(connection, services, datetime.now(UTC), roles)
                sessions = await _settle(writer)
                names = await _live(writer) if filled else {}
            if filled:
                names |= await _together(services, names)
            async with serving(services, wiring.asgi) as server, _sealed(settings, on=filled):
                yield Place(server, sessions, names)


@asynccontextmanager
async def _sealed(settings: Settings, *, on: bool) -> AsyncIterator[None]:
    """Have the audit log sealed meanwhile."""
    if not on:
        yield
        return
    async with wiring.sealing(settings) as sealer:
        stop = asyncio.Event()
        task = asyncio.create_task(sealer.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def close_database(cluster: str, server: LiveServer) -> None:
    """Take a server's database away from it."""
    name = str(conninfo_to_dict(server.services.url)["dbname"])
    async with await psycopg.AsyncConnection.connect(cluster, autocommit=True) as connection:
        await connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


async def _settle(writer: Writer) -> dict[str, str]:
    """Write the people with their roles and sessions, and return the secrets of these."""
    sessions = {}
    for login, person in PEOPLE.items():
        ago, id = person.days * DAY, writer.id_at(person.days * DAY)
        operator = {"kind": "operator", "id": None, "name": "operator:root", "role": "admin", "credential_id": None}
        after = {"login": login, "role": person.role, "reads_content": person.reads}
        event = await writer.event(ago, login, "person.add", {"kind": "person", "id": id}, actor=operator, after=after)
        await writer.insert("person", id=id, login=login, display_name=person.name, reads_content=person.reads,
                            created_at=writer.at(ago), disabled_at=writer.at(2 * DAY) if person.closed else None)  # fmt: skip
        await writer.insert("role_grant", id=new_id(), person_id=id, role=person.role, audit_event_id=event)
        writer.people[login] = id
        sessions[login] = await _session(writer, id, 45 * MINUTE, BROWSER)
        await _session(writer, id, 26 * HOUR, PHONE)
    return sessions


async def _session(writer: Writer, person_id: UUID, ago: float, agent: str) -> str:
    secret = secrets.token_urlsafe(32)
    await writer.insert(
        "session", id=writer.id_at(ago), token_hash=secret_hash(secret), person_id=person_id, created_at=writer.at(ago),
        seen_at=writer.at(ago / 9), expires_at=writer.now + timedelta(days=6), user_agent=agent,
    )  # fmt: skip
    return secret


async def _live(writer: Writer) -> Names:
    """Write the day: jobs, acts, a token."""
    jobs = await writer.write(tales(writer.now), worker=True)
    for act in ACTS:
        await _act(writer, act, jobs)
    await writer.insert(
        "api_token", id=new_id(), token_hash=secrets.token_bytes(32), person_id=writer.people["pavel.novak"], name="reporting",
        created_at=writer.at(12 * DAY), expires_at=writer.now + timedelta(days=78), used_at=writer.at(4 * HOUR),
    )  # fmt: skip
    rows = await (await writer.connection.execute("SELECT name, batch_id, document_id, audit_event_id FROM job")).fetchall()
    of_jobs = {kind: {row[0]: row[at] for row in rows} for at, kind in enumerate(("batch", "document", "event"), 1)}
    return {"job": jobs, "person": writer.people, **of_jobs}


async def _together(services: Services, names: Names) -> Names:
    """Acknowledge a failure, and retry others together, as their people do."""
    mei, pavel = (_asking(login, names["person"][login]) for login in ("mei.tanaka", "pavel.novak"))
    await perform(services, mei, Acknowledge(names["job"][TEMPLATE], "A template; nothing is missing."))
    narrowed = JobFilter(ids=tuple(names["job"][name] for name in TOGETHER))
    retry = await perform(services, pavel, RetryMany(narrowed, "The intranet is reachable again, and the files are back."))
    while await work_piece(services):
        pass
    async with services.pool.connection() as connection:
        [session] = (await list_sessions(connection, names["person"]["mei.tanaka"], idle_seconds=86_400))[:1]
        [token] = (await list_tokens(connection, names["person"]["pavel.novak"]))[:1]
    archive = await perform(services, Asking(wiring.operator()), CreateSource(ARCHIVE))
    channel = await perform(services, Asking(wiring.operator()), AddChannel(CREW))
    await perform(services, Asking(wiring.operator()), AIRFLOW)
    await perform(services, Asking(wiring.operator()), ClaimRuns("celery://harbour"))
    held = {"session": {"mei": session.id}, "token": {"reporting": token.id}}
    return {"channel": {"crew": channel.id}, "source": {"archive": archive.id}, "retry": {"together": retry.id}, **held}


def _asking(login: str, id: UUID) -> Asking:
    return Asking(Actor(ActorKind.PERSON, id, login, Role.POWER_USER))


async def _act(writer: Writer, act: Act, jobs: dict[str, UUID]) -> None:
    target: dict[str, object] = {"kind": act.kind, "id": jobs.get(act.on) or writer.people.get(act.on)}
    told = (
        {"outcome": "denied", "after": {"refusal": act.refused}}
        if act.refused
        else {"before": act.before, "after": act.after or None}
    )
    await writer.event(act.ago, act.by, act.action, target, reason=act.reason, **told)
