"""Folders of Dropbox by its HTTP API: listed by its own pages, and read in one go.

Requests go to the address that was checked, those for a token too, and no redirect is followed. Source: the API's reference,
version 2.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import requests

from tidegate.domain.failures import FailureCode
from tidegate.outbound.address import Allowed, session
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.answers import PLAIN, Reader, asked, code_of, decoded, size_of
from tidegate.pipeline.fetching.keeping import kept
from tidegate.pipeline.fetching.objects import PAGE
from tidegate.pipeline.fetching.servers import WAIT_SECONDS, Page
from tidegate.pipeline.fetching.tokens import Tokens
from tidegate.pipeline.step import Reach

SERVER = "https://api.dropboxapi.com"
CONTENT = "https://content.dropboxapi.com"
PAGE_BYTES = 32 * 1024 * 1024
ERROR_BYTES = 64 * 1024
"""What is read of one page, and of what is said of an error."""

_NAMES = ("refresh_token", "app_key", "app_secret")
_BY_WORD: Mapping[str, FailureCode] = {
    "not_found": FailureCode.SOURCE_NOT_FOUND, "not_folder": FailureCode.SOURCE_NOT_FOUND,
    "not_file": FailureCode.SOURCE_NOT_FOUND,
    "restricted_content": FailureCode.SOURCE_FORBIDDEN, "locked": FailureCode.SOURCE_FORBIDDEN,
    "no_permission": FailureCode.SOURCE_FORBIDDEN, "reset": FailureCode.SOURCE_CHANGED,
}  # fmt: skip
"""What the API calls a path that it does not give, with status 409."""

Parts = Mapping[str, str]


class _Entry(msgspec.Struct):
    """What is in a folder; `tag` is file, folder or deleted."""

    name: str
    path_lower: str = ""
    content_hash: str = ""
    rev: str = ""
    tag: str = msgspec.field(name=".tag", default="")


class _Listed(msgspec.Struct):
    entries: list[_Entry]
    cursor: str
    has_more: bool


class _Wrong(msgspec.Struct):
    error_summary: str


@contextmanager
def entered(reach: Reach, parts: Parts | None, allowed: Allowed) -> Iterator["Folder"]:
    """Yield the folder of an address, without any request yet. See `stores.Kind`. Raises SecretUnavailable."""
    yield Folder(client(reach, parts, allowed), f"/{reach.address.partition('://')[2].strip('/')}")


class Folder:
    """A folder and what is below it. Dropbox knows names in any case, so objects are told by their folders in lower case."""

    def __init__(self, client: requests.Session, folder: str) -> None:
        self._client, self._folder, self._depth = client, folder, folder.count("/")

    def pages(self, *, recursive: bool) -> Iterator[Page]:
        """See `Store`. Raises StepFailed."""
        told: dict[str, Any] = {
            "path": self._folder, "recursive": recursive, "limit": PAGE, "include_non_downloadable_files": False
        }  # fmt: skip
        listed = self._listed("list_folder", told)
        yield self._page(listed)
        while listed.has_more:
            listed = self._listed("list_folder/continue", {"cursor": listed.cursor})
            yield self._page(listed)

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[Reader, int | None]]:
        """See `Store`. Raises StepFailed."""
        told = json.dumps({"path": f"{self._folder}/{path}"}).replace("\x7f", "\\u007f")
        head = {**PLAIN, "Dropbox-API-Arg": told}
        with asked(self._client, "POST", f"{CONTENT}/2/files/download", headers=head, code=_code) as answer:
            yield Reader(answer), size_of(answer)

    def _listed(self, call: str, told: Mapping[str, Any]) -> _Listed:
        with asked(self._client, "POST", f"{SERVER}/2/files/{call}", headers=PLAIN, json=told, code=_code) as answer:
            return decoded(answer, PAGE_BYTES, _Listed, "list of a folder")

    def _page(self, listed: _Listed) -> Page:
        files = [entry for entry in listed.entries if entry.tag == "file" and entry.path_lower]
        return [(self._path(entry), {"content_hash": entry.content_hash, "rev": entry.rev}) for entry in files]

    def _path(self, entry: _Entry) -> str:
        """Return where a file is below the folder: of its path, the API promises the case of the last part alone."""
        *folders, _ = entry.path_lower.strip("/").split("/")[self._depth :]
        return "/".join((*folders, entry.name))


@kept
def client(_reach: Reach, parts: Parts | None, allowed: Allowed) -> requests.Session:
    """Return a session that is let in as an application that somebody allowed. Raises SecretUnavailable."""
    if parts is None or not set(_NAMES) <= parts.keys():
        raise SecretUnavailable("no refresh_token, app_key or app_secret")
    form = {
        "grant_type": "refresh_token", "refresh_token": parts["refresh_token"],
        "client_id": parts["app_key"], "client_secret": parts["app_secret"],
    }  # fmt: skip
    made = session(allowed, WAIT_SECONDS)
    made.auth = Tokens(session(allowed, WAIT_SECONDS), f"{SERVER}/oauth2/token", lambda: form).sign
    return made


def _code(answer: requests.Response) -> FailureCode:
    """Return what an answer without success is to people."""
    if answer.status_code != 409:
        return code_of(answer)
    words = decoded(answer, ERROR_BYTES, _Wrong, "reason").error_summary.split("/")
    return next((_BY_WORD[word] for word in words if word in _BY_WORD), FailureCode.SOURCE_UNREACHABLE)
