"""Settings → running objects: the only place that knows which adapter is in use."""

import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog
from fsspec.registry import known_implementations

from tidegate import embedded
from tidegate.access.journeys import IdentityProvider
from tidegate.audit.keys import load_signer
from tidegate.audit.publish import CheckpointFile
from tidegate.channels.letters import Letter
from tidegate.channels.outbox import Told
from tidegate.db.connect import Pool, is_pooled, open_pool
from tidegate.db.migrate import make_meaning, migrate
from tidegate.domain.actor import Actor, ActorKind, Role
from tidegate.engine.postgres import PostgresEngine
from tidegate.operations.diagnostics import load_key
from tidegate.operations.door import Services
from tidegate.operations.hosted import SignIn
from tidegate.pipeline import registry
from tidegate.pipeline.meaning import Meaning, is_installed
from tidegate.sealer.loop import SEALER_ROLE, Sealer
from tidegate.settings import SettingError, Settings, variable
from tidegate.tracing import starting

if TYPE_CHECKING:
    from litestar import Litestar


log = structlog.get_logger("tidegate.wiring")

STORES = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure"}
"""Which optional group of the installation brings the file system of a URL's scheme."""


@asynccontextmanager
async def addresses(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """Give the database's addresses (application, owner), with the embedded one running where none is set."""
    if settings.database_url:
        yield settings.database_url, settings.owner_database_url or settings.database_url
        return
    async with embedded.running(settings.home) as found:
        yield found.app_url, found.owner_url


@asynccontextmanager
async def running(settings: Settings, *, name: str, pool_size: int = 16) -> AsyncIterator[Services]:
    """Give the services over a migrated database; everything is closed at the end.

    `name` shows in pg_stat_activity. Raises SettingError, MigrationChanged, PooledLogin, psycopg.Error, ImportError for a
    user's pipeline module.
    """
    check_installed(settings)
    async with AsyncExitStack() as stack:
        app_url, owner_url = await stack.enter_async_context(addresses(settings))
        await migrate(owner_url)
        pool = await open_pool(app_url, name=name, size=pool_size)
        stack.push_async_callback(pool.close)
        listen_url = settings.listen_database_url or await _listening_at(app_url, pool)
        registry.load(settings.pipelines)
        tracing = starting.start(name)
        stack.push_async_callback(asyncio.to_thread, tracing.close)
        yield Services(
            settings=settings,
            url=app_url,
            listen_url=listen_url,
            pool=pool,
            engine=PostgresEngine(listen_url),
            pipelines=registry.names(),
            diagnostic_key=load_key(settings.home),
            identity_provider=_identity_provider(settings),
            write_letter=_write_letter,
            tracing=tracing,
            meaning=await _meaning(settings, owner_url),
        )


async def _listening_at(app_url: str, pool: Pool) -> str | None:
    """Return the address at which notices are heard; None where only a pooler is known, which may pass none on."""
    async with pool.connection() as connection:
        return None if await is_pooled(connection) else app_url


@asynccontextmanager
async def sealing(settings: Settings) -> AsyncIterator[Sealer]:
    """Give the sealer over a migrated database, with its key made at first use.

    Raises SettingError, MigrationChanged, psycopg.Error, BadKey, OSError.
    """
    check_installed(settings)
    async with AsyncExitStack() as stack:
        url, owner_url = settings.sealer_database_url or settings.database_url, settings.owner_database_url
        if not url:
            found = await stack.enter_async_context(embedded.running(settings.home))
            url, owner_url = found.url(SEALER_ROLE), found.owner_url
        await migrate(owner_url or settings.database_url or url)
        yield Sealer(url, load_signer(settings.home), CheckpointFile(settings.checkpoint_target))


def check_installed(settings: Settings) -> None:
    """Raise SettingError, before anything is started, when a setting asks for what is not installed."""
    for name in ("storage_url", "checkpoint_url"):
        scheme = str(getattr(settings, name)).partition("://")[0]
        module = str(known_implementations.get(scheme, {}).get("class", "")).partition(".")[0]
        if scheme in STORES and find_spec(module) is None:
            raise _missing(name, STORES[scheme])
    if settings.oidc_issuer and find_spec("joserfc") is None:
        raise _missing("oidc_issuer", "oidc")
    if settings.search_meaning and not is_installed():
        raise _missing("search_meaning", "semantic")


def _missing(setting: str, group: str) -> SettingError:
    return SettingError(f"{variable(setting)} needs more than is installed: pip install 'tidegate[{group}]'")


async def _meaning(settings: Settings, owner_url: str) -> Meaning | None:
    """Return what search by meaning takes, where it is switched on."""
    if not settings.search_meaning:
        return None
    if not await make_meaning(owner_url):
        log.warning("meaning_not_possible", lacks="pgvector")
    return Meaning()


def _identity_provider(settings: Settings) -> IdentityProvider | None:
    """Return the provider that people may sign in with. Imported here: few have one, and the command line starts often."""
    if not settings.oidc_issuer:
        return None
    from tidegate.access.oidc import Provider  # noqa: PLC0415

    return Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_secret())


def _write_letter(told: Told, language: str, base_url: str) -> Letter:
    """Write a message in the console's words. Imported here: the command line starts often and writes none."""
    from tidegate.console.letters import write  # noqa: PLC0415

    return write(told, language, base_url)


def asgi(services: Services, sign_in: SignIn | None = None) -> "Litestar":
    """Return the web application: the API and the console. Imported here, for a worker or a command needs none of it."""
    from tidegate.api import routes as api_routes  # noqa: PLC0415
    from tidegate.console import routes as console_routes  # noqa: PLC0415
    from tidegate.web import app  # noqa: PLC0415

    handlers = [*api_routes.HANDLERS, *console_routes.HANDLERS]
    return app.build(services, handlers, problem_page=console_routes.problem_page, sign_in=sign_in)


def operator() -> Actor:
    """Return the actor of the command line: whoever has the shell and the database has an administrator's rights."""
    return Actor(ActorKind.OPERATOR, None, f"operator:{getpass.getuser()}", Role.ADMIN, reads_content=True)
