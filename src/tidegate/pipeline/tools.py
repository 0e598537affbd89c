"""The long-lived objects that steps use, made once for each worker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from tidegate.db.connect import connect
from tidegate.db.queries import Connection
from tidegate.pipeline.cage.pool import CagePool, Limits
from tidegate.pipeline.content import ContentStore
from tidegate.pipeline.fetching.url import UrlFetcher
from tidegate.pipeline.step import StepContext
from tidegate.settings import Settings


@dataclass(frozen=True)
class Tools:
    """What `StepContext.tools` holds, by name: `as_mapping()` goes into the context, `close()` at the worker's end."""

    settings: Settings
    store: ContentStore
    cages: CagePool
    urls: UrlFetcher
    database_url: str

    def as_mapping(self) -> Mapping[str, Any]:
        """Return the tools by name."""
        return {
            "settings": self.settings,
            "store": self.store,
            "cages": self.cages,
            "urls": self.urls,
            "database_url": self.database_url,
        }

    async def close(self) -> None:
        """End the caged children."""
        await self.cages.close()


def build_tools(settings: Settings, database_url: str = "") -> Tools:
    """Make the tools from the settings and the ledger's address. Nothing starts yet: the first document starts a child."""
    limits = Limits(settings.parse_timeout, settings.parse_memory_bytes, settings.parse_output_bytes)
    return Tools(
        settings=settings,
        store=ContentStore(settings.content_url),
        cages=CagePool(settings.concurrency, limits),
        urls=UrlFetcher(settings.allowed_hosts, settings.fetch_timeout),
        database_url=database_url,
    )


def settings_of(context: StepContext) -> Settings:
    """Return the settings that a step runs under."""
    return cast(Settings, context.tools["settings"])


def store_of(context: StepContext) -> ContentStore:
    """Return the content store."""
    return cast(ContentStore, context.tools["store"])


def cages_of(context: StepContext) -> CagePool:
    """Return the pool of caged children."""
    return cast(CagePool, context.tools["cages"])


def urls_of(context: StepContext) -> UrlFetcher:
    """Return the guarded fetcher."""
    return cast(UrlFetcher, context.tools["urls"])


@asynccontextmanager
async def database_of(context: StepContext) -> AsyncIterator[Connection]:
    """Open a connection to the ledger's database for a pipeline's own tables, which it makes in the schema `pipelines`.

    Each statement commits by itself but within `connection.transaction()`. Raises psycopg.Error, PooledLogin.
    """
    connection = await connect(cast(str, context.tools["database_url"]), name=f"tidegate pipeline {context.pipeline}")
    try:
        yield connection
    finally:
        await connection.close()
