"""The kinds of stores that a source may be in: what each needs, and how it is entered.

Nothing of the surroundings is used: no credentials of the machine's own, no proxies, no known hosts. Without a credential a store
is entered as anybody. Every host is resolved, checked and connected to in one go, as for web addresses.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from tidegate.outbound.address import Allowed
from tidegate.outbound.secrets import SecretUnavailable, read_secret
from tidegate.pipeline.fetching import azure, dropbox, gcs, s3, sftp, webdav
from tidegate.pipeline.step import Reach

Parts = Mapping[str, str]
"""A credential's parts, by name."""


class Store(Protocol):
    """A store that was entered at a source's address; every path is told from there. All of it blocks."""

    def pages(self, *, recursive: bool) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
        """Yield (path, what the store tells of it) of objects in pieces: at least what `version_of` reads, where it is known."""

    def opened(self, path: str) -> AbstractContextManager[tuple[Any, int | None]]:
        """Open an object and yield (what has `read(n)`, size in bytes when it is known)."""


@dataclass(frozen=True)
class Kind:
    """One kind of store: the module and the optional group that bring it, and how it is entered.

    `enter` takes a reach, the credential's parts (None without one) and the allowed hosts, and may raise anything. `is_server`:
    its address begins with a host that people choose. `is_pinned`: that host is known by its key. `has_endpoint`: people may
    choose another server than the provider's own. `begins_with_folder`: its address has neither host nor bucket.
    """

    module: str
    group: str
    enter: Callable[[Reach, Parts | None, Allowed], AbstractContextManager[Store]]
    is_server: bool = False
    is_pinned: bool = False
    has_endpoint: bool = False
    begins_with_folder: bool = False

    @property
    def is_installed(self) -> bool:
        """Whether what it takes is there."""
        try:
            return find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


def read_parts(reference: str) -> Parts | None:
    """Return the parts of a credential, a JSON object of texts; None without a reference. Raises SecretUnavailable."""
    if not reference:
        return None
    try:
        parts = json.loads(read_secret(reference))
    except ValueError as error:
        raise SecretUnavailable(type(error).__name__) from None
    if not isinstance(parts, dict) or not all(isinstance(part, str) for part in parts.values()):
        raise SecretUnavailable("no object of texts")
    return parts


def entered(reach: Reach, allowed: Allowed) -> AbstractContextManager[Store]:
    """Return the store of an address, to be entered. Blocks when it is.

    Raises SecretUnavailable, KeyError for another scheme, ImportError when it is not installed.
    """
    return STORES[reach.address.partition("://")[0]].enter(reach, read_parts(reach.credential), allowed)


STORES: Mapping[str, Kind] = {
    "s3": Kind("s3fs", "s3", s3.entered, has_endpoint=True),
    "gs": Kind("requests", "", gcs.entered, has_endpoint=True),
    "az": Kind("azure.storage.blob", "azure", azure.entered, has_endpoint=True),
    "dropbox": Kind("requests", "", dropbox.entered, begins_with_folder=True),
    "sftp": Kind("paramiko", "sftp", sftp.entered, is_server=True, is_pinned=True),
    "webdav": Kind("requests", "", webdav.entered, is_server=True),
    "webdav+http": Kind("requests", "", webdav.entered, is_server=True),
}
"""By the scheme of an address."""
