"""The failure panel: what happened, why, what to do, who can do it. Every word comes from the catalogue."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.shown.sentences import say
from tidegate.domain.failures import CATALOGUE, Failure


@dataclass(frozen=True)
class Panel:
    """A failure explained; `reference` leads an administrator to the diagnostic, '' when there is none."""

    code: str
    message: str
    cause: str
    remedy: str
    fixer: str
    reference: str


def panel(failure: Failure, reference: str | None) -> Panel:
    """Return the panel of a failure."""
    code = failure.code
    fixer = _(CATALOGUE[code].fixer.value)
    return Panel(
        code.value, say(failure), _(CATALOGUE[code].cause), _(CATALOGUE[code].remedy),
        fixer[:1].upper() + fixer[1:], reference or "",
    )  # fmt: skip


def code_choices() -> list[tuple[str, str]]:
    """Return every failure code with its message, for a filter's list of choices."""
    return [(code.value, _(CATALOGUE[code].message).rstrip(".")) for code in CATALOGUE]
