"""`tidegate retry` and `tidegate cancel`: what a person does to a job."""

from tidegate.cli.output import show_json, show_line
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id
from tidegate.domain.lifecycle import RetryMode
from tidegate.operations.jobs import Cancel, Retry


async def retry(id: str, /, *, mode: RetryMode | None = None, reason: str | None = None, json: bool = False) -> None:
    """Try a failed job again.

    It goes on after the last finished step, or begins with the first when the document itself was at fault.
    The retry and its reason stand in the audit log.

    Args:
        id: The job's id.
        mode: resume or restart, whatever the failure calls for.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = Retry(parse_id(id), mode, reason)
    async with opened() as shell:
        retried = await shell.perform(command)
    if json:
        show_json(retried)
    else:
        show_line(f"Queued as attempt {retried.attempt_no}; audit event {retried.audit_event_id}.")


async def cancel(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Cancel a job that waits or runs.

    Args:
        id: The job's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = Cancel(parse_id(id), reason)
    async with opened() as shell:
        cancelled = await shell.perform(command)
    if json:
        show_json(cancelled)
    else:
        show_line(f"Cancelled in attempt {cancelled.attempt_no}; audit event {cancelled.audit_event_id}.")
