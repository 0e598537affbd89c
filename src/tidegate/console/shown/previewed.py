"""What a retry of many would do, in words: what each job will become, and what is left out and why."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.sentences import say
from tidegate.domain.failures import Code, Failure, entry_of
from tidegate.domain.lifecycle import RetryMode
from tidegate.ledger.bulk import Why
from tidegate.operations.bulk_retry import LeftOut, Plan, Preview


@dataclass(frozen=True)
class Part:
    """Some of the jobs: how many, what becomes of them, and what would help where that is nothing."""

    n: str
    text: str
    more: str = ""


@dataclass(frozen=True)
class Previewed:
    """A preview as it is shown; `n` jobs will be retried, `nothing` says why none will."""

    n: int
    title: str
    act: str
    plans: list[Part]
    left_out: str
    left: list[Part]
    sample: list[str]
    rest: str
    nothing: str


def previewed(seen: Preview) -> Previewed:
    """Return what a preview says."""
    n, left_out, sample = seen.will_retry, sum(one.n for one in seen.left_out), [job.name for job in seen.sample]
    rest = n - len(sample)
    return Previewed(
        n=n,
        title=ngettext("Retry {n} job?", "Retry {n} jobs?", n) if n else _("Nothing to retry"),
        act=ngettext("Retry {n} job", "Retry {n} jobs", n),
        plans=[_plan(plan) for plan in seen.plans],
        left_out=ngettext("{n} job is left out", "{n} jobs are left out", left_out) if left_out else "",
        left=[_left(one) for one in seen.left_out],
        sample=sample,
        rest=ngettext("and {n} more", "and {n} more", rest) if rest > 0 else "",
        nothing="" if n else _nothing(left_out),
    )


def why_left_out(why: Why, code: Code | None) -> str:
    """Return in words why a job was not retried."""
    if why is Why.NOT_RETRYABLE and code:
        return _("{failure} No plain retry may follow.").format(failure=say(Failure(code)))
    return _(WHY[why])


def changed_text(shown: int, now: int) -> str:
    """Return what to say when more would be retried than somebody was shown."""
    text = _("It has changed since you looked: {shown} would have been retried then, {now} now. Look again, then decide.")
    return text.format(shown=number(shown), now=number(now))


def begin_text(mode: RetryMode | None) -> str:
    """Return where a retry of many was told to begin."""
    return _(BEGINNINGS[mode])


def _plan(plan: Plan) -> Part:
    if plan.mode is RetryMode.RESTART:
        return Part(number(plan.n), _("from the start"), _("The document is fetched again and every step runs."))
    if not plan.step:
        return Part(number(plan.n), _("from the first step"), _("No step had finished, so every step runs."))
    text = _("resume at {step}").format(step=plan.step)
    return Part(number(plan.n), text, _("Finished steps are kept; this one and those after it run again."))


def _left(one: LeftOut) -> Part:
    more = _(entry_of(one.failure_code).remedy) if one.why is Why.NOT_RETRYABLE else say(Failure(one.failure_code))
    return Part(number(one.n), why_left_out(one.why, one.failure_code), more)


def _nothing(left_out: int) -> str:
    if left_out:
        return _("Every one of these jobs is left out.")
    return _("None of these jobs stands as failed now: they were retried, or somebody dealt with them in the meantime.")


WHY = {
    Why.NOT_RETRYABLE: "No plain retry may follow this failure.",
    Why.CANNOT_BE_ASKED: "Its system cannot be asked to run it again.",
    Why.ACKNOWLEDGED: "Acknowledged: somebody said that it may stay as it is.",
    Why.NO_LONGER_FAILED: "It was no longer failed when its turn came: somebody else had moved it on.",
    Why.RIGHT_LOST: "Who asked for it had lost the right to retry before its turn came.",
    Why.GONE: "The job was gone when its turn came.",
}
BEGINNINGS = {
    None: "each as its failure calls for",
    RetryMode.RESUME: "after the last finished step",
    RetryMode.RESTART: "from the start",
}
