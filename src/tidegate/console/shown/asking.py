"""What is asked before something is done to an account: what will be, who will know, and the reason."""

from dataclasses import dataclass, field
from uuid import UUID

from tidegate.access.people import Person
from tidegate.console.language import gettext as _
from tidegate.console.shown.sentences import role_word
from tidegate.domain.actor import Actor, Role


@dataclass(frozen=True)
class Choice:
    """One of several values to take, with what it means."""

    value: str
    word: str
    meaning: str
    chosen: bool


@dataclass(frozen=True)
class Question:
    """A confirmation: its words, where it is sent and where it leads back to. `warning` is '' where there is none."""

    title: str
    about: str
    text: str
    action: str
    back: str
    button: str
    icon: str
    danger: bool = False
    warning: str = ""
    choices: list[Choice] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)


def roles(chosen: Role | None) -> list[Choice]:
    """Return the roles that there are, each with what it may do beyond the one before."""
    meanings = {
        Role.VIEWER: _("Sees jobs, failures and the audit log."),
        Role.POWER_USER: _("Also submits, retries and cancels."),
        Role.ADMIN: _("Also manages people and channels, and opens diagnostics."),
    }
    return [Choice(role.value, role_word(role), meanings[role], role is chosen) for role in Role]


def role(person: Person, reader: Actor) -> Question:
    """Ask which role a person shall have."""
    own = _("This is your own account: you may not be able to change it back.") if person.id == reader.id else ""
    choices = roles(person.role)
    text = _("It holds at once, in every session and for every API token of theirs.")
    return _of(person, "role", _("Change the role"), text, _("Change the role"), "people", warning=own, choices=choices)


def disabled(person: Person, reader: Actor) -> Question:
    """Ask whether to close an account, or to open it again."""
    if person.disabled:
        text = _("They sign in again with their password, or by a one-time link. Sessions and tokens that ended stay ended.")
        word = _("Open the account")
        return _of(person, "disabled", _("Open this account again?"), text, word, "check", hidden={"disabled": "no"})
    own = _("This is your own account: you will be signed out.") if person.id == reader.id else ""
    text = _("Their sessions, API tokens and one-time links end at once. What they did stays on record.")
    title, word = _("Close this account?"), _("Close the account")
    return _of(person, "disabled", title, text, word, "lock", danger=True, warning=own, hidden={"disabled": "yes"})


def link(person: Person, hours: int) -> Question:
    """Ask whether to make a one-time sign-in link."""
    text = _("It signs them in once, within {n} hours, and lets them choose a new password. An earlier link ends.")
    return _of(person, "link", _("Make a one-time link?"), text.format(n=hours), _("Make the link"), "key")


def content(person: Person) -> Question:
    """Ask whether a person may read what documents say."""
    if person.reads_content:
        title, word = _("Withdraw the right to read content?"), _("Withdraw the right")
        text = _("They still see jobs, names and failures, but no text of a document. It holds at once.")
        return _of(person, "content", title, text, word, "lock", danger=True, hidden={"reads_content": "no"})
    title, word = _("Give the right to read content?"), _("Give the right")
    text = _("They may search and read what was ingested. It holds at once.")
    return _of(person, "content", title, text, word, "check", hidden={"reads_content": "yes"})


def session(person: Person, id: UUID, browser: str) -> Question:
    """Ask whether to end somebody's session."""
    text = _("{browser} is signed out at its next request.").format(browser=browser)
    return _of(person, f"sessions/{id}/end", _("End this session?"), text, _("End the session"), "sign-out", danger=True)


def token(person: Person, id: UUID, name: str) -> Question:
    """Ask whether to revoke somebody's API token."""
    text = _("Whatever uses the token {name} is refused from then on. It cannot be undone.").format(name=name)
    return _of(person, f"tokens/{id}/revoke", _("Revoke this API token?"), text, _("Revoke"), "key", danger=True)


def own_token(id: UUID, name: str) -> Question:
    """Ask whether to revoke one's own API token."""
    text = _("Whatever uses it is refused from then on. It cannot be undone.")
    act = f"/account/tokens/{id}/revoke"
    return Question(_("Revoke this API token?"), name, text, act, "/account", _("Revoke"), "key", danger=True)


def _of(person: Person, act: str, title: str, text: str, button: str, icon: str, **more: object) -> Question:
    page = f"/admin/people/{person.id}"
    about = person.login if person.display_name == person.login else f"{person.display_name} ({person.login})"
    return Question(title, about, text, f"{page}/{act}", page, button, icon, **more)  # type: ignore[arg-type]
