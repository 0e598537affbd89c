"""Sources that are looked through on a schedule, and what came of their scans."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from litestar.params import FromPath, JSONBody

from tidegate.operations import sources
from tidegate.operations.door import perform
from tidegate.operations.sources import (
    ChangeSource,
    CreateSource,
    PauseSource,
    RemoveSource,
    ResumeSource,
    ScanAsked,
    ScanSource,
    SourceSet,
)
from tidegate.sources.scan import Scan
from tidegate.sources.source import Source, Terms
from tidegate.web.parameters import WithActor, WithAsking, WithServices

from .bodies import Number, Reason, Request, Why
from .paging import PageSize, PageToken, id_of, token_after


class SourceTerms(Request, kw_only=True):
    """A source whole. `credential` is a reference, `env:NAME` or `file:/path`; without `every_seconds` it is scanned by hand.

    `host_key` is for SFTP alone: one line of what `ssh-keyscan` tells.
    """

    name: str
    address: str
    endpoint: str = ""
    pipeline: str = "documents"
    pattern: str = ""
    recursive: bool = True
    credential: str = ""
    host_key: str = ""
    every_seconds: Number | None = None
    paused: bool = False
    reason: str | None = None

    @property
    def terms(self) -> Terms:
        """As operations take them."""
        return Terms(**{name: getattr(self, name) for name in Terms.__struct_fields__})


class Sources(msgspec.Struct, frozen=True):
    """Every source, by name."""

    items: list[Source]


class Scans(msgspec.Struct, frozen=True):
    """One page of a source's scans, newest first."""

    items: Sequence[Scan]
    next_page_token: str | None


async def list_sources(services: WithServices, actor: WithActor) -> Sources:
    """List the sources, each with its newest scan; who does not manage them is not told where they are."""
    return Sources(await sources.list_sources(services, actor))


async def get_source(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> Source:
    """Show a source with its newest scan."""
    return await sources.get_source(services, actor, id)


async def create_source(services: WithServices, asking: WithAsking, data: JSONBody[SourceTerms]) -> SourceSet:
    """Make a source; one with an interval is scanned at once."""
    return await perform(services, asking, CreateSource(data.terms, data.reason or None))


async def change_source(services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[SourceTerms]) -> SourceSet:
    """Give a source other terms, all of them."""
    return await perform(services, asking, ChangeSource(id, data.terms, data.reason or None))


async def pause_source(services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[Why]) -> SourceSet:
    """Scan a source no more until it is resumed; a scan under way ends."""
    return await perform(services, asking, PauseSource(id, data.reason or None))


async def resume_source(services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[Why]) -> SourceSet:
    """Go on scanning a paused source, at once."""
    return await perform(services, asking, ResumeSource(id, data.reason or None))


async def scan_source(services: WithServices, asking: WithAsking, id: FromPath[UUID], data: JSONBody[Why]) -> ScanAsked:
    """Have a source scanned now."""
    return await perform(services, asking, ScanSource(id, data.reason or None))


async def remove_source(services: WithServices, asking: WithAsking, id: FromPath[UUID], reason: Reason = None) -> SourceSet:
    """Remove a source; what came from it stays."""
    return await perform(services, asking, RemoveSource(id, reason or None))


async def list_scans(
    services: WithServices, actor: WithActor, id: FromPath[UUID], page_size: PageSize = 50, page_token: PageToken = None
) -> Scans:
    """List a source's scans, newest first, and what each came to."""
    found = await sources.list_scans(services, actor, id, before=id_of(page_token), limit=page_size)
    return Scans(found, token_after([one.id for one in found], page_size))
