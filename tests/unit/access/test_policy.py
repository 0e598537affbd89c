"""The matrix, written out once more by hand: a change of it has to be made twice."""

from dataclasses import replace
from uuid import uuid4

import pytest

from tidegate.access.policy import authorise, least_role, may, permissions_of
from tidegate.domain.actor import ANONYMOUS, Actor, ActorKind, Permission, Role
from tidegate.domain.refusals import Forbidden, Unauthenticated

EXPECTED = {
    Permission.JOB_READ: "viewer",
    Permission.AUDIT_READ: "viewer",
    Permission.TOKEN_MANAGE: "viewer",
    Permission.CHANNEL_MANAGE: "admin",
    Permission.SOURCE_SCAN: "power_user",
    Permission.SOURCE_MANAGE: "admin",
    Permission.SESSION_MANAGE: "viewer",
    Permission.JOB_SUBMIT: "power_user",
    Permission.LINEAGE_WRITE: "power_user",
    Permission.LINEAGE_MANAGE: "admin",
    Permission.JOB_RETRY: "power_user",
    Permission.JOB_CANCEL: "power_user",
    Permission.JOB_ACKNOWLEDGE: "power_user",
    Permission.JOB_RELEASE: "admin",
    Permission.DIAGNOSTIC_OPEN: "admin",
    Permission.PERSON_MANAGE: "admin",
    Permission.CONTENT_READ: None,
}
ORDER = [Role.VIEWER, Role.POWER_USER, Role.ADMIN]


def somebody(role: Role, reads_content: bool = False) -> Actor:
    return Actor(ActorKind.PERSON, uuid4(), "ada", role, reads_content=reads_content)


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_role_holds_what_the_matrix_says_and_all_of_the_one_before(role: Role, permission: Permission) -> None:
    least = EXPECTED[permission]
    expected = least is not None and ORDER.index(role) >= ORDER.index(Role(least))
    assert may(somebody(role), permission) is expected
    assert least_role(permission) == (Role(least) if least else None)


@pytest.mark.parametrize("role", Role)
def test_content_is_given_apart_from_the_role(role: Role) -> None:
    assert may(somebody(role, reads_content=True), Permission.CONTENT_READ)
    with pytest.raises(Forbidden) as refused:
        authorise(somebody(role), Permission.CONTENT_READ)
    assert refused.value.facts["needs"] == "content:read"


def test_scopes_narrow_and_never_widen() -> None:
    scopes = frozenset({Permission.JOB_READ, Permission.JOB_RETRY})
    assert permissions_of(replace(somebody(Role.ADMIN), scopes=scopes)) == scopes
    assert permissions_of(replace(somebody(Role.VIEWER), scopes=scopes)) == {Permission.JOB_READ}
    assert permissions_of(replace(somebody(Role.ADMIN), scopes=frozenset())) == frozenset()


@pytest.mark.parametrize("permission", Permission)
def test_nobody_may_do_nothing(permission: Permission) -> None:
    with pytest.raises(Unauthenticated):
        authorise(ANONYMOUS, permission)
    assert permissions_of(ANONYMOUS) == frozenset()
