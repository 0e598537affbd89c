"""What `tidegate doctor` looks at. Each check returns findings and raises nothing, so that one trouble hides no other."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import uuid4

import msgspec
import psycopg

from tidegate import wiring
from tidegate.cli.config import masked
from tidegate.db.connect import APPLICATION_ROLE, is_pooled
from tidegate.db.migrate import migrations
from tidegate.db.queries import Connection, named_sql
from tidegate.domain.failures import show_bytes
from tidegate.embedded import EmbeddedDatabaseError
from tidegate.pipeline.content import ContentStore
from tidegate.pipeline.meaning import is_installed
from tidegate.pipeline.reading.extraction import tessdata
from tidegate.pipeline.step import StepFailed
from tidegate.settings import MIB, Settings

SQL = named_sql(__file__)

POSTGRESQL_NEEDED = 150000
"""`server_version_num` of PostgreSQL 15."""

DISK_FAIL_BYTES, DISK_WARN_BYTES = 200 * MIB, 2048 * MIB
CONNECT_SECONDS = 10

CONFINED = "import os, sys; from tidegate.pipeline.cage.confine import confine; sys.exit(not confine(os.getppid(), 1 << 31))"
"""A child that is confined as document readers are; 0 when it is cut off from every network."""

Status = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True):
    """One line: what was looked at, how it is, and what to do about it."""

    name: str
    status: Status
    told: str
    remedy: str | None = None


class _Found(msgspec.Struct):
    found: bool


class _Applied(msgspec.Struct):
    version: int
    digest: str


Check = Callable[[Settings], Awaitable[list[Finding]]]


async def python(_: Settings) -> list[Finding]:
    """The interpreter."""
    return [Finding("Python", "ok", f"{sys.version.split()[0]} at {sys.executable}")]


async def database(settings: Settings) -> list[Finding]:
    """PostgreSQL: reachable, new enough, with its extension and its schema."""
    where = masked(settings.database_url) if settings.database_url else f"embedded in {settings.home}"
    try:
        async with (
            asyncio.timeout(None if not settings.database_url else CONNECT_SECONDS),
            wiring.addresses(settings) as (app_url, owner_url),
        ):
            connection: Connection = await psycopg.AsyncConnection.connect(owner_url, autocommit=True)
            async with connection:
                return [
                    *await _server(connection, where), await _schema(connection),
                    await _roles(connection, settings, app_url, owner_url),
                    *await _meaning(connection, settings),
                ]  # fmt: skip
    except EmbeddedDatabaseError as error:
        return [Finding("PostgreSQL", "fail", where, str(error))]
    except (psycopg.Error, TimeoutError, OSError) as error:
        return [
            Finding(
                "PostgreSQL",
                "fail",
                f"{where}: {type(error).__name__}",
                "Check that the server runs and that TIDEGATE_DATABASE_URL is right.",
            )
        ]


async def notices(settings: Settings) -> list[Finding]:
    """Whether the processes hear of changes at once, or look for them behind a pooler."""
    if not settings.database_url:
        return [Finding("notices", "ok", "heard from the embedded database")]
    direct = settings.listen_database_url
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection: Connection = await psycopg.AsyncConnection.connect(direct or settings.database_url, autocommit=True)
            async with connection:
                pooled = await is_pooled(connection)
    except (psycopg.Error, TimeoutError, OSError) as error:
        told = f"{masked(direct or settings.database_url)}: {type(error).__name__}"
        return [Finding("notices", "fail", told, "Check that this address is right.")]
    if not pooled:
        return [Finding("notices", "ok", f"heard at {masked(direct or settings.database_url)}")]
    if direct:
        remedy = "Let TIDEGATE_LISTEN_DATABASE_URL lead to the server itself, unless the pooler is in session mode."
        return [Finding("notices", "warn", f"{masked(direct)} leads through a pooler", remedy)]
    remedy = "Set TIDEGATE_LISTEN_DATABASE_URL to an address that leads to the server itself."
    return [Finding("notices", "warn", "none behind a pooler: every process looks for changes every 2 seconds", remedy)]


async def _server(connection: Connection, where: str) -> list[Finding]:
    number = connection.info.server_version
    told = f"{number // 10000}.{number % 10000}, {where}"
    available = await SQL.one(connection, _Found, "has_extension")
    extension = Finding("extension pg_trgm", "ok", "available")
    if available is None or not available.found:
        extension = Finding(
            "extension pg_trgm", "fail", "not available", "Install PostgreSQL's contrib modules on the database server."
        )
    if number < POSTGRESQL_NEEDED:
        return [Finding("PostgreSQL", "fail", told, "Version 15 or newer is needed."), extension]
    return [Finding("PostgreSQL", "ok", told), extension]


async def _schema(connection: Connection) -> Finding:
    known = migrations()
    schema = await SQL.one(connection, _Found, "has_schema")
    if schema is None or not schema.found:
        return Finding("schema", "ok", "empty; the first start makes it")
    applied = {row.version: row.digest for row in await SQL.all(connection, _Applied, "list_migrations")}
    changed = [entry.name for entry in known if applied.get(entry.version, entry.digest) != entry.digest]
    missing = [entry.name for entry in known if entry.version not in applied]
    if changed:
        return Finding(
            "schema", "fail", f"made by another text of {changed[0]}", "Run the version of Tidegate that made this database."
        )
    if missing:
        return Finding(
            "schema", "warn", f"{len(missing)} migrations missing", "The next start applies them, or `tidegate migrate` does now."
        )
    newer = sorted(set(applied) - {entry.version for entry in known})
    if newer:
        remedy = "Fine during an upgrade; then install the newer version here too."
        return Finding("schema", "warn", f"{len(newer)} migrations newer than this version", remedy)
    return Finding("schema", "ok", f"{len(known)} migrations applied")


async def _meaning(connection: Connection, settings: Settings) -> list[Finding]:
    """Search by meaning, where it is switched on: its model and its extension."""
    if not settings.search_meaning:
        return []
    if not is_installed():
        return [Finding("search by meaning", "fail", "the extra is not installed", "Run pip install 'tidegate[semantic]'.")]
    vector = await SQL.one(connection, _Found, "has_vector")
    if vector is None or not vector.found:
        remedy = "Install pgvector on the database server, and let its administrator run CREATE EXTENSION vector in the database."
        return [Finding("search by meaning", "warn", "the database has no pgvector; words are found as always", remedy)]
    return [Finding("search by meaning", "ok", "model and pgvector are there")]


async def _roles(connection: Connection, settings: Settings, app_url: str, owner_url: str) -> Finding:
    schema = await SQL.one(connection, _Found, "owns_tables")
    if not settings.database_url or (schema and not schema.found):
        return Finding("database roles", "ok", "the application does not own the tables")
    if app_url != owner_url:
        return Finding("database roles", "ok", "separate addresses for the application and the owner")
    remedy = (
        f"For production let TIDEGATE_DATABASE_URL sign in as {APPLICATION_ROLE}, and the owner in TIDEGATE_OWNER_DATABASE_URL."
    )
    return Finding("database roles", "warn", "one login for the application and the owner", remedy)


async def store(settings: Settings) -> list[Finding]:
    """The document store: written to and read back."""
    content, key = ContentStore(settings.content_url), f"doctor/{uuid4().hex}"
    try:
        await content.put_stream(key, [b"tidegate"], MIB)
        size = await content.size(key)
        await content.delete_prefix(key)
    except StepFailed as error:
        reason = error.diagnostic.partition(":")[0] if settings.storage_url else error.diagnostic
        return [
            Finding(
                "document store",
                "fail",
                f"{masked(settings.content_url)}: {reason}",
                "Check TIDEGATE_STORAGE_URL, its rights and its space.",
            )
        ]
    return [Finding("document store", "ok" if size else "fail", masked(settings.content_url))]


async def ocr(settings: Settings) -> list[Finding]:
    """Tesseract's language data: without it scans fail, everything else works."""
    wanted = [language for language in settings.ocr_languages.split("+") if language]
    folder, present = tessdata(wanted)
    missing = [language for language in wanted if language not in present]
    if folder is None or missing:
        packages = " ".join(f"tesseract-ocr-{language}" for language in missing)
        remedy = (
            f"Install {packages}, or set TESSDATA_PREFIX to the folder of the .traineddata files. Until then scans are not read."
        )
        return [Finding("OCR languages", "warn", f"missing: {', '.join(missing)}", remedy)]
    return [Finding("OCR languages", "ok", f"{', '.join(present)} in {folder}")]


async def sandbox(_: Settings) -> list[Finding]:
    """Whether the processes that read documents can be cut off from the network."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CONFINED, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    if await child.wait() == 0:
        return [Finding("sandbox", "ok", "document readers are cut off from the network")]
    remedy = (
        "Allow unprivileged user namespaces (kernel.unprivileged_userns_clone=1), or run workers that cannot reach a network."
    )
    return [Finding("sandbox", "warn", "document readers have limits, but are not cut off from the network", remedy)]


async def disk(settings: Settings) -> list[Finding]:
    """The home folder and its free space."""
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    told = f"{settings.home}, {show_bytes(free)} free"
    if not os.access(place, os.W_OK | os.X_OK):
        return [
            Finding(
                "home folder",
                "fail",
                f"{settings.home} cannot be written",
                "Set TIDEGATE_HOME to a folder of yours, or fix its rights.",
            )
        ]
    if free < DISK_WARN_BYTES:
        status: Status = "fail" if free < DISK_FAIL_BYTES else "warn"
        return [Finding("home folder", status, told, "Free some space, or set TIDEGATE_HOME to a larger disk.")]
    return [Finding("home folder", "ok", told)]


async def port(settings: Settings) -> list[Finding]:
    """Whether the console's port can be opened."""
    where = f"{settings.host}:{settings.port}"
    try:
        socket.create_server(
            (settings.host, settings.port), family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        ).close()
    except OSError as error:
        told = f"{where}: {error.strerror or 'no such address'}"
        return [Finding("port", "warn", told, "Fine if that is a running Tidegate; else set TIDEGATE_PORT or TIDEGATE_HOST.")]
    return [Finding("port", "ok", f"{where} is free")]


async def roots(settings: Settings) -> list[Finding]:
    """The folders that may be ingested from."""
    if not settings.folder_roots:
        return [Finding("folders", "ok", "no roots set: by the command line only")]
    missing = [root for root in settings.folder_roots if not root.is_dir()]
    if missing:
        return [Finding("folders", "warn", f"not there: {os.pathsep.join(map(str, missing))}", "Correct TIDEGATE_FOLDER_ROOTS.")]
    return [Finding("folders", "ok", os.pathsep.join(map(str, settings.folder_roots)))]


CHECKS: tuple[Check, ...] = (python, disk, database, notices, store, ocr, sandbox, roots, port)
