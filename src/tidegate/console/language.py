"""The one place that texts and numbers pass through on their way to a page, in the language of the reader.

Which one that is holds for the request that is being answered: `hear` is called once as it begins, and for nothing else.
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
HEADER_CHARACTERS = 1000
"""How much of an Accept-Language is read; browsers send some ten languages at most."""

_WISH = re.compile(r"([A-Za-z]{2,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=(0(?:\.\d{1,3})?|1(?:\.0{1,3})?))?\s*(?:,|$)")
"""A language and how much it is wanted, as in `de-CH;q=0.8` (RFC 9110, section 12.5.4)."""


@cache
def _read(tag: str) -> NullTranslations:
    with (LOCALE / tag / "LC_MESSAGES" / "tidegate.mo").open("rb") as file:
        return GNUTranslations(file)


@dataclass(frozen=True)
class Language:
    """A language of the console: its BCP 47 tag, what its speakers call it, and the marks of its numbers."""

    tag: str
    name: str
    thousands: str
    decimals: str

    @property
    def catalogue(self) -> NullTranslations:
        """Its texts; English ones stand in the code."""
        return _ENGLISH_TEXTS if self.tag == ENGLISH.tag else _read(self.tag)


LANGUAGES = {
    language.tag: language
    for language in (
        Language("en", "English", thousands=",", decimals="."),
        Language("de", "Deutsch", thousands=".", decimals=","),
    )
}
ENGLISH = LANGUAGES["en"]
_ENGLISH_TEXTS = NullTranslations()
_heard: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def hear(chosen: str | None, wished: str) -> None:
    """Take the reader's choice, else the first that the browser wishes for (Accept-Language), else English."""
    tags = [chosen or "", *_by_wish(wished[:HEADER_CHARACTERS])]
    _heard.set(next((LANGUAGES[tag] for tag in tags if tag in LANGUAGES), ENGLISH))


def spoken() -> Language:
    """Return the language of the request that is being answered."""
    return _heard.get()


def gettext(text: str) -> str:
    """Return a text in the reader's language. `make messages` finds literals, and what is looked up in constants."""
    return spoken().catalogue.gettext(text) if text else ""


def ngettext(one: str, many: str, n: int) -> str:
    """Return the form for `n`, with `{n}` filled in."""
    return spoken().catalogue.ngettext(one, many, n).format(n=number(n))


def forms(one: str, many: str) -> dict[str, str]:
    """Return the form for one and that for several, `{n}` left open: for the script, named as CLDR names them."""
    return {"one": spoken().catalogue.ngettext(one, many, 1), "other": spoken().catalogue.ngettext(one, many, 2)}


def number(n: float, decimals: int = 0) -> str:
    """Return a number in the reader's form: `1,204` in English, `1.204` in German."""
    language = spoken()
    whole, _, rest = (f"{n:,}" if isinstance(n, int) else f"{n:,.{decimals}f}").partition(".")
    return whole.replace(",", language.thousands) + (f"{language.decimals}{rest}" if rest else "")


def _by_wish(header: str) -> list[str]:
    """Return the languages of an Accept-Language without their regions, the most wanted first."""
    wishes = [(float(weight or 1), tag.lower()) for tag, weight in _WISH.findall(header)]
    return [tag for weight, tag in sorted(wishes, key=lambda wish: -wish[0]) if weight]
