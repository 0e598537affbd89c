"""`tidegate token …`: API tokens."""

from tidegate.cli.output import moment, show_json, show_line, show_table, tell
from tidegate.cli.people import person_id
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id, parse_name
from tidegate.domain.actor import Permission
from tidegate.operations import reading
from tidegate.operations.tokens import CreateToken, RevokeToken

COLUMNS = ("id", "name", "scopes", "created", "expires", "used")


async def create(
    *,
    name: str,
    person: str | None = None,
    days: int = 90,
    scope: list[str] | None = None,
    json: bool = False,
) -> None:
    """Make an API token; its secret is shown this once.

    Args:
        name: What it is for.
        person: Whom it speaks for (sign-in name); needed by the operator.
        days: How long it is valid, 365 at most.
        scope: Narrow it to this right, such as job:read; may be given several times.
        json: Print one JSON object.
    """
    scopes = tuple(parse_name(Permission, text) for text in scope) if scope else None
    async with opened() as shell:
        owner = await person_id(shell, person) if person else None
        made = await shell.perform(CreateToken(name, days, scopes, owner))
    if json:
        show_json(made)
        return
    show_line(made.secret)
    tell(f"Token {made.id}, valid for {days} days. The secret above is not shown again.")


async def show(*, person: str | None = None, json: bool = False) -> None:
    """List API tokens that are valid.

    Args:
        person: Whose (sign-in name); those of the person whom TIDEGATE_TOKEN speaks for otherwise.
        json: Print one JSON array.
    """
    async with opened() as shell:
        if person:
            found = await reading.list_tokens_of(shell.services, shell.actor, await person_id(shell, person))
        else:
            found = await reading.list_own_tokens(shell.services, shell.actor)
    if json:
        show_json(found)
        return
    rows = (
        (token.id, token.name, " ".join(scope.value for scope in token.scopes or ()) or "all", moment(token.created_at),
         moment(token.expires_at), moment(token.used_at))
        for token in found
    )  # fmt: skip
    show_table(COLUMNS, rows, empty="No tokens.")


async def revoke(id: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """End an API token.

    Args:
        id: The token's id.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    command = RevokeToken(parse_id(id), reason)
    async with opened() as shell:
        revoked = await shell.perform(command)
    if json:
        show_json(revoked)
    else:
        show_line(f"Revoked; audit event {revoked.audit_event_id}.")
