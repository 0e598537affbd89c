"""What may be decided about a source: refused here is what could not be kept, before anything is written."""

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tidegate.domain.refusals import Invalid
from tidegate.operations.door import Services
from tidegate.outbound.secrets import is_reference
from tidegate.pipeline.fetching.servers import place_of
from tidegate.pipeline.fetching.sftp import read_host_key
from tidegate.pipeline.fetching.stores import STORES, Kind
from tidegate.pipeline.fetching.walking import root_of
from tidegate.settings import Settings
from tidegate.sources.source import Terms

NAME_LIMIT, PATTERN_LIMIT, ADDRESS_LIMIT, HOST_KEY_LIMIT = 100, 200, 2000, 4000
INTERVAL_MIN, INTERVAL_MAX = 10, 31 * 86_400
"""Seconds between two scans: below, a scan would hardly be over when the next begins."""

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_NO_PATH = re.compile(r"/?")
_ENDPOINT_PATHS = {"az": re.compile(r"/?|/[a-z0-9]{3,24}/?")}
"""By scheme: what may follow the host of a server. Azure's has the account there when the host is a number."""


async def checked(services: Services, terms: Terms) -> Terms:
    """Return terms as they are kept: a folder's links are followed, spaces and a slash at the end are gone. Raises Invalid."""
    if not terms.name.strip() or len(terms.name) > NAME_LIMIT or not terms.name.isprintable():
        raise Invalid("bad_source_name", "A source has a name of up to {limit} characters.", limit=NAME_LIMIT)
    if terms.pipeline not in services.pipelines:
        raise Invalid("unknown_pipeline", "There is no pipeline of this name.", known=", ".join(services.pipelines))
    if len(terms.pattern) > PATTERN_LIMIT or not terms.pattern.isprintable():
        raise Invalid("bad_source_pattern", "Wildcards have up to {limit} characters, such as *.pdf *.docx.", limit=PATTERN_LIMIT)
    if terms.every_seconds is not None and not INTERVAL_MIN <= terms.every_seconds <= INTERVAL_MAX:
        raise Invalid(
            "bad_source_interval", "A source is scanned every {least} to {most} seconds.", least=INTERVAL_MIN, most=INTERVAL_MAX
        )
    if len(terms.address) > ADDRESS_LIMIT or not terms.address.isprintable():
        raise _bad_address()
    placed = await asyncio.to_thread(_folder, services.settings, terms) if terms.is_folder else _store(terms)
    return msgspec.structs.replace(placed, name=terms.name.strip(), pattern=" ".join(terms.pattern.split()))


def _folder(settings: Settings, terms: Terms) -> Terms:
    if terms.endpoint or terms.credential or terms.host_key:
        raise Invalid("folder_needs_none", "A folder takes neither a server nor a credential.")
    try:
        real = Path(terms.address).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        real = None
    if real is None or root_of(real, settings.folder_roots) is None or not real.is_dir():
        raise Invalid("bad_source_folder", "This is no folder below one that may be ingested from: see TIDEGATE_FOLDER_ROOTS.")
    return msgspec.structs.replace(terms, address=str(real))


def _store(terms: Terms) -> Terms:
    scheme, separator, path = terms.address.partition("://")
    store = STORES.get(scheme) if separator else None
    top, *below = path.rstrip("/").split("/")
    if store is None or not _is_top(store, top) or any(part in {"", ".", ".."} for part in below):
        raise _bad_address()
    if not store.is_installed:
        raise Invalid(
            "source_not_installed", "This server lacks what such an address takes: install tidegate[{group}].", group=store.group
        )
    if terms.credential and not is_reference(terms.credential):
        raise Invalid("bad_source_credential", "Say where the credential is: env:NAME or file:/path. It is never stored here.")
    if terms.endpoint and not (store.has_endpoint and _is_endpoint(terms.endpoint, _ENDPOINT_PATHS.get(scheme, _NO_PATH))):
        raise Invalid("bad_source_endpoint", "A server is for s3://, gs:// and az://: http or https, a host, no user name in it.")
    return msgspec.structs.replace(
        terms, address=f"{scheme}://{'/'.join((top, *below))}", host_key=_host_key(store, terms.host_key)
    )


def _is_top(store: Kind, top: str) -> bool:
    """Tell whether an address may begin so: with a folder, a bucket, or a host that has no user name before it."""
    if store.begins_with_folder:
        return top not in {"", ".", ".."}
    try:
        return bool(place_of(f"://{top}").host) if store.is_server else _BUCKET.fullmatch(top) is not None
    except ValueError:
        return False


def _host_key(store: Kind, text: str) -> str:
    if not store.is_pinned:
        if text:
            raise Invalid("bad_source_host_key", "A host key is for sftp:// alone.")
        return ""
    try:
        return read_host_key(text[:HOST_KEY_LIMIT])
    except ValueError:
        raise Invalid(
            "bad_source_host_key", "A server of SFTP is known by its host key: one line of what ssh-keyscan tells."
        ) from None


def _is_endpoint(text: str, path: re.Pattern[str]) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None and parts.port != 0
            and path.fullmatch(parts.path) is not None and not parts.query and not parts.fragment
            and len(text) <= ADDRESS_LIMIT and text.isprintable() and " " not in text
        )  # fmt: skip
    except ValueError:
        return False


def _bad_address() -> Invalid:
    return Invalid(
        "bad_source_address", "Give a folder's full path, or an address such as s3://bucket/folder.", known=", ".join(STORES)
    )
