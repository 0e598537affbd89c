"""The catalogues of translations: `--check` says what is missing, unused or wrong in them, `--write` brings them up to date.

What is found in the code goes into `console/locale/<language>/LC_MESSAGES/tidegate.po`, which people translate, and from there
into `tidegate.mo`, which the console reads. `--write` keeps every translation whose text is still there.
"""

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tidegate.console.language import ENGLISH, LANGUAGES, LOCALE
from tools.texts_in_code import Found, Message, in_code
from tools.texts_in_templates import in_template

SOURCE = Path(__file__).parents[1] / "src" / "tidegate"
ENGLISH_ONLY = ("api", "cli")
"""Packages whose readers are programs and operators: what only they say is not translated."""

TRANSLATED = [tag for tag in LANGUAGES if tag != ENGLISH.tag]

HEAD = "# Texts of the console. After each edit: make messages MESSAGES=--write"
"""The comment at the head of a new catalogue; a glossary goes there."""

Places = dict[Message, list[str]]


def main(arguments: list[str]) -> int:
    """Check or write the catalogue of every language but English, which is that of the code."""
    if "--write" in arguments:
        for tag in TRANSLATED:
            Book(tag).write(everything())
    found = complaints()
    print("\n".join(found) or "every text is translated", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


def complaints() -> list[str]:
    """Return what is wrong with texts in the code and with the catalogues, one line each."""
    found = everything()
    unreadable = [f"{one.place}: {one.complaint}" for one in found if one.complaint]
    return unreadable + [line for tag in TRANSLATED for line in Book(tag).complaints(found)]


def everything() -> list[Found]:
    """Return what is found in all of the code and all templates, file by file, in the order of their names."""
    found: list[Found] = []
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        text, place = path.read_text(encoding="utf-8"), str(path.relative_to(SOURCE))
        if path.suffix == ".html":
            found += in_template(text, place)
        elif path.name != "__main__.py":
            said = in_code(text, import_module(_dotted(path)), place)
            found += [one for one in said if one.complaint or not place.startswith(ENGLISH_ONLY)]
    return found


def places(found: list[Found]) -> Places:
    """Return every message with the files that say it; those that only look it up count where nobody says it literally."""
    literal: Places = {}
    looked_up: Places = {}
    for one in found:
        if one.message:
            known = (literal if one.literal else looked_up).setdefault(one.message, [])
            known += [one.place] if one.place not in known else []
    return looked_up | literal


class Book:
    """One language's catalogue, as text and compiled."""

    def __init__(self, tag: str, folder: Path = LOCALE) -> None:
        self.tag = tag
        self.text, self.compiled = (folder / tag / "LC_MESSAGES" / name for name in ("tidegate.po", "tidegate.mo"))

    def write(self, found: list[Found]) -> None:
        """Write the catalogue anew: new messages empty, old translations kept; and compile it."""
        self.text.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._renewed(found)
        self.text.write_text(_as_text(fresh), encoding="utf-8")
        self.compiled.write_bytes(_as_compiled(fresh))

    def complaints(self, found: list[Found]) -> Iterator[str]:
        """Tell of every text that a reader of this language would miss, and of what is wrong or out of date."""
        known, wanted, fresh = self._read(), places(found), self._renewed(found)
        for message in wanted:
            for fault in _faults(message, known.get(message.text)):
                yield f"{self.tag}: {fault}: {message.text!r} ({wanted[message][0]})"
        said = {message.text for message in wanted}
        yield from (f"{self.tag}: said nowhere: {_first(entry)!r}" for entry in known if entry.id and _first(entry) not in said)
        if not self.text.exists() or self.text.read_text(encoding="utf-8") != _as_text(fresh):
            yield f"{self.tag}: {self.text.name} is not in its form: make messages MESSAGES=--write"
        if not self.compiled.exists() or self.compiled.read_bytes() != _as_compiled(fresh):
            yield f"{self.tag}: {self.compiled.name} is not what was made of the text: make messages MESSAGES=--write"

    def _read(self) -> Catalog:
        return read_po(BytesIO(self.text.read_bytes()), locale=self.tag) if self.text.exists() else Plain(self.tag)

    def _renewed(self, found: list[Found]) -> Catalog:
        """Return the catalogue with just the messages of the code, under the comment at its head."""
        known = self._read()
        fresh = Plain(self.tag, header_comment=known.header_comment if self.text.exists() else HEAD, fuzzy=False)
        for message, said_in in sorted(places(found).items(), key=lambda pair: pair[1][0]):
            old = known.get(message.text)
            fresh.add(
                (message.text, message.plural) if message.plural else message.text,
                old.string if old else None,
                locations=[(place, 0) for place in said_in],
                flags={"fuzzy"} if old and old.fuzzy else set(),
                user_comments=old.user_comments if old else (),
            )
        return fresh


class Plain(Catalog):
    """A catalogue whose head says what gettext needs and no more, so that it is the same whoever writes it, and when."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the head."""
        form = ("Content-Type", "text/plain; charset=utf-8")
        return [("Language", self.locale_identifier or ""), form, ("Plural-Forms", self.plural_forms)]


def _faults(message: Message, entry: Entry | None) -> Iterator[str]:
    """Tell what is wrong with a translation."""
    held = entry.string if entry else None
    texts = [held] if isinstance(held, str) else list(held or ())
    if not texts or not all(texts) or (len(texts) > 1) != bool(message.plural):
        yield "not translated"
        return
    if entry and entry.fuzzy:
        yield "fuzzy"
    one, several = _names(message.text), _names(message.plural or message.text)
    if _names(texts[0]) not in (one, several) or any(_names(text) != several for text in texts[1:]):
        yield "other names in braces"


def _names(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


def _first(entry: Entry) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def _as_text(catalog: Catalog) -> str:
    written = BytesIO()
    write_po(written, catalog, width=120, include_lineno=False)
    return written.getvalue().decode().rstrip("\n") + "\n"


def _as_compiled(catalog: Catalog) -> bytes:
    """Return what the console reads; what is not translated in whole stays English."""
    written, whole = BytesIO(), Plain(catalog.locale_identifier, fuzzy=False)
    for entry in catalog:
        if entry.id and entry.string and all(entry.string) and not entry.fuzzy:
            whole.add(entry.id, entry.string)
    write_mo(written, whole)
    return written.getvalue()


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
