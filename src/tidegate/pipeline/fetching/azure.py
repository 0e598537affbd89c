"""Containers of Azure's blobs by Azure's own library over our sessions: listed by the store's own pages, and read in windows.

Requests go to the address that was checked, those for a token too, and no redirect is followed.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tidegate.outbound.address import Allowed, session
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.keeping import kept
from tidegate.pipeline.fetching.objects import PAGE
from tidegate.pipeline.fetching.servers import WAIT_SECONDS, Page
from tidegate.pipeline.fetching.tokens import Tokens
from tidegate.pipeline.step import Reach

AUTHORITY = "login.microsoftonline.com"
SCOPE = "https://storage.azure.com/.default"
WINDOW_BYTES = 4 * 1024 * 1024
"""What is asked for at once of a blob."""

_ENTRA = ("tenant_id", "client_id", "client_secret")
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,253}")
_AUTHORITY = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")

Parts = Mapping[str, str]


@contextmanager
def entered(reach: Reach, parts: Parts | None, allowed: Allowed) -> Iterator["Container"]:
    """Yield the container of an address, without any request yet. See `stores.Kind`. Raises SecretUnavailable."""
    name, _, folder = reach.address.partition("://")[2].rstrip("/").partition("/")
    yield Container(client(reach, parts, allowed).get_container_client(name), f"{folder}/" if folder else "")


class Container:
    """A container, whose blobs begin with `prefix`."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client, self._prefix = client, prefix

    def pages(self, *, recursive: bool) -> Iterator[Page]:
        """See `Store`."""
        how = {"name_starts_with": self._prefix, "results_per_page": PAGE, "include": ["metadata"]}
        found = self._client.list_blobs(**how) if recursive else self._client.walk_blobs(delimiter="/", **how)
        for page in found.by_page():
            yield [(one.name.removeprefix(self._prefix), {"etag": one.etag}) for one in page if _is_blob(one)]

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[Any, int | None]]:
        """See `Store`; a window of another version than the first one is refused by the store."""
        blob = self._client.download_blob(f"{self._prefix}{path}", max_concurrency=1, decompress=False)
        yield blob, blob.size


@kept
def client(reach: Reach, parts: Parts | None, allowed: Allowed) -> Any:
    """Return the client of a storage account. Raises SecretUnavailable, ImportError when it is not installed."""
    from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415 - few processes have a source
    from azure.storage.blob import BlobServiceClient, LinearRetry  # noqa: PLC0415 - few processes have a source

    known = parts or {}
    account = known.get("account_name", "")
    is_anybody_s = parts is None and reach.endpoint != ""
    if not is_anybody_s and not (account.isascii() and account.isalnum()):
        raise SecretUnavailable("no account_name")
    url = reach.endpoint or f"https://{account}.blob.core.windows.net"
    over = RequestsTransport(session=session(allowed, WAIT_SECONDS), session_owner=False, use_env_settings=False)
    return BlobServiceClient(
        url, credential=_credential(known, url, allowed), transport=over, retry_policy=LinearRetry(1, 1, random_jitter_range=0),
        permit_redirects=False, connection_timeout=WAIT_SECONDS, read_timeout=WAIT_SECONDS, user_agent_use_env=False,
        max_single_get_size=WINDOW_BYTES, max_chunk_get_size=WINDOW_BYTES,
    )  # fmt: skip


def _is_blob(one: Any) -> bool:
    """Tell a blob from a folder, which accounts with a tree of folders list as a blob that is marked."""
    notes = {name.lower(): text for name, text in (getattr(one, "metadata", None) or {}).items()}
    return hasattr(one, "etag") and notes.get("hdi_isfolder", "").lower() != "true"


def _credential(parts: Parts, url: str, allowed: Allowed) -> Any:
    """Return what lets in, None for anybody."""
    from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential  # noqa: PLC0415 - few processes have a source

    if "account_key" in parts:
        return AzureNamedKeyCredential(parts.get("account_name", ""), parts["account_key"])
    if "sas_token" in parts:
        return AzureSasCredential(parts["sas_token"].lstrip("?"))
    if not set(_ENTRA) & parts.keys():
        return None
    if not set(_ENTRA) <= parts.keys() or urlsplit(url).scheme != "https":
        raise SecretUnavailable("not all that Entra asks for, or a server without encryption")
    return _Entra(parts, allowed)


class _Entra:
    """An application that Microsoft Entra knows: what Azure's library asks for a token."""

    def __init__(self, parts: Parts, allowed: Allowed) -> None:
        authority, tenant = parts.get("authority", AUTHORITY), parts["tenant_id"]
        if not _AUTHORITY.fullmatch(authority) or not _TENANT.fullmatch(tenant):
            raise SecretUnavailable("no tenant, or no host of an authority")
        form = {"grant_type": "client_credentials", "client_id": parts["client_id"], "client_secret": parts["client_secret"]}
        self._tokens = Tokens(
            session(allowed, WAIT_SECONDS), f"https://{authority}/{tenant}/oauth2/v2.0/token", lambda: {**form, "scope": SCOPE}
        )

    def get_token(self, *_scopes: str, **_how: Any) -> Any:
        """See azure.core.credentials.TokenCredential. Raises StepFailed."""
        from azure.core.credentials import AccessToken  # noqa: PLC0415 - few processes have a source

        newest = self._tokens.newest()
        return AccessToken(newest.text, newest.ends_at)
