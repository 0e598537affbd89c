"""The permission matrix: one place, one rule for a list and for a check."""

from tidegate.domain.actor import Actor, Permission, Role
from tidegate.domain.refusals import Forbidden, Unauthenticated

VIEWER = frozenset({Permission.JOB_READ, Permission.AUDIT_READ, Permission.TOKEN_MANAGE, Permission.SESSION_MANAGE})
POWER_USER = VIEWER | {
    Permission.JOB_SUBMIT, Permission.JOB_RETRY, Permission.JOB_CANCEL, Permission.JOB_ACKNOWLEDGE,
    Permission.SOURCE_SCAN, Permission.LINEAGE_WRITE,
}  # fmt: skip
ADMIN = POWER_USER | {
    Permission.JOB_RELEASE, Permission.DIAGNOSTIC_OPEN, Permission.PERSON_MANAGE, Permission.CHANNEL_MANAGE,
    Permission.SOURCE_MANAGE, Permission.LINEAGE_MANAGE,
}  # fmt: skip

MATRIX = {Role.VIEWER: VIEWER, Role.POWER_USER: POWER_USER, Role.ADMIN: ADMIN}
"""What each role may do. `content:read` is not in it: it is given to a person apart from the role."""

IN_TURNS = frozenset({Permission.PERSON_MANAGE})
"""Whose acts follow one another: each may end the right of whoever is about to act next."""


def permissions_of(actor: Actor) -> frozenset[Permission]:
    """Return all that an actor may do: the role's rights, content apart, narrowed by a token's scopes."""
    held = MATRIX[actor.role] if actor.role else frozenset()
    if actor.reads_content:
        held = held | {Permission.CONTENT_READ}
    return held if actor.scopes is None else held & actor.scopes


def may(actor: Actor, permission: Permission) -> bool:
    """Tell whether an actor holds a permission."""
    return permission in permissions_of(actor)


def authorise(actor: Actor, permission: Permission) -> None:
    """Raise Unauthenticated when nobody is signed in, Forbidden when the actor lacks the permission."""
    if actor.role is None:
        raise Unauthenticated("not_signed_in", "Sign in first.")
    if not may(actor, permission):
        raise Forbidden(permission, least_role(permission))


def least_role(permission: Permission) -> Role | None:
    """Return the lowest role that holds a permission, None when it does not come with a role."""
    return next((role for role in Role if permission in MATRIX[role]), None)
