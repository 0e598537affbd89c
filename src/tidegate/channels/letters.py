"""A message in words. Whoever knows the languages writes it; here is what it is made of."""

from dataclasses import dataclass
from typing import Protocol

from tidegate.channels.outbox import Told


@dataclass(frozen=True)
class Letter:
    """One message for people: a line that says it all, what to know besides, and the page to look at with its name."""

    subject: str
    lines: tuple[str, ...]
    url: str
    link: str


class LetterWriter(Protocol):
    """Puts what is told in words of a language; `base_url` is where the console is, without a trailing slash."""

    def __call__(self, told: Told, language: str, base_url: str) -> Letter:
        """Return the message; the same words for the same input, at each try."""
