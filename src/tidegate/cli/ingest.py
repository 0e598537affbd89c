"""`tidegate ingest`: submit documents, and wait for them on request."""

from collections.abc import Sequence
from pathlib import Path

from tidegate.cli.application import DONE, FAILED, INTERRUPTED
from tidegate.cli.at import HERE, At
from tidegate.cli.errors import WrongUse
from tidegate.cli.following import Summary, follow, progress_bar, summarise
from tidegate.cli.output import printable, show_json, show_line, tell
from tidegate.cli.shell import Shell, opened
from tidegate.cli.stopping import Stop
from tidegate.domain.failures import Failure, entry_of
from tidegate.domain.refusals import Invalid
from tidegate.operations import submission
from tidegate.operations.door import Asking
from tidegate.operations.jobs import Submitted

POOL_SIZE = 16
"""Connections: it may run a worker of its own."""


async def ingest(
    *sources: str, pipeline: str = "documents", wait: bool = False, reason: str | None = None, at: At = HERE, json: bool = False
) -> int:
    """Submit files, folders and web addresses.

    A folder is submitted with all files below it. With `--wait` the command follows the jobs to their end, working itself
    where no worker runs; then the exit status tells whether all succeeded (0) or not (1). A server gets files uploaded, and its
    own workers do the work.

    Args:
        sources: Paths and http(s) addresses.
        pipeline: What is done to the documents.
        wait: Wait until every document has succeeded or failed.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object `{batch_id, submitted, succeeded, failed, cancelled, duplicates, failures}`.
    """
    if not sources:
        raise WrongUse("name what to ingest: paths, or addresses that begin with http:// or https://")
    if at.is_remote:
        from tidegate.cli import remote  # noqa: PLC0415

        return await remote.ingest(at, sources, pipeline, reason, wait=wait, as_json=json)
    with Stop() as stop:
        async with opened(pool_size=POOL_SIZE) as shell:
            submitted = await _submit(shell, sources, pipeline, reason)
            stop.is_started = True
            summary: Summary | None = Summary(batch_id=submitted.batch_id, submitted=len(submitted.job_ids))
            if wait:
                summary = await _wait(shell, submitted, stop)
        if summary is None:
            tell(f"tidegate: no longer waiting; the jobs remain. Follow them with `tidegate jobs --batch {submitted.batch_id}`")
            return INTERRUPTED
        _show(summary, waited=wait, as_json=json)
    return FAILED if wait and summary.succeeded < summary.submitted else DONE


async def _submit(shell: Shell, sources: Sequence[str], pipeline: str, reason: str | None) -> Submitted:
    """Submit what was named. Raises Refusal, and WrongUse with the source that was at fault."""
    urls = [source for source in sources if "://" in source]
    paths = [source for source in sources if "://" not in source]
    given = submission.Given(paths=[_whole(path) for path in paths], urls=urls)
    try:
        return await submission.submit(shell.services, Asking(shell.actor), given, pipeline=pipeline, reason=reason)
    except Invalid as refusal:
        kind, index = refusal.facts.get("kind"), refusal.facts.get("index")
        if kind not in ("paths", "urls") or not isinstance(index, int):
            raise
        named = (paths if kind == "paths" else urls)[index]
        raise WrongUse(f"{printable(without_secrets(named))}: {refusal.message}") from refusal


def _whole(path: str) -> str:
    """Return a path from the root on; links are left to the submission, which checks where they lead."""
    return str(Path(path).expanduser().absolute())


def without_secrets(source: str) -> str:
    """Return a source to show: an address loses its user part and its query, which may carry credentials."""
    scheme, mark, rest = source.partition("://")
    return f"{scheme}{mark}{rest.partition('?')[0].rpartition('@')[2]}" if mark else source


async def _wait(shell: Shell, submitted: Submitted, stop: Stop) -> Summary | None:
    with progress_bar(len(submitted.job_ids)) as show:
        tally = await follow(shell, submitted.batch_id, stop.asked, show)
    return summarise(tally) if tally is not None else None


def _show(summary: Summary, *, waited: bool, as_json: bool) -> None:
    if as_json:
        show_json(summary)
        return
    if not waited:
        show_line(f"Submitted {summary.submitted} as batch {summary.batch_id}.")
        return
    show_line(
        f"Batch {summary.batch_id}: {summary.succeeded} of {summary.submitted} succeeded "
        f"({summary.duplicates} known already), {summary.failed} failed, {summary.cancelled} cancelled."
    )
    for code, count in summary.failures.items():
        show_line(f"  {count} {code}: {Failure(code).message} {entry_of(code).remedy}")
    if summary.failed:
        show_line(f"Which they are: tidegate jobs --batch {summary.batch_id} --state failed")
