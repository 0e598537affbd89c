"""`tidegate jobs`: the list."""

import msgspec

from tidegate.cli.at import HERE, At
from tidegate.cli.narrowing import EVERYTHING, Narrowing
from tidegate.cli.output import is_terminal, moment, show_json, show_table, tell
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Counts, JobSummary, Page
from tidegate.operations import reading

COLUMNS = ("id", "state", "attempt", "pipeline", "created", "step", "name", "failure", "attention")


async def jobs(
    *,
    state: State | None = None,
    which: Narrowing = EVERYTHING,
    limit: int = 50,
    before: str | None = None,
    at: At = HERE,
    json: bool = False,
) -> None:
    """List jobs, newest first.

    On a terminal as a table; elsewhere as lines with tabs; with `--json` as one object `{jobs, next_before, counts, attention}`.
    The counts are of all that match, the filters by state and attention aside.

    Args:
        state: Only jobs in this state.
        limit: At most so many, 200 at most.
        before: Go on after this job: the `next_before` of the page before; of a server's, the `next_page_token`.
        json: Print one JSON object.
    """
    if at.is_remote:
        from tidegate.cli import remote  # noqa: PLC0415

        await remote.jobs(at, which, state, limit, before, as_json=json)
        return
    narrowed = which.narrowed(state=state)
    after = parse_id(before) if before else None
    async with opened() as shell:
        page, counts = await reading.look_at_jobs(shell.services, shell.actor, narrowed, before=after, limit=limit)
    if json:
        show_json({**msgspec.structs.asdict(page), "counts": counts.states, "attention": counts.attention})
    else:
        _show(page, counts)


def _show(page: Page, counts: Counts) -> None:
    show_table(COLUMNS, (_row(job) for job in page.jobs), empty="No jobs.")
    if is_terminal():
        tell(", ".join(f"{count.n:,}{'+' if count.more else ''} {kind.value}" for kind, count in counts.states.items()))
    if page.next_before is not None:
        tell(f"There are more: --before {page.next_before}")


def _row(job: JobSummary) -> tuple[object, ...]:
    failure = job.failure_code
    return (
        job.id, job.state, job.attempt_no, job.pipeline, moment(job.created_at), progress(job), job.name, failure, job.attention,
    )  # fmt: skip


def progress(job: JobSummary) -> str | None:
    """Return where a running job stands: `extract 3/5`, with its pages or bytes where known; None for others."""
    if job.state is not State.RUNNING or not job.step_name:
        return None
    told = f"{job.step_name} {job.step_no}/{job.step_total}"
    if job.progress_done is None:
        return told
    total = f"/{job.progress_total}" if job.progress_total is not None else ""
    return f"{told}, {job.progress_done}{total} {job.progress_unit}"
