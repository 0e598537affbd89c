"""`tidegate wait`: until each job of a batch has ended."""

import asyncio
from uuid import UUID

from tidegate.cli.application import DONE, FAILED, INTERRUPTED
from tidegate.cli.at import HERE, At
from tidegate.cli.errors import Failed
from tidegate.cli.following import Summary, follow, progress_bar, summarise
from tidegate.cli.output import show_json, show_line
from tidegate.cli.shell import opened
from tidegate.cli.stopping import Stop
from tidegate.cli.words import parse_id


async def wait(id: str, /, *, at: At = HERE, within: float | None = None, json: bool = False) -> int:
    """Wait until each job of a batch has ended.

    The exit status tells whether all succeeded (0) or not (1). The command does not work itself.

    Args:
        id: The batch's id.
        within: Give up after so many seconds; exit status 1.
        json: Print one JSON object.
    """
    wanted = parse_id(id)
    if at.is_remote:
        from tidegate.cli import remote  # noqa: PLC0415

        return await remote.wait(at, str(wanted), within, as_json=json)
    summary = await _waited(wanted, within)
    if summary is None:
        return INTERRUPTED
    if json:
        show_json(summary)
    else:
        told = f"{summary.succeeded} of {summary.submitted} succeeded, {summary.failed} failed, {summary.cancelled} cancelled"
        show_line(f"Batch {wanted}: {told}.")
    return DONE if summary.succeeded == summary.submitted else FAILED


async def _waited(id: UUID, seconds: float | None) -> Summary | None:
    """Return what became of a batch, None when interrupted. Raises Failed when it took too long."""
    late = asyncio.Event()
    with Stop() as stop:

        def give_up() -> None:
            late.set()
            stop.asked.set()

        async with opened() as shell:
            stop.is_started = True
            if seconds is not None:
                asyncio.get_running_loop().call_later(seconds, give_up)
            with progress_bar(0) as show:
                tally = await follow(shell, id, stop.asked, show, may_work=False)
    if tally is None and late.is_set():
        raise Failed(f"the batch is not over after {seconds:g} s")
    return summarise(tally) if tally is not None else None
