"""`tidegate doctor`."""

import sys

from rich.console import Console
from rich.text import Text

from tidegate import settings as configuration
from tidegate.cli.application import DONE, FAILED
from tidegate.cli.checks import CHECKS, Finding
from tidegate.cli.logs import start_logging
from tidegate.cli.output import is_terminal, printable, show_json, show_line

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


async def doctor(*, json: bool = False) -> int:
    """Check that everything needed is there, and say what to do if not.

    The exit status is 1 when something fails; a warning is no failure.

    Args:
        json: Print one JSON array of `{name, status, told, remedy}`.
    """
    settings = configuration.load()
    start_logging(settings, at_least="error")
    findings = [finding for check in CHECKS for finding in await check(settings)]
    if json:
        show_json(findings)
    else:
        for finding in findings:
            _show(finding)
    sys.stdout.flush()
    return FAILED if any(finding.status == "fail" for finding in findings) else DONE


def _show(finding: Finding) -> None:
    told = f"{finding.name}: {printable(finding.told)}"
    if not is_terminal():
        show_line(f"{finding.status}\t{told}\t{printable(finding.remedy or '-')}")
        return
    console = Console(highlight=False)
    console.print(Text(f"{finding.status:<5}", style=STYLES[finding.status]), Text(told))
    if finding.remedy:
        console.print(Text(f"      {printable(finding.remedy)}", style="dim"))
