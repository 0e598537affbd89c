"""What may be done to a job, and if not, what that would need: so that a disabled action can say why."""

import msgspec

from tidegate.access import policy
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import CATALOGUE
from tidegate.domain.lifecycle import Attention, State
from tidegate.ledger.views import JobSummary


class Action(msgspec.Struct, frozen=True):
    """Whether it is allowed; `needs` is the role or state it lacks, `why` the same in a sentence."""

    allowed: bool
    needs: str | None = None
    why: str | None = None


def actions_for(actor: Actor, job: JobSummary) -> dict[str, Action]:
    """Return `retry`, `cancel`, `acknowledge` and `unacknowledge` for a job, as they stand for this actor."""
    return {
        "retry": _retry(actor, job),
        "cancel": _cancel(actor, job),
        "acknowledge": _acknowledge(actor, job),
        "unacknowledge": _unacknowledge(actor, job),
    }


def _retry(actor: Actor, job: JobSummary) -> Action:
    lacking = _lacking(actor, Permission.JOB_RETRY)
    if lacking is not None:
        return lacking
    if job.state is not State.FAILED:
        return Action(False, State.FAILED.value, f"Only a failed job can be retried; this one is {job.state.value}.")
    if job.failure_code is not None and not CATALOGUE[job.failure_code].by_person:
        return Action(False, job.failure_code.value, CATALOGUE[job.failure_code].remedy)
    return Action(True)


def _cancel(actor: Actor, job: JobSummary) -> Action:
    lacking = _lacking(actor, Permission.JOB_CANCEL)
    if lacking is not None:
        return lacking
    if job.state.is_terminal:
        needs = f"{State.QUEUED.value} or {State.RUNNING.value}"
        return Action(False, needs, f"Only a job that waits or runs can be cancelled; this one is {job.state.value}.")
    return Action(True)


def _acknowledge(actor: Actor, job: JobSummary) -> Action:
    lacking = _lacking(actor, Permission.JOB_ACKNOWLEDGE)
    if lacking is not None:
        return lacking
    if job.state is not State.FAILED:
        return Action(False, State.FAILED.value, f"Only a failure can be acknowledged; this job is {job.state.value}.")
    if job.attention is Attention.ACKNOWLEDGED:
        return Action(False, Attention.UNRESOLVED.value, "This failure is acknowledged already.")
    return Action(True)


def _unacknowledge(actor: Actor, job: JobSummary) -> Action:
    lacking = _lacking(actor, Permission.JOB_ACKNOWLEDGE)
    if lacking is not None:
        return lacking
    if job.attention is not Attention.ACKNOWLEDGED:
        return Action(False, Attention.ACKNOWLEDGED.value, "The failure of this job is not acknowledged.")
    return Action(True)


def _lacking(actor: Actor, permission: Permission) -> Action | None:
    if policy.may(actor, permission):
        return None
    role = policy.least_role(permission)
    if role is None or (actor.role is not None and permission in policy.MATRIX[actor.role]):
        return Action(False, permission.value, f"This credential is not given the right {permission.value}.")
    return Action(False, role.value, f"This needs the role {role.value.replace('_', ' ')}.")
