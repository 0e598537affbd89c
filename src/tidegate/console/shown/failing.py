"""The failure panel: what happened, why, what to do, who can do it. Every word comes from the catalogue."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.shown.sentences import say
from tidegate.domain.failures import Code, Failure, Fixer, entry_of, known


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
    fixer = _(FIXERS[entry_of(code).fixer])
    return Panel(
        str(code), say(failure), _(entry_of(code).cause), _(entry_of(code).remedy),
        fixer[:1].upper() + fixer[1:], reference or "",
    )  # fmt: skip


def title(code: Code) -> str:
    """Return what happened, without particulars and without a full stop."""
    return say(Failure(code)).rstrip(".")


def code_choices(asked: Code | None = None) -> list[tuple[str, str]]:
    """Return every failure code with its title, for a filter's list of choices; also the one asked for, known here or not."""
    return [(str(code), title(code)) for code in dict.fromkeys([*known(), *([asked] if asked else [])])]


FIXERS = {fixer: fixer.value for fixer in Fixer}
