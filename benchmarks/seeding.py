"""Fills a ledger with jobs as if a team had worked on it for 90 days: `python -m benchmarks.seeding 1000000`.

The same seed and the same moment give the same rows. Of the jobs about 90 % succeeded, 4 % failed by every code of the
catalogue with a long tail, 1 % was cancelled, and the rest waits or runs; each has its batch, attempts, steps, history and
audit events. Documents, diagnostics and tickets are not made. It needs a superuser: guards and triggers are off meanwhile.
"""

import argparse
import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql

from tidegate import embedded, wiring
from tidegate import settings as configuration
from tidegate.audit.record import ActorNote, EventBody, Target
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor, ActorKind, Role
from tidegate.domain.failures import CATALOGUE, FailureCode, Kind, ParamType, Value
from tidegate.domain.ids import first_id_at
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.people import AddPerson

SQL = named_sql(__file__)

DAYS = 90
NEWEST = timedelta(hours=1)
"""The newest 8 % of the jobs, of which some still wait, came within this time."""

SETTLED = timedelta(minutes=10)
"""The last submission is so old that whatever it went through is over by now."""

CHUNK = 250_000
"""Jobs that are planned and written in one transaction: a few hundred megabytes of temporary tables."""

BATCH_MAX = 5_000
RUNNING_MAX = 48

PIPELINES = ("documents", "documents", "documents", "invoices", "transcripts")
KINDS = ("folder", "folder", "folder", "upload", "upload", "url", "store")
STEPS = ("fetch", "identify", "extract", "chunk", "index")
WORDS = (
    "annual-report", "berth-plan", "bill-of-lading", "board-minutes", "bunker-note", "cargo-manifest", "charter-party",
    "crane-inspection", "crew-list", "customs-form", "delivery-note", "dredging-survey", "environmental-report",
    "framework-agreement", "insurance-certificate", "invoice", "lock-log", "maintenance-log", "notice-to-mariners",
    "pilotage-order", "purchase-order", "risk-assessment", "safety-drill", "tender", "tide-tables", "timesheet",
    "vessel-register", "weather-bulletin",
)  # fmt: skip
ENDINGS = (".pdf", ".pdf", ".pdf", ".docx", ".xlsx", ".eml", ".tiff", ".html", ".pptx", ".txt")
NAMES = (
    "Amara Osei", "Bastian Lindqvist", "Chiara Ferri", "Daniel Okafor", "Elif Demir", "Frida Holm", "Grace Nakamura",
    "Hugo Martin",
)  # fmt: skip

FIRST = (
    FailureCode.DOCUMENT_CORRUPT, FailureCode.SOURCE_NOT_FOUND, FailureCode.DOCUMENT_ENCRYPTED, FailureCode.UNSUPPORTED_TYPE,
    FailureCode.SOURCE_UNREACHABLE, FailureCode.PARSE_TIMEOUT, FailureCode.OCR_FAILED,
)  # fmt: skip
CODES = (*FIRST, *(code for code in CATALOGUE if code not in {*FIRST, FailureCode.CANCELLED}))
"""What jobs fail by, the most frequent first: each code is about half as frequent as that of half its rank."""

EARLY = {
    FailureCode.UNSUPPORTED_TYPE: 2, FailureCode.TYPE_MISMATCH: 2, FailureCode.FILE_EXPANDS_TOO_MUCH: 2,
    FailureCode.RATE_LIMITED: 1, FailureCode.PROVIDER_UNAVAILABLE: 1, FailureCode.STORAGE_UNAVAILABLE: 1,
    FailureCode.FILE_TOO_LARGE: 1,
    **{code: 1 for code in CODES if code.startswith("source_")},
}  # fmt: skip
"""The step that a code comes from, where it is not the third."""

EXAMPLES: dict[ParamType, Value] = {
    Kind.BYTES: 268_435_456, Kind.SECONDS: 120, Kind.COUNT: 1000, Kind.MEDIA_TYPE: "application/zip", Kind.STATUS: 503,
}  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """One submission, in the order of the columns of `planned_batch`; its first job is number `first_n`."""

    id: UUID
    event_id: UUID
    first_n: int
    size: int
    pipeline: str
    kind: str
    submitted_by: UUID | None
    submitter_name: str
    label: str
    created_at: datetime


async def fill(url: str, count: int, people: Sequence[Actor], *, now: datetime | None = None, seed: int = 7) -> None:
    """Write `count` jobs, submitted by these people, into an empty ledger at a superuser's address."""
    moment, chance = now or datetime.now(UTC), random.Random(seed)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for name in ("begin", "hurry", "make_dice", "make_id", "make_batches"):
            await SQL.run(connection, name)
        await SQL.run(connection, "make_partitions", first=moment - timedelta(days=DAYS), now=moment)
        given = {
            "count": count,
            "seed": seed,
            "now": moment,
            "workers": [_id_at(moment, chance) for _ in range(4)],
            **_choices(count),
        }
        await SQL.run(connection, "insert_workers", **given)
        indexes = await _drop_indexes(connection)
        for chunk in _chunks(plan(count, people, moment, chance)):
            async with connection.transaction():
                await _write(connection, chunk, given)
        for definition in indexes:
            await connection.execute(definition.encode())
        for name in SQL.names:
            if name.startswith("fill_"):
                await SQL.run(connection, name)
        await SQL.run(connection, "analyze")


def plan(count: int, people: Sequence[Actor], now: datetime, chance: random.Random) -> Iterator[Batch]:
    """Yield the batches, oldest first: many small ones, a few of thousands."""
    done = 0
    while done < count:
        size = min(int(chance.paretovariate(0.7)), BATCH_MAX, max(1, count // 10), count - done)
        who, kind, pipeline = chance.choice(people), chance.choice(KINDS), chance.choice(PIPELINES)
        word, at = chance.choice(WORDS), _moment((done + size) / count, now)
        label = f"{word}-{at:%Y-%m}" + (f" and {size - 1:,} more" if size > 1 else "")
        ids = _id_at(at, chance), _id_at(at, chance)
        yield Batch(*ids, done, size, pipeline, kind, who.id, who.name, label, at)
        done += size


def _moment(share: float, now: datetime) -> datetime:
    """Return when the submission came after which this share of all jobs was there."""
    last = now - SETTLED
    if share >= 0.92:
        return last - NEWEST * ((1 - share) / 0.08)
    return last - NEWEST - (timedelta(days=DAYS) - NEWEST - SETTLED) * ((0.92 - share) / 0.92)


def _id_at(moment: datetime, chance: random.Random) -> UUID:
    return UUID(int=first_id_at(moment).int | 0x7 << 76 | 1 << 63 | chance.getrandbits(61))


def _choices(count: int) -> dict[str, object]:
    """Return what the statements throw their dice for; lists about codes are in the order of CODES."""
    entries = [CATALOGUE[code] for code in CODES]
    weights = [1 / rank for rank in range(1, len(CODES) + 1)]
    return {
        "codes": [str(code) for code in CODES],
        "thresholds": [sofar / sum(weights) for sofar in accumulate(weights)][:-1],
        "automatic": [entry.automatic for entry in entries],
        "by_person": [entry.by_person for entry in entries],
        "from_start": [entry.from_start for entry in entries],
        "params": [
            msgspec.json.encode({name: EXAMPLES[kind] for name, kind in entry.params.items()}).decode() if entry.params else None
            for entry in entries
        ],
        "step_of_code": [EARLY.get(code, 3) for code in CODES],
        "running": min(RUNNING_MAX / (0.05 * count), 0.2),
        "pipelines": sorted(set(PIPELINES)),
        "steps": list(STEPS),
        "words": list(WORDS),
        "endings": list(ENDINGS),
    }


def _chunks(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    chunk: list[Batch] = []
    for batch in batches:
        chunk.append(batch)
        if batch.first_n + batch.size - chunk[0].first_n >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def _write(connection: Connection, chunk: list[Batch], given: dict[str, object]) -> None:
    async with connection.cursor() as cursor:
        async with cursor.copy("COPY audit_event (id, recorded_at, payload) FROM STDIN") as copy:
            for batch in chunk:
                await copy.write_row((batch.event_id, batch.created_at, _submission(batch)))
        async with cursor.copy("COPY planned_batch FROM STDIN") as copy:
            for batch in chunk:
                await copy.write_row(astuple(batch))
    for name in (
        "insert_batches", "plan_jobs", "plan_attempts", "insert_acts", "insert_jobs", "insert_attempts", "insert_steps",
        "insert_events", "forget_plans", "empty_batches",
    ):  # fmt: skip
        await SQL.run(connection, name, **given)


def _submission(batch: Batch) -> str:
    """Return the payload of a batch's audit event."""
    who = ActorNote(ActorKind.PERSON.value, batch.submitted_by, batch.submitter_name, Role.POWER_USER.value, None)
    body = EventBody(
        id=batch.event_id, time=batch.created_at, action=AuditAction.SUBMIT, outcome=AuditOutcome.ALLOWED, actor=who,
        target=Target(TargetKind.BATCH, batch.id), reason=None, request_id=None, parent_id=None, before=None,
        after={"pipeline": batch.pipeline, "jobs": batch.size, "label": batch.label},
    )  # fmt: skip
    return msgspec.json.encode(body, order="deterministic").decode()


class _Index(msgspec.Struct):
    name: str
    definition: str


async def _drop_indexes(connection: Connection) -> list[str]:
    """Drop what is quicker built at the end, and return how to."""
    indexes = await SQL.all(connection, _Index, "list_indexes")
    for index in indexes:
        await connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index.name)))
    return [index.definition for index in indexes]


async def hire(services: Services) -> list[Actor]:
    """Add the people who submit, and return them."""
    hired = []
    for name in NAMES:
        login = name.split()[0].lower()
        added = await perform(services, Asking(wiring.operator()), AddPerson(login, name, Role.POWER_USER))
        hired.append(Actor(ActorKind.PERSON, added.id, login, Role.POWER_USER))
    return hired


async def run(settings: configuration.Settings, count: int) -> None:
    """Fill the embedded database of a home."""
    async with embedded.running(settings.home) as found, wiring.running(settings, name="tidegate seeding") as services:
        await fill(found.url("postgres"), count, await hire(services))


def main() -> None:
    """Fill the embedded ledger of TIDEGATE_HOME, which must be empty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=int)
    asyncio.run(run(configuration.load(), parser.parse_args().jobs))


if __name__ == "__main__":
    main()
