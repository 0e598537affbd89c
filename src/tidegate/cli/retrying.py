"""`tidegate retry`: one job by its id, or many by what they have in common."""

import asyncio

from tidegate.cli.application import DONE, FAILED
from tidegate.cli.asking import confirmed
from tidegate.cli.at import HERE, At
from tidegate.cli.errors import WrongUse
from tidegate.cli.narrowing import EVERYTHING, Narrowing
from tidegate.cli.output import printable, show_json, show_line, tell
from tidegate.cli.shell import Shell, opened
from tidegate.cli.words import parse_id
from tidegate.domain.failures import entry_of
from tidegate.domain.lifecycle import RetryMode
from tidegate.domain.refusals import Conflict
from tidegate.ledger.bulk import BulkRetry, Why
from tidegate.operations import bulk_retry
from tidegate.operations.bulk_retry import LeftOut, Plan, Preview, RetryMany, check_needed_reason
from tidegate.operations.bulk_working import work_piece
from tidegate.operations.jobs import Retry

LOOK_SECONDS = 0.3

NOTHING_NAMED = (
    "name jobs by their ids, or what they have in common: --failure document_encrypted, --attention unresolved for all"
)


async def retry(
    *ids: str,
    which: Narrowing = EVERYTHING,
    mode: RetryMode | None = None,
    reason: str | None = None,
    dry_run: bool = False,
    wait: bool = False,
    yes: bool = False,
    at: At = HERE,
    json: bool = False,
) -> int:
    """Try failed jobs again, one by its id or many at once.

    Each goes on after its last finished step, or begins with the first when the document itself was at fault. Many are shown
    first and need a reason; then the set is frozen, and a server or a worker works it off. Nothing to retry under a filter is no
    error. Each retry stands in the audit log.

    Args:
        ids: Ids of jobs.
        mode: resume or restart, whatever the failure calls for.
        reason: Why; every reader of the audit log sees it. Many need one.
        dry_run: Only tell what would be retried, what would be left out and why.
        wait: Work many off here and wait for the end; exit status 1 when any was not retried after all.
        yes: Do not ask before many are retried.
        json: Print one JSON object: the new attempt of one job, the retry of many (null for nothing), or what it would do.
    """
    if not ids and which == EVERYTHING:
        raise WrongUse(NOTHING_NAMED)
    if at.is_remote:
        from tidegate.cli import remote  # noqa: PLC0415

        remote.check_one(ids, plain=which == EVERYTHING and not (dry_run or wait))
        return await remote.retry(at, str(parse_id(ids[0])), mode, reason, as_json=json)
    if len(ids) == 1 and which == EVERYTHING and not dry_run:
        return await _retry_one(Retry(parse_id(ids[0]), mode, reason), as_json=json)
    command = RetryMany(which.narrowed(ids=ids), reason or "", mode)
    if not dry_run:
        check_needed_reason(command.reason)
    async with opened() as shell:
        if dry_run:
            return _show_preview(await bulk_retry.preview(shell.services, shell.actor, command.narrowed, mode), as_json=json)
        asked = await _freeze(shell, command, yes=yes)
        done = await _work_off(shell, asked) if asked and wait else asked
    return _show(done, waited=wait, as_json=json)


async def _retry_one(command: Retry, *, as_json: bool) -> int:
    async with opened() as shell:
        retried = await shell.perform(command)
    if as_json:
        show_json(retried)
    else:
        show_line(f"Queued as attempt {retried.attempt_no}; audit event {retried.audit_event_id}.")
    return DONE


async def _freeze(shell: Shell, command: RetryMany, *, yes: bool) -> BulkRetry | None:
    """Have the set frozen; None when there is nothing to retry under a filter, or the person says no."""
    try:
        agreed = command if yes else await _agreed(shell, command)
        return await shell.perform(agreed) if agreed else None
    except Conflict as refusal:
        if refusal.code != "nothing_to_retry" or command.narrowed.ids:
            raise
        tell("tidegate: nothing to retry")
        return None


async def _agreed(shell: Shell, command: RetryMany) -> RetryMany | None:
    """Tell what would be done and ask; return the command for no more than this, None when the person says no."""
    seen = await bulk_retry.preview(shell.services, shell.actor, command.narrowed, command.mode)
    for line in _lines(seen):
        tell(line)
    otherwise = f"this would retry {seen.will_retry:,} jobs: --yes does it, --dry-run only looks"
    if seen.will_retry and not confirmed(f"Retry these {seen.will_retry:,}?", otherwise=otherwise):
        tell("Nothing was retried.")
        return None
    return RetryMany(command.narrowed, command.reason, command.mode, seen.as_of, seen.will_retry)


async def _work_off(shell: Shell, asked: BulkRetry) -> BulkRetry:
    """Work pieces off here, beside whoever else does, until this retry is finished."""
    tell(f"tidegate: working off retry {asked.id}")
    while (seen := await bulk_retry.get(shell.services, shell.actor, asked.id)).finished_at is None:
        if not await work_piece(shell.services):
            await asyncio.sleep(LOOK_SECONDS)
    return seen


def _show(retry: BulkRetry | None, *, waited: bool, as_json: bool) -> int:
    if as_json:
        show_json(retry)
    elif retry and waited:
        told = f"{retry.retried:,} retried, {retry.skipped:,} skipped, {retry.refused:,} refused, {retry.left_out:,} left out"
        show_line(f"{told}. Each of them: tidegate retries {retry.id}")
    elif retry:
        show_line(f"{retry.waiting:,} will be retried by a server or a worker, {retry.left_out:,} left out.")
        show_line(f"How far it is: tidegate retries {retry.id}")
    return FAILED if retry and waited and retry.retried < retry.total - retry.left_out else DONE


def _show_preview(seen: Preview, *, as_json: bool) -> int:
    if as_json:
        show_json(seen)
        return DONE
    for line in _lines(seen):
        show_line(line)
    return DONE


def _lines(seen: Preview) -> list[str]:
    """Return what a preview tells: how many begin where, how many are left out and why, and some names."""
    lines = [f"{seen.will_retry:,} would be retried."]
    lines += [f"  {plan.n:,} {_place(plan)}" for plan in seen.plans]
    lines += [f"  {out.n:,} left out, {_why(out)}" for out in seen.left_out]
    names = ", ".join(printable(job.name) for job in seen.sample)
    return [*lines, f"Such as: {names}"] if names else lines


def _place(plan: Plan) -> str:
    if plan.mode is RetryMode.RESTART or not plan.step:
        return "from the first step"
    return f"again from the step {plan.step}"


def _why(out: LeftOut) -> str:
    if out.why is Why.ACKNOWLEDGED:
        return f"acknowledged: {out.failure_code}"
    if out.why is Why.CANNOT_BE_ASKED:
        return f"its system cannot be asked: {out.failure_code}"
    return f"{out.failure_code}: {entry_of(out.failure_code).remedy}"
