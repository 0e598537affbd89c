"""`tidegate acknowledge`: one failure by its job's id, or many by what they have in common."""

from tidegate.cli.application import DONE
from tidegate.cli.asking import confirmed
from tidegate.cli.errors import WrongUse
from tidegate.cli.narrowing import EVERYTHING, Narrowing
from tidegate.cli.output import show_json, show_line, tell
from tidegate.cli.retrying import NOTHING_NAMED
from tidegate.cli.shell import Shell, opened
from tidegate.cli.words import parse_id
from tidegate.domain.lifecycle import Attention
from tidegate.domain.refusals import Conflict
from tidegate.operations import reading
from tidegate.operations.acknowledging import Acknowledge, AcknowledgedMany, AcknowledgeMany
from tidegate.operations.bulk_retry import check_needed_reason


async def acknowledge(*ids: str, which: Narrowing = EVERYTHING, reason: str, yes: bool = False, json: bool = False) -> int:
    """Say that failures may stay as they are, and why.

    They then no longer need attention. A retry ends that, and so does `tidegate unacknowledge`.

    Args:
        ids: Ids of jobs.
        reason: Why; every reader of the audit log sees it.
        yes: Do not ask before many are acknowledged.
        json: Print one JSON object; null for nothing to acknowledge.
    """
    if not ids and which == EVERYTHING:
        raise WrongUse(NOTHING_NAMED)
    if len(ids) == 1 and which == EVERYTHING:
        return await _acknowledge_one(Acknowledge(parse_id(ids[0]), reason), as_json=json)
    return await _acknowledge_many(AcknowledgeMany(which.narrowed(ids=ids), reason), yes=yes, as_json=json)


async def _acknowledge_one(command: Acknowledge, *, as_json: bool) -> int:
    async with opened() as shell:
        said = await shell.perform(command)
    if as_json:
        show_json(said)
    else:
        show_line(f"Acknowledged; audit event {said.audit_event_id}.")
    return DONE


async def _acknowledge_many(command: AcknowledgeMany, *, yes: bool, as_json: bool) -> int:
    check_needed_reason(command.reason)
    async with opened() as shell:
        done = await _perform(shell, command, yes=yes)
    if as_json:
        show_json(done)
    elif done:
        show_line(f"Acknowledged {_failures(done.jobs)}; audit event {done.audit_event_id}.")
    return DONE


async def _perform(shell: Shell, command: AcknowledgeMany, *, yes: bool) -> AcknowledgedMany | None:
    """Acknowledge; None when there is nothing to acknowledge under a filter, or the person says no."""
    try:
        agreed = command if yes else await _agreed(shell, command)
        return await shell.perform(agreed) if agreed else None
    except Conflict as refusal:
        if refusal.code != "nothing_to_acknowledge" or command.narrowed.ids:
            raise
        tell("tidegate: nothing to acknowledge")
        return None


async def _agreed(shell: Shell, command: AcknowledgeMany) -> AcknowledgeMany | None:
    """Tell how many there are and ask; return the command for no more than these, None when the person says no."""
    count = (await reading.count_jobs(shell.services, shell.actor, command.narrowed)).attention[Attention.UNRESOLVED]
    told = f"{_failures(count.n)} or more" if count.more else _failures(count.n)
    if (count.n or count.more) and not confirmed(
        f"Acknowledge {told}?", otherwise=f"this would acknowledge {told}: --yes does it"
    ):
        tell("Nothing was acknowledged.")
        return None
    return AcknowledgeMany(command.narrowed, command.reason, None if count.more else count.n)


def _failures(n: int) -> str:
    return "1 failure" if n == 1 else f"{n:,} failures"
