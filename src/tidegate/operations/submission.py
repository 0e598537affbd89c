"""From what people give (paths, URLs, uploaded files) to items of a batch: all of it, or nothing with the entry named."""

import asyncio
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tidegate.access import policy
from tidegate.domain.actor import Actor, ActorKind, Permission
from tidegate.domain.refusals import Invalid
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import BATCH_LIMIT, Item, Submit, Submitted, check_reason
from tidegate.pipeline.step import SourceKind
from tidegate.settings import Settings

NAME_LIMIT = 200
"""Characters of a name that is shown; the middle of a longer one is left out."""

URL_LIMIT = 4096
UNNAMED = "unnamed"

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""Needed to write Persian, Hindi and some emoji, and harmless: they change no direction."""

_URL_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")


@dataclass(frozen=True)
class Uploaded:
    """A file that lies in the content store already; `name` is as the sender has it, not yet safe to show."""

    key: str
    name: str


@dataclass(frozen=True)
class Given:
    """What somebody wants ingested."""

    paths: Sequence[str] = ()
    urls: Sequence[str] = ()
    uploads: Sequence[Uploaded] = ()


async def submit(
    services: Services, asking: Asking, given: Given, *, pipeline: str = "documents", reason: str | None = None
) -> Submitted:
    """Submit everything given as one batch. Raises Refusal; Invalid names the entry by its `kind` and `index`."""
    await check_may_submit(services, asking)
    check_reason(reason)
    items = await asyncio.to_thread(_items, services.settings, asking.actor, given)
    return await perform(services, asking, Submit(items, _label(given, items), pipeline, reason))


async def check_may_submit(services: Services, asking: Asking) -> None:
    """Refuse, on record, before a file is looked for or a byte is taken. Raises Forbidden, Unauthenticated."""
    if not policy.may(asking.actor, Permission.JOB_SUBMIT):
        await perform(services, asking, Submit((), ""))


def shown_name(text: str) -> str:
    """Return the last part of a path or a sender's file name, safe to show and never empty.

    What cannot be seen or turns the reading direction is shown as U+FFFD, so that no name poses as another.
    """
    last = re.split(r"[/\\]", text.rstrip("/\\"))[-1].strip()
    name = visible(last)
    if not name or name in {".", ".."}:
        return UNNAMED
    return name if len(name) <= NAME_LIMIT else f"{name[: NAME_LIMIT - 41]}…{name[-40:]}"


def visible(text: str) -> str:
    """Return a text with U+FFFD for each letter that cannot be seen or turns the reading direction."""
    return "".join(_seen(letter) for letter in unicodedata.normalize("NFC", text))


def _seen(letter: str) -> str:
    return letter if letter in _JOINERS or unicodedata.category(letter) not in _UNSEEN else "\ufffd"


def _label(given: Given, items: Sequence[Item]) -> str:
    """Name the batch after its first entry: a folder's own name rather than its first file's. In no language."""
    first = shown_name(given.paths[0]) if given.paths else items[0].name if items else UNNAMED
    others = len(given.paths) + len(given.urls) + len(given.uploads) - 1
    return f"{first} +{others}" if others > 0 else first


def _items(settings: Settings, actor: Actor, given: Given) -> list[Item]:
    items: list[Item] = []
    for index, path in enumerate(given.paths):
        for item in _path_items(settings, actor, path, index):
            items.append(item)
            if len(items) > BATCH_LIMIT:
                raise Invalid("too_many_items", "At most {limit} items may be submitted at once.", limit=BATCH_LIMIT)
    items.extend(_url_item(url, index) for index, url in enumerate(given.urls))
    items.extend(Item(SourceKind.UPLOAD.value, file.key, shown_name(file.name)) for file in given.uploads)
    return items


# Paths: the links in them are followed first, and what they lead to must lie under a root. ------------------------


def _path_items(settings: Settings, actor: Actor, text: str, index: int) -> Iterator[Item]:
    real = _real(text, index)
    root = _root_of(settings, actor, real)
    if root is None:
        raise Invalid("path_not_allowed", "This path is not below a folder that may be ingested from.", kind="paths", index=index)
    try:
        for file in _files(real, index):
            yield Item(SourceKind.FOLDER.value, _storable(file, index), shown_name(file.name), _storable(root, index))
    except OSError as error:
        raise Invalid("path_not_readable", "Something at this path cannot be read.", kind="paths", index=index) from error


def _real(text: str, index: int) -> Path:
    if not text.startswith("/"):
        raise Invalid("path_not_absolute", "A path must be given in full, from the root on.", kind="paths", index=index)
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise _missing(index) from error


def _root_of(settings: Settings, actor: Actor, real: Path) -> Path | None:
    """Return the root that allows a path. Without any, whoever has the shell may use what the shell may read."""
    if actor.kind is ActorKind.OPERATOR and not settings.folder_roots:
        return real if real.is_dir() else real.parent
    return next((root for root in settings.folder_roots if real.is_relative_to(root)), None)


def _files(real: Path, index: int) -> Iterator[Path]:
    if real.is_dir():
        yield from _walk(real)
    elif real.is_file():
        yield real
    else:
        raise _missing(index)


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in sorted order, without hidden ones and what is no file. Raises OSError."""
    for here, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(files) if not name.startswith(".") and Path(here, name).is_file())


def _raise(error: OSError) -> None:
    raise error


def _missing(index: int) -> Invalid:
    return Invalid("path_not_found", "There is no such file or folder.", kind="paths", index=index)


def _storable(path: Path, index: int) -> str:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise Invalid("path_not_utf8", "The name of a file is not valid UTF-8: rename it.", kind="paths", index=index) from error
    return str(path)


# URLs: here only their form; where they lead is checked when they are fetched. -------------------------------------


def _url_item(text: str, index: int) -> Item:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _bad_url(index) from error
    if parts.scheme not in {"http", "https"} or not host or len(text) > URL_LIMIT or _URL_UNSAFE.search(text):
        raise _bad_url(index)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return Item(SourceKind.URL.value, text, shown_name(last or host))


def _bad_url(index: int) -> Invalid:
    return Invalid("bad_url", "This is no web address: it needs http:// or https:// and a host.", kind="urls", index=index)
