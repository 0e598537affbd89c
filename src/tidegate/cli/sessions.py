"""`tidegate session …`: open sessions of people."""

from tidegate.cli.output import moment, show_json, show_line, show_table
from tidegate.cli.people import person_id
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id
from tidegate.operations import accounts
from tidegate.operations.sessions import RevokeSession

COLUMNS = ("id", "opened", "seen", "ends", "browser")


async def show(*, person: str, json: bool = False) -> None:
    """List a person's open sessions.

    Args:
        person: Whose (sign-in name).
        json: Print one JSON array.
    """
    async with opened() as shell:
        found = await accounts.list_sessions_of(shell.services, shell.actor, await person_id(shell, person))
    if json:
        show_json(found)
        return
    rows = (
        (session.id, moment(session.created_at), moment(session.seen_at), moment(session.expires_at), session.user_agent)
        for session in found
    )
    show_table(COLUMNS, rows, empty="No open sessions.")


async def revoke(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """End an open session at once.

    Args:
        id: The session's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = RevokeSession(parse_id(id), reason)
    async with opened() as shell:
        revoked = await shell.perform(command)
    if json:
        show_json(revoked)
    else:
        show_line(f"Ended; audit event {revoked.audit_event_id}.")
