"""The reference pages that are made from code: `--check` fails when a page differs, `--write` writes them.

Settings, failures and the lifecycle have one source each, in code, so a page cannot promise what the program does not do.
"""

import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from tidegate.domain.failures import CATALOGUE, Entry, FailureCode
from tidegate.domain.lifecycle import TERMINAL, TRANSITIONS, State, Transition
from tidegate.settings import MIB, Settings, variable

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
NOTE = "<!-- Made from {source} by `make docs DOCS=--write`. Do not edit. -->\n"


def settings_page() -> str:
    """Return the table of all environment variables."""
    rows = [[f"`{variable(entry.name)}`", _default(entry), entry.metadata["doc"]] for entry in fields(Settings)]
    return _page("Settings", "src/tidegate/settings.py", str(Settings.__doc__), _table(["Variable", "Default", "Meaning"], rows))


def failures_page() -> str:
    """Return the catalogue: a section for each code."""
    intro = (
        "Every reason that a job can fail for. A code never changes its meaning; message, cause and remedy are the words that "
        "readers see."
    )
    return _page("Failures", "src/tidegate/domain/failures.py", intro, *(_failure(code, CATALOGUE[code]) for code in FailureCode))


def lifecycle_page() -> str:
    """Return the diagram of states and the table of transitions."""
    rows = [[f"`{move.before}`", f"`{move.after}`", _movers(move), move.meaning] for move in TRANSITIONS]
    intro = (
        "Where a job stands, and the only moves there are. What a person moves leaves an audit event in the same transaction; "
        "the database refuses it otherwise."
    )
    return _page(
        "The life of a job", "src/tidegate/domain/lifecycle.py", intro, _diagram(), _table(["From", "To", "Who", "When"], rows)
    )


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "failures.md": failures_page,
    "lifecycle.md": lifecycle_page,
}


def main(arguments: list[str]) -> int:
    """Check or write every page; return the exit status."""
    if arguments not in (["--check"], ["--write"]):
        print("usage: generate_docs.py --check | --write", file=sys.stderr)
        return 2
    stale = [name for name, make in PAGES.items() if _on_disk(name) != make()]
    if arguments == ["--check"]:
        for name in stale:
            print(f"docs/reference/{name} is not what the code says: make docs DOCS=--write", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/reference/{name} written")
    return 0


def _on_disk(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def _page(title: str, source: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}\n\n{NOTE.format(source=source).strip()}", *(part.strip() for part in parts)]) + "\n"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _default(entry: Any) -> str:
    if entry.metadata["shown"]:
        return str(entry.metadata["shown"])
    if entry.default is MISSING or entry.default in {"", ()}:
        return "empty"
    if isinstance(entry.default, int) and entry.default >= MIB and entry.default % MIB == 0:
        return f"`{entry.default}` ({entry.default // MIB} MiB)"
    return f"`{entry.default:g}`" if isinstance(entry.default, float) else f"`{entry.default}`"


def _failure(code: FailureCode, entry: Entry) -> str:
    facts = [f"- **Cause:** {entry.cause}", f"- **Remedy:** {entry.remedy}", f"- **Who can fix it:** {entry.fixer.value}"]
    return "\n".join([f"## `{code.value}`\n\n{entry.message}\n", *facts, f"- **Retry:** {_retry(entry)}"])


def _retry(entry: Entry) -> str:
    by_person = "a person may retry" if entry.by_person else "a plain retry is not allowed"
    if not entry.automatic:
        return f"not by itself; {by_person}"
    times = "once" if entry.automatic == 1 else f"{entry.automatic} times"
    return f"by itself {times}, at first after {entry.delay_seconds:g} s; {by_person}"


def _movers(move: Transition) -> str:
    return ", ".join(sorted(mover.value for mover in move.movers))


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.QUEUED}"]
    lines += [f"    {move.before} --> {move.after}: {move.meaning}" for move in TRANSITIONS]
    lines += [f"    {state} --> [*]" for state in State if state in TERMINAL and state is not State.FAILED]
    return "\n".join([*lines, "```"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
