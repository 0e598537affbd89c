"""`tidegate cancel` and `tidegate unacknowledge`: what a person does to one job."""

from tidegate.cli.at import HERE, At
from tidegate.cli.output import show_json, show_line
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id
from tidegate.operations.acknowledging import Unacknowledge
from tidegate.operations.jobs import Cancel


async def cancel(id: str, /, *, reason: str | None = None, at: At = HERE, json: bool = False) -> None:
    """Cancel a job that waits or runs.

    Args:
        id: The job's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    if at.is_remote:
        from tidegate.cli import remote  # noqa: PLC0415

        await remote.cancel(at, str(parse_id(id)), reason, as_json=json)
        return
    command = Cancel(parse_id(id), reason)
    async with opened() as shell:
        cancelled = await shell.perform(command)
    if json:
        show_json(cancelled)
    else:
        show_line(f"Cancelled in attempt {cancelled.attempt_no}; audit event {cancelled.audit_event_id}.")


async def unacknowledge(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Take an acknowledgement back: the failure needs attention again.

    Args:
        id: The job's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = Unacknowledge(parse_id(id), reason)
    async with opened() as shell:
        undone = await shell.perform(command)
    if json:
        show_json(undone)
    else:
        show_line(f"Unresolved again; audit event {undone.audit_event_id}.")
