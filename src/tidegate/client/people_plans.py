"""What the methods about people, sessions and tokens ask for.

The server keeps no answers that let somebody in, so what is done to people is sent once: after `Unreachable` look what became
of it. Tokens are made by people who are signed in, and by the command line: no token makes another.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from tidegate.client import people_shapes as shapes
from tidegate.client.effects import Flow, Plan, Request
from tidegate.client.plans import asked, change, each_of, word

T = TypeVar("T")

PEOPLE = "/api/people"


def each_person() -> Flow[shapes.PersonRow]:
    """Give everybody who has an account, by sign-in name. Raises Forbidden, Problem, Unreachable."""
    yield from each_of(PEOPLE, shapes.PeoplePage)


def get_person(id: UUID | str, /) -> Plan[shapes.PersonDetail]:
    """Return an account with every role that it held. Raises Forbidden, NotFound, Problem, Unreachable."""
    return (yield from asked(Request("GET", f"{PEOPLE}/{word(id)}"), shapes.PersonDetail))


def add_person(
    login: str, /, *, role: str, display_name: str = "", password: str | None = None, reads_content: bool = True
) -> Plan[shapes.PersonAdded]:
    """Give somebody an account; without a password with a one-time sign-in. Raises Conflict, Forbidden, Problem, Unreachable."""
    body = {"login": login, "role": role, "display_name": display_name, "password": password, "reads_content": reads_content}
    return (yield from _once(PEOPLE, body, shapes.PersonAdded))


def change_role(id: UUID | str, /, role: str, *, reason: str | None = None) -> Plan[shapes.RoleChanged]:
    """Give a person another role. It holds at once. Raises Conflict, Forbidden, NotFound, Problem, Unreachable."""
    return (yield from _once(f"{PEOPLE}/{word(id)}/role", {"role": role, "reason": reason}, shapes.RoleChanged))


def disable_person(id: UUID | str, /, *, disabled: bool = True, reason: str | None = None) -> Plan[shapes.PersonDisabled]:
    """Close an account with its sessions and tokens, or open it again. Raises Conflict, Forbidden, NotFound, Problem."""
    body = {"disabled": disabled, "reason": reason}
    return (yield from _once(f"{PEOPLE}/{word(id)}/disabled", body, shapes.PersonDisabled, method="PUT"))


def set_content_right(id: UUID | str, /, *, reads_content: bool, reason: str | None = None) -> Plan[shapes.ContentGiven]:
    """Let a person read what documents say, or no longer. Raises Conflict, Forbidden, NotFound, Problem, Unreachable."""
    body = {"reads_content": reads_content, "reason": reason}
    return (yield from _once(f"{PEOPLE}/{word(id)}/reads-content", body, shapes.ContentGiven, method="PUT"))


def issue_link(id: UUID | str, /, *, reason: str | None = None) -> Plan[shapes.SignInLink]:
    """Make a one-time sign-in link; an earlier one ends. Raises Conflict, Forbidden, NotFound, Problem, Unreachable."""
    return (yield from _once(f"{PEOPLE}/{word(id)}/link", {"reason": reason}, shapes.SignInLink))


def list_sessions(person_id: UUID | str | None = None, /) -> Plan[list[shapes.Session]]:
    """Return the open sessions of a person, without one those of the token's. Raises Forbidden, NotFound, Problem."""
    path = "/api/sessions" if person_id is None else f"{PEOPLE}/{word(person_id)}/sessions"
    return (yield from asked(Request("GET", path), shapes.Sessions)).items


def revoke_session(id: UUID | str, /, *, reason: str | None = None) -> Plan[shapes.Revoked]:
    """End a session. Raises NotFound, Problem, Unreachable."""
    return (yield from _ended(f"/api/sessions/{word(id)}", reason))


def list_tokens(person_id: UUID | str | None = None, /) -> Plan[list[shapes.Token]]:
    """Return the valid API tokens of a person, without one those of the token's. Raises Forbidden, NotFound, Problem."""
    path = "/api/tokens" if person_id is None else f"{PEOPLE}/{word(person_id)}/tokens"
    return (yield from asked(Request("GET", path), shapes.Tokens)).items


def revoke_token(id: UUID | str, /, *, reason: str | None = None) -> Plan[shapes.Revoked]:
    """End an API token, the client's own too. Raises NotFound, Problem, Unreachable."""
    return (yield from _ended(f"/api/tokens/{word(id)}", reason))


def _ended(path: str, reason: str | None) -> Plan[shapes.Revoked]:
    request = change(path, None, method="DELETE", given={"reason": reason} if reason else {})
    return (yield from asked(request, shapes.Revoked, tries=1))


def _once(path: str, body: Mapping[str, Any], kind: type[T], *, method: str = "POST") -> Plan[T]:
    return (yield from asked(change(path, body, method=method), kind, tries=1))
