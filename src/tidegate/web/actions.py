"""What may be done to a job, and if not, what that would need: so that a disabled action can say why."""

from dataclasses import dataclass

import msgspec

from tidegate.access import policy
from tidegate.domain.actor import Actor, Permission
from tidegate.domain.failures import entry_of
from tidegate.domain.lifecycle import Attention, State
from tidegate.domain.sentences import Sentence
from tidegate.ledger.views import JobSummary


class Action(msgspec.Struct, frozen=True):
    """Whether it is allowed; `needs` is the role or state it lacks, `why` the same in a sentence."""

    allowed: bool
    needs: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Lack:
    """What an action would need: the role or state, and the same in a sentence."""

    needs: str
    why: Sentence


def actions_for(actor: Actor, job: JobSummary) -> dict[str, Action]:
    """Return `retry`, `cancel`, `acknowledge` and `unacknowledge` for a job, as they stand for this actor, in English."""
    lacks = {
        "retry": retry_lacks(actor, job),
        "cancel": cancel_lacks(actor, job),
        "acknowledge": acknowledge_lacks(actor, job),
        "unacknowledge": unacknowledge_lacks(actor, job),
    }
    return {name: Action(False, lack.needs, str(lack.why)) if lack else Action(True) for name, lack in lacks.items()}


def retry_lacks(actor: Actor, job: JobSummary) -> Lack | None:
    """Return what keeps an actor from retrying a job, None when nothing does."""
    lacking = _lacking(actor, Permission.JOB_RETRY)
    if lacking is not None:
        return lacking
    if job.state is not State.FAILED:
        why = Sentence("Only a failed job can be retried; this one is {state}.", {"state": job.state})
        return Lack(State.FAILED.value, why)
    if not job.rerunnable:
        why = Sentence("This job runs in another system, and Tidegate has no way to ask it for another run.")
        return Lack("a way to ask", why)
    if job.failure_code is not None and not entry_of(job.failure_code).by_person:
        return Lack(str(job.failure_code), Sentence(entry_of(job.failure_code).remedy))
    return None


def cancel_lacks(actor: Actor, job: JobSummary) -> Lack | None:
    """Return what keeps an actor from cancelling a job, None when nothing does."""
    lacking = _lacking(actor, Permission.JOB_CANCEL)
    if lacking is not None:
        return lacking
    if job.state.is_terminal:
        why = Sentence("Only a job that waits or runs can be cancelled; this one is {state}.", {"state": job.state})
        return Lack(f"{State.QUEUED.value} or {State.RUNNING.value}", why)
    if job.is_external and job.state is State.RUNNING:
        return Lack(State.QUEUED.value, Sentence("This job runs in another system: stop it there."))
    return None


def acknowledge_lacks(actor: Actor, job: JobSummary) -> Lack | None:
    """Return what keeps an actor from acknowledging a failure, None when nothing does."""
    lacking = _lacking(actor, Permission.JOB_ACKNOWLEDGE)
    if lacking is not None:
        return lacking
    if job.state is not State.FAILED:
        why = Sentence("Only a failure can be acknowledged; this job is {state}.", {"state": job.state})
        return Lack(State.FAILED.value, why)
    if job.attention is Attention.ACKNOWLEDGED:
        return Lack(Attention.UNRESOLVED.value, Sentence("This failure is acknowledged already."))
    return None


def unacknowledge_lacks(actor: Actor, job: JobSummary) -> Lack | None:
    """Return what keeps an actor from taking an acknowledgement back, None when nothing does."""
    lacking = _lacking(actor, Permission.JOB_ACKNOWLEDGE)
    if lacking is not None:
        return lacking
    if job.attention is not Attention.ACKNOWLEDGED:
        return Lack(Attention.ACKNOWLEDGED.value, Sentence("The failure of this job is not acknowledged."))
    return None


def _lacking(actor: Actor, permission: Permission) -> Lack | None:
    if policy.may(actor, permission):
        return None
    role = policy.least_role(permission)
    if role is None or (actor.role is not None and permission in policy.MATRIX[actor.role]):
        why = Sentence("This credential is not given the right {permission}.", {"permission": permission.value})
        return Lack(permission.value, why)
    return Lack(role.value, Sentence("This needs the role {needs}.", {"needs": role}))
