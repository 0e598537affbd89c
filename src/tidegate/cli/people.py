"""`tidegate person …`: accounts and roles."""

import sys
from typing import Literal
from uuid import UUID

import msgspec

from tidegate.access.accounts import Member
from tidegate.cli.output import moment, printable, show_json, show_line, show_table
from tidegate.cli.shell import Shell, opened
from tidegate.domain.actor import Role
from tidegate.operations import accounts, reading
from tidegate.operations.people import AddPerson, ChangeRole, DisablePerson, IssueLink, SetContentRight, link_address
from tidegate.operations.reading import PAGE_LIMIT
from tidegate.operations.single_sign_on import LinkIdentity

COLUMNS = ("login", "name", "role", "reads content", "active", "sessions", "tokens", "seen", "id")
ROLE_COLUMNS = ("role", "since", "until", "given by", "reason", "audit event")


async def add(
    login: str, /, *, role: Role, name: str = "", password_stdin: bool = False, no_content: bool = False, json: bool = False
) -> None:
    """Give somebody an account.

    Without a password they get a one-time sign-in link, valid for a day.

    Args:
        login: The name to sign in with.
        role: What they may do: a viewer looks, a power_user submits, retries and cancels, an admin does everything.
        name: The name to show.
        password_stdin: Read a password from the first line of stdin.
        no_content: They may not read the text of documents.
        json: Print one JSON object.
    """
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    async with opened() as shell:
        added = await shell.perform(AddPerson(login, name, role, password, not no_content))
        link_line = link_address(shell.services.settings.base_url, added.link_secret) if added.link_secret else None
    if json:
        show_json(msgspec.to_builtins(added) | {"link": link_line})
        return
    show_line(f"Added {added.login} as {added.role.value}.")
    if link_line:
        show_line(f"Sign-in link, good once and for a day: {link_line}")


async def role(login: str, role: Role, /, *, reason: str | None = None, json: bool = False) -> None:
    """Give a person another role; it holds at once.

    Args:
        login: Whose.
        role: viewer, power_user or admin.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    async with opened() as shell:
        changed = await shell.perform(ChangeRole(await person_id(shell, login), role, reason))
    if json:
        show_json(changed)
    else:
        show_line(f"{login} is {changed.role.value} now; audit event {changed.audit_event_id}.")


async def show(*, json: bool = False) -> None:
    """List everybody who has an account.

    Args:
        json: Print one JSON array.
    """
    found: list[Member] = []
    async with opened() as shell:
        after: str | None = ""
        while after is not None:
            page = await accounts.list_members(shell.services, shell.actor, after=after, limit=PAGE_LIMIT)
            found, after = found + page.people, page.next_after
    if json:
        show_json(found)
    else:
        show_table(COLUMNS, (_row(person) for person in found), empty="Nobody yet.")


async def one(login: str, /, *, json: bool = False) -> None:
    """Show an account with every role that it held.

    Args:
        login: Whose.
        json: Print one JSON object.
    """
    async with opened() as shell:
        detail = await accounts.get_account(shell.services, shell.actor, await person_id(shell, login))
    if json:
        show_json(detail)
        return
    account = detail.account
    show_line(f"{account.login}, {account.display_name}: {'closed' if account.disabled else 'open'}, id {account.id}")
    show_line(f"reads content: {_yes(account.reads_content)}; has a password: {_yes(account.has_password)}")
    for identity in detail.identities:
        show_line(f"signs in at {printable(identity.issuer)} as {printable(identity.subject)}")
    rows = (
        (grant.role, moment(grant.granted_at), moment(grant.revoked_at), grant.granted_by, grant.reason, grant.audit_event_id)
        for grant in detail.roles
    )
    show_table(ROLE_COLUMNS, rows, empty="No role yet.")


async def link(login: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Make a one-time sign-in link for a person, valid for a day.

    With it they may also choose a new password. A link made before and not used holds no more.

    Args:
        login: Whose.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    async with opened() as shell:
        issued = await shell.perform(IssueLink(await person_id(shell, login), reason))
        address = link_address(shell.services.settings.base_url, issued.secret)
    if json:
        show_json({"login": login, "link": address, "audit_event_id": issued.audit_event_id})
    else:
        show_line(address)


async def content(login: str, may: Literal["yes", "no"], /, *, reason: str | None = None, json: bool = False) -> None:
    """Let a person read what documents say, or no longer.

    Args:
        login: Whom.
        may: yes or no.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    async with opened() as shell:
        changed = await shell.perform(SetContentRight(await person_id(shell, login), may == "yes", reason))
    if json:
        show_json({"login": login, "reads_content": may == "yes", "audit_event_id": changed.audit_event_id})
    else:
        show_line(f"{login} {'may' if may == 'yes' else 'may not'} read content now; audit event {changed.audit_event_id}.")


async def close(login: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Close a person's account at once, with every session and token of theirs.

    Args:
        login: Whose.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    await _set_disabled(login, reason, disabled=True, json=json)


async def reopen(login: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Open a closed account again.

    Args:
        login: Whose.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    await _set_disabled(login, reason, disabled=False, json=json)


async def _set_disabled(login: str, reason: str | None, *, disabled: bool, json: bool) -> None:
    async with opened() as shell:
        changed = await shell.perform(DisablePerson(await person_id(shell, login), disabled, reason))
    if json:
        show_json({"login": login, "disabled": disabled, "audit_event_id": changed.audit_event_id})
    else:
        show_line(f"{login} is {'closed' if disabled else 'open'} now; audit event {changed.audit_event_id}.")


async def identity(login: str, subject: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Let an identity at the sign-in provider sign a person in.

    Args:
        login: Whom.
        subject: The provider's own id of them (`sub`), as in the audit event of the sign-in that was refused.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    async with opened() as shell:
        linked = await shell.perform(LinkIdentity(await person_id(shell, login), subject, reason))
    if json:
        show_json(linked)
    else:
        show_line(f"{login} signs in with this identity from now on; audit event {linked.audit_event_id}.")


async def person_id(shell: Shell, login: str) -> UUID:
    """Return whose sign-in name this is. Raises NotFound, Forbidden."""
    return (await reading.find_person(shell.services, shell.actor, login)).id


def _row(member: Member) -> tuple[object, ...]:
    reads, active = _yes(member.reads_content), _yes(not member.disabled)
    seen = moment(member.seen_at)
    return member.login, member.display_name, member.role, reads, active, member.sessions, member.tokens, seen, member.id


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
