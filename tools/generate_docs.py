"""The reference pages that are made from code: `--check` fails when a page differs, `--write` writes them.

Each page has one source, in code, so a page cannot promise what the program does not do.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from dis import get_instructions
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, cast

from litestar.handlers import HTTPRouteHandler

from tidegate import operations
from tidegate.access import policy
from tidegate.api.metrics import Gauges
from tidegate.api.routes import HANDLERS
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.cli.application import ABOUT, COMMANDS, build
from tidegate.domain.actor import Permission, Role
from tidegate.domain.failures import CATALOGUE, Entry, FailureCode
from tidegate.domain.lifecycle import TRANSITIONS, Transition
from tidegate.operations.door import Services
from tidegate.settings import MIB, Settings, variable
from tidegate.tracing.port import SILENT
from tidegate.web import app as web

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
OWN_ONLY = {"list_tokens": {Permission.TOKEN_MANAGE}}
"""Routes to one's own things by an operation that needs another permission for other people's."""
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
    picture = f"![{import_module('tools.drawings.lifecycle').told()}](../images/lifecycle.svg)"
    return _page(
        "The life of a job", "src/tidegate/domain/lifecycle.py", intro, picture, _table(["From", "To", "Who", "When"], rows)
    )


def drawing(name: str) -> str:
    """Return a diagram as SVG."""
    return str(getattr(import_module(f"tools.drawings.{name}"), name)())


def permissions_page() -> str:
    """Return the matrix of roles and permissions."""
    rows = [
        [f"`{permission}`", *("yes" if permission in policy.MATRIX[role] else "-" for role in Role)] for permission in Permission
    ]
    intro = (
        "What each role may do. `content:read` comes with no role: it is given to a person apart. An API token holds what its "
        "person holds, narrowed to its scopes. A role change holds at once."
    )
    return _page("Permissions", "src/tidegate/access/policy.py", intro, _table(["Permission", *Role], rows))


def audit_actions_page() -> str:
    """Return the closed vocabulary of the audit log, with the permission that each action needs."""
    needed = _permissions_of_actions()
    rows = [[f"`{action}`", needed.get(action, "no command yet")] for action in AuditAction]
    intro = (
        "What an audit event is about. It is written in the transaction of the act; a refused try is recorded with the outcome "
        f"`{AuditOutcome.DENIED}`. Targets: {', '.join(f'`{kind}`' for kind in TargetKind)}. "
        "A `-` under Needs: no permission."
    )
    return _page("Audit actions", "src/tidegate/audit/vocabulary.py", intro, _table(["Action", "Needs"], rows))


def api_page() -> str:
    """Return all routes of the API with the permission that each needs."""
    described_from = SimpleNamespace(settings=Settings(), listen_url=None, tracing=SILENT)  # all that routes are described from
    services = cast(Services, described_from)
    described = web.build(services, HANDLERS).openapi_schema.to_schema()["paths"]
    rows = [_route(handler, described) for handler in HANDLERS]
    intro = (
        "The running server gives the whole description, with all fields, as OpenAPI 3.1 at `/api/openapi.json`. Who asks is "
        "proven by `Authorization: Bearer tdg_…` or by a session's cookie. Refusals are RFC 9457 problems "
        "(`application/problem+json`): 401 not signed in, 403 not allowed, 409 with the current state, 429 with `Retry-After`. "
        "A `-` under Needs: no permission; `/api/me` and `/api/sessions/current` still need somebody who is signed in."
    )
    head = ["Method", "Path", "Needs", "Answers", "Meaning"]
    return _page("API", "src/tidegate/api/routes.py", intro, _table(head, rows))


def cli_page() -> str:
    """Return every command with its arguments."""
    words = [word for listed in COMMANDS for word in listed.words.split()]
    text = build(words).generate_docs().partition("\n## Table of Contents")[2]
    body = re.sub(r", --(?:no|empty)-[\w-]+", "", text[text.index("\n## ") :])  # spellings that the parser does not take
    body = re.sub(r" \*\[default: False\]\*|[ \t]+$", "", body, flags=re.MULTILINE)
    return _page("Command line", "src/tidegate/cli/application.py", ABOUT, body)


def performance_page() -> str:
    """Return what was measured: a section for each benchmark."""
    from benchmarks import performance_page as results  # noqa: PLC0415 - found once the project's folder is on the path

    intro = (
        "What the benchmarks found, each with its date and machine. Ratios hold on any machine, milliseconds on that one only, "
        "and only while it did nothing else: the load beside each says how far that was so. [Measure](../how-to/measure.md) "
        "tells what each does, and how to run it yourself, [what limits the speed](../explanation/performance.md) where the time "
        "goes and what would close a gap."
    )
    sections = [f"## {title}\n\n{said}" + (f"\n\n{_table(*table)}" if table else "") for title, said, table in results.sections()]
    return _page("Performance", "benchmarks/results", intro, *sections)


def metrics_page() -> str:
    """Return the table of what `/metrics` tells."""
    rows = [
        [f"`{one.name}`", one.type, ", ".join(f"`{label}`" for label in cast(Any, one)._labelnames), one.documentation]  # noqa: SLF001 - told nowhere else
        for one in Gauges([]).collect()
    ]
    intro = (
        "What `GET /metrics` tells Prometheus, in its text format 0.0.4, to a token with the scope `job:read`. All of it is read "
        "from the database, so each web process tells the same. How to use it: [watch it by Prometheus](../how-to/monitor.md)."
    )
    return _page("Metrics", "src/tidegate/api/metrics.py", intro, _table(["Metric", "Type", "Labels", "Meaning"], rows))


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "failures.md": failures_page,
    "lifecycle.md": lifecycle_page,
    "permissions.md": permissions_page,
    "audit-actions.md": audit_actions_page,
    "api.md": api_page,
    "cli.md": cli_page,
    "performance.md": performance_page,
    "metrics.md": metrics_page,
    "../images/lifecycle.svg": partial(drawing, "lifecycle"),
    "../images/architecture.svg": partial(drawing, "architecture"),
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


def _route(handler: HTTPRouteHandler, described: dict[str, Any]) -> list[str]:
    [path], [method] = handler.paths, handler.http_methods - {"HEAD", "OPTIONS"}
    path = path.replace(":str}", "}")
    operation = described[path][method.lower()]
    asked = OWN_ONLY.get(str(operation["operationId"])) or _needs(handler.fn)
    needs = ", ".join(f"`{permission}`" for permission in sorted(asked)) or "-"
    return [method, f"`{path}`", needs, ", ".join(sorted(operation["responses"])), " ".join(operation["description"].split())]


def _permissions_of_actions() -> dict[AuditAction, str]:
    """Look at the commands of the operations: each declares its action and its permission."""
    modules = [import_module(f"tidegate.operations.{entry.name}") for entry in iter_modules(operations.__path__)]
    things: list[Any] = [thing for module in modules for thing in vars(module).values() if isinstance(thing, type)]
    declared = {thing.action: thing.permission for thing in things if isinstance(getattr(thing, "action", None), AuditAction)}
    return {action: f"`{permission}`" if permission else "-" for action, permission in declared.items()}


def _needs(function: Any, seen: frozenset[Any] = frozenset()) -> set[Permission]:
    """Return the permissions that a handler's operations ask for: those that their code names, or their commands declare."""
    names = function.__code__.co_names
    found = {Permission[name] for name in names if name in Permission.__members__}
    known = [function.__globals__.get(one.argval) for one in get_instructions(function) if one.opname == "LOAD_GLOBAL"]
    ours = [module for module in known if isinstance(module, ModuleType) and module.__name__.startswith("tidegate.")]
    for thing in {*filter(callable, known), *(getattr(module, name, None) for module in ours for name in names)} - seen:
        declared = getattr(thing, "permission", None)
        if isinstance(declared, Permission):
            found.add(declared)
        elif isinstance(thing, FunctionType) and thing.__module__.startswith(("tidegate.operations.", "tidegate.web.sessions")):
            found |= _needs(thing, seen | {thing})
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main(sys.argv[1:]))
