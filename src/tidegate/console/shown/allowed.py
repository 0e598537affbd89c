"""What a reader may do, and in words why not: a disabled button is never a riddle. The operations are the guard."""

from dataclasses import dataclass

from tidegate.access.policy import least_role, may
from tidegate.console.language import gettext as _
from tidegate.domain.actor import Actor, Permission, Role
from tidegate.ledger.views import JobSummary
from tidegate.web.actions import Action, actions_for

ROLE_WORDS = {Role.VIEWER: "viewer", Role.POWER_USER: "power user", Role.ADMIN: "administrator"}


@dataclass(frozen=True)
class Allowed:
    """Whether an action is open to the reader; `why_not` is '' when it is."""

    yes: bool
    why_not: str = ""


def role_word(role: Role | None) -> str:
    """Return a role as people say it."""
    return _(ROLE_WORDS[role]) if role else _("no role")


def allowed(actor: Actor, permission: Permission) -> Allowed:
    """Tell whether an actor holds a permission, and which role would."""
    if may(actor, permission):
        return Allowed(yes=True)
    least = least_role(permission)
    if least is None:
        return Allowed(yes=False, why_not=_("This needs the right to read content, which an administrator gives."))
    return Allowed(
        yes=False,
        why_not=_("This needs the role {role}; yours is {own}.").format(role=role_word(least), own=role_word(actor.role)),
    )


def retry(actor: Actor, job: JobSummary) -> Allowed:
    """Tell whether a reader may retry a job now."""
    return _of(actions_for(actor, job)["retry"])


def cancel(actor: Actor, job: JobSummary) -> Allowed:
    """Tell whether a reader may cancel a job now."""
    return _of(actions_for(actor, job)["cancel"])


def acknowledge(actor: Actor, job: JobSummary) -> Allowed:
    """Tell whether a reader may acknowledge a job's failure now."""
    return _of(actions_for(actor, job)["acknowledge"])


def unacknowledge(actor: Actor, job: JobSummary) -> Allowed:
    """Tell whether a reader may take an acknowledgement back now."""
    return _of(actions_for(actor, job)["unacknowledge"])


def _of(action: Action) -> Allowed:
    return Allowed(action.allowed, _(action.why) if action.why else "")
