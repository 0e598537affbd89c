"""What a source is: where documents come from again and again, which of them, for which pipeline, and how often."""

from datetime import datetime
from uuid import UUID

import msgspec

from tidegate.db.queries import Connection, named_sql
from tidegate.domain.actor import Actor
from tidegate.domain.ids import new_id
from tidegate.sources.scan import Scan

SQL = named_sql(__file__)

SOURCES_LIMIT = 500
"""Sources at most: all of them are on one page."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator decides about a source.

    `address` is a folder's path, or a URL such as `s3://bucket/prefix`; `endpoint` is the web address of a server of such
    buckets that is not the provider's own. `pattern` holds wildcards with spaces between, such as `*.pdf *.docx`; '' takes
    everything.
    `credential` is a reference, `env:NAME` or `file:/path`. `host_key` is the key that a server of SFTP has to show.
    `every_seconds` None: it is looked at when somebody asks.
    """

    name: str
    address: str
    endpoint: str = ""
    pipeline: str = "documents"
    pattern: str = ""
    recursive: bool = True
    credential: str = ""
    host_key: str = ""
    every_seconds: int | None = None
    paused: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of this machine."""
        return self.address.startswith("/")

    @property
    def kind(self) -> str:
        """`folder`, or the scheme of its address."""
        return "folder" if self.is_folder else self.address.partition("://")[0]


class Source(Terms, frozen=True, kw_only=True):
    """A source as it stands, with its newest scan where there was one."""

    id: UUID
    next_at: datetime | None
    created_at: datetime
    last: Scan | None = None

    @property
    def terms(self) -> Terms:
        """What was decided about it."""
        return Terms(**{name: getattr(self, name) for name in Terms.__struct_fields__})


class Reaching(msgspec.Struct, frozen=True):
    """How objects of a source are reached."""

    address: str
    endpoint: str
    credential: str
    host_key: str


class Origin(msgspec.Struct, frozen=True):
    """The source that a batch came from."""

    id: UUID
    name: str
    removed: bool


class _Taken(msgspec.Struct):
    taken: bool


async def list_sources(connection: Connection) -> list[Source]:
    """Return every source that is not removed, by name."""
    return await SQL.all(connection, Source, "list_sources", id=None, limit=SOURCES_LIMIT)


async def get_source(connection: Connection, id: UUID) -> Source | None:
    """Return a source, None when there is none or it is removed."""
    return await SQL.one(connection, Source, "list_sources", id=id, limit=1)


async def lock_source(connection: Connection, id: UUID) -> Source | None:
    """Return a source, without its scans, and hold it for this transaction."""
    return await SQL.one(connection, Source, "lock_source", id=id)


async def is_name_taken(connection: Connection, name: str, but: UUID | None = None) -> bool:
    """Tell whether a source other than `but` has this name."""
    found = await SQL.one(connection, _Taken, "is_name_taken", name=name, id=but or new_id())
    return found is not None and found.taken


async def insert_source(connection: Connection, id: UUID, terms: Terms, actor: Actor, audit_event_id: UUID) -> None:
    """Add a source; one with an interval is due at once."""
    await SQL.run(connection, "insert_source", id=id, audit_event_id=audit_event_id, actor=_json(actor), **_values(terms))


async def update_source(connection: Connection, id: UUID, terms: Terms, actor: Actor, audit_event_id: UUID) -> None:
    """Give a source other terms."""
    await SQL.run(connection, "update_source", id=id, audit_event_id=audit_event_id, actor=_json(actor), **_values(terms))


async def set_paused(connection: Connection, id: UUID, *, paused: bool, actor: Actor, audit_event_id: UUID) -> None:
    """Pause a source, or let it go on."""
    await SQL.run(connection, "set_paused", id=id, paused=paused, actor=_json(actor), audit_event_id=audit_event_id)


async def remove_source(connection: Connection, id: UUID, audit_event_id: UUID) -> None:
    """Remove a source; a scan of it that is under way ends with its present piece."""
    await SQL.run(connection, "remove_source", id=id, audit_event_id=audit_event_id)


async def get_reach(connection: Connection, id: UUID) -> Reaching | None:
    """Return how objects of a source are reached, None when it is removed."""
    return await SQL.one(connection, Reaching, "get_reach", id=id)


async def source_of_batch(connection: Connection, batch_id: UUID) -> Origin | None:
    """Return the source that a batch came from, None for one that somebody submitted."""
    return await SQL.one(connection, Origin, "source_of_batch", batch_id=batch_id)


def _values(terms: Terms) -> dict[str, object]:
    return msgspec.structs.asdict(terms)


def _json(actor: Actor) -> str:
    return msgspec.json.encode(actor).decode()
