"""The long-lived objects that steps use, made once for each worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

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

    def as_mapping(self) -> Mapping[str, Any]:
        """Return the tools by name."""
        return {"settings": self.settings, "store": self.store, "cages": self.cages, "urls": self.urls}

    async def close(self) -> None:
        """End the caged children."""
        await self.cages.close()


def build_tools(settings: Settings) -> Tools:
    """Make the tools from the settings. Starts nothing yet: the first document starts the first child."""
    limits = Limits(settings.parse_timeout, settings.parse_memory_bytes, settings.parse_output_bytes)
    return Tools(
        settings=settings,
        store=ContentStore(settings.content_url),
        cages=CagePool(settings.concurrency, limits),
        urls=UrlFetcher(settings.allowed_hosts, settings.fetch_timeout),
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
