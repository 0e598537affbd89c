"""Folders of a server by WebDAV (RFC 4918): listed by PROPFIND, folder by folder, and read by GET.

`webdav://` is spoken over https, `webdav+http://` over http. Requests go to the address that was checked, and no redirect is
followed. An answer is read as it comes; where its host names others, only their paths are looked at.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests
from requests.auth import HTTPBasicAuth

from tidegate.domain.failures import FailureCode
from tidegate.outbound.address import Allowed, session
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.answers import PLAIN, Reader, asked, size_of
from tidegate.pipeline.fetching.multistatus import Multistatus
from tidegate.pipeline.fetching.servers import WAIT_SECONDS, Entry, Page, place_of, walked
from tidegate.pipeline.step import Reach, StepFailed

BLOCK_BYTES = 64 * 1024
ANSWER_BYTES = 256 * 1024 * 1024
"""What is read of one folder's listing: some 400,000 entries. It never lies in memory as a whole."""

_ASKED = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>'
    b"<resourcetype/><getetag/><getlastmodified/><getcontentlength/></prop></propfind>"
)


@contextmanager
def entered(reach: Reach, parts: Mapping[str, str] | None, allowed: Allowed) -> Iterator["Folder"]:
    """Yield the folder of an address, without any request yet. See `stores.Kind`. Raises SecretUnavailable."""
    place = place_of(reach.address)
    scheme = "http" if reach.address.startswith("webdav+http:") else "https"
    host = f"[{place.host}]" if ":" in place.host else place.host
    with closing(session(allowed, WAIT_SECONDS)) as client:
        _sign_in(client, parts)
        yield Folder(client, f"{scheme}://{host}{f':{place.port}' if place.port else ''}", place.folder)


class Folder:
    """A folder of a server."""

    def __init__(self, client: requests.Session, origin: str, folder: str) -> None:
        self._client, self._origin, self._folder = client, origin, folder

    def pages(self, *, recursive: bool) -> Iterator[Page]:
        """See `Store`."""
        return walked(self._inside, recursive=recursive)

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[Reader, int | None]]:
        """See `Store`. Raises StepFailed."""
        with self._asked("GET", f"{self._folder}/{path}", 200, PLAIN) as answer:
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise StepFailed(FailureCode.SOURCE_UNREACHABLE, "sent packed, though it was asked for as it is")
            yield Reader(answer), size_of(answer)

    def _inside(self, folder: str) -> Iterator[Entry]:
        """Yield what is in a folder. Raises StepFailed when the answer is about another one, or has no end."""
        here = f"{self._folder}/{folder}"
        own, read, known = here.strip("/").split("/") if here.strip("/") else [], 0, Multistatus()
        head = {**PLAIN, "Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        with self._asked("PROPFIND", here, 207, head, _ASKED) as answer:
            while block := answer.raw.read1(BLOCK_BYTES):
                if (read := read + len(block)) > ANSWER_BYTES:
                    raise StepFailed(FailureCode.SOURCE_UNREACHABLE, f"a listing of more than {ANSWER_BYTES} B")
                yield from (entry for told in known.feed(block) if (entry := _entry(told.href, own, told)) is not None)
            known.close()

    def _asked(
        self, method: str, path: str, wanted: int, head: Mapping[str, str], body: bytes | None = None
    ) -> AbstractContextManager[requests.Response]:
        url = f"{self._origin}{quote(path, errors='surrogateescape')}"
        return asked(self._client, method, url, wanted, data=body, headers=head)


def _sign_in(client: requests.Session, parts: Mapping[str, str] | None) -> None:
    if parts is None:
        return
    if parts.get("token"):
        client.headers["Authorization"] = f"Bearer {parts['token']}"
    elif parts.get("user") and "password" in parts:
        client.auth = HTTPBasicAuth(parts["user"].encode(), parts["password"].encode())
    else:
        raise SecretUnavailable("neither token, nor user and password")


def _entry(href: str, own: list[str], told: Any) -> Entry | None:
    """Return an entry that lies in a folder whose path has the parts `own`; None for the folder itself. Raises StepFailed."""
    raw = urlsplit(href).path.strip("/")
    parts = [unquote(part, errors="surrogateescape") for part in raw.split("/")] if raw else []
    if parts == own:
        return None
    if parts[:-1] != own:
        raise StepFailed(FailureCode.SOURCE_UNREACHABLE, "asked for one folder, and told of another")
    return Entry(parts[-1], told.is_folder, told.told)
