"""What commands do where a server is named: they ask it as the person of the token. Loaded then only."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tidegate.cli.application import DONE, FAILED
from tidegate.cli.at import At
from tidegate.cli.errors import Failed, WrongUse
from tidegate.cli.narrowing import Narrowing
from tidegate.cli.output import is_terminal, moment, printable, show_facts, show_json, show_line, show_table, tell
from tidegate.client import AsyncClient, ClientError, Problem
from tidegate.client.plans import Narrowing as Query
from tidegate.client.shapes import Batch, Failing, Job, JobPage
from tidegate.domain.lifecycle import RetryMode, State

FILES_LIMIT = 1000
"""Files of one upload, as the server takes them."""

COLUMNS = ("id", "state", "attempt", "pipeline", "created", "step", "name", "failure", "attention")
ATTEMPTS = ("attempt", "state", "origin", "by", "reason", "started", "ended", "failure", "audit event")


@asynccontextmanager
async def asking(at: At) -> AsyncIterator[AsyncClient]:
    """Give a client for the length of a block, and tell what it raises as the command line does. Raises WrongUse, Failed."""
    try:
        async with at.client() as client:
            yield client
    except Problem as refusal:
        raise (WrongUse if refusal.status < 500 else Failed)(refusal.detail) from refusal
    except (ClientError, TimeoutError) as error:
        raise Failed(str(error)) from error


async def ingest(at: At, sources: Sequence[str], pipeline: str, reason: str | None, *, wait: bool, as_json: bool) -> int:
    """Upload files, or have the server fetch addresses. Raises WrongUse, Failed."""
    urls, files = [source for source in sources if "://" in source], files_of([s for s in sources if "://" not in s])
    if urls and files:
        raise WrongUse("to a server, name files or addresses, not both: each submission is one batch")
    async with asking(at) as client:
        if urls:
            submitted = await client.submit_from(urls=urls, pipeline=pipeline, reason=reason)
        else:
            submitted = await client.submit(*files, pipeline=pipeline, reason=reason)
        if wait:
            return show_batch(await client.wait(submitted.batch_id), as_json=as_json)
    if as_json:
        show_json(submitted)
    else:
        show_line(f"Submitted {len(submitted.job_ids)} as batch {submitted.batch_id}.")
    return DONE


def files_of(sources: Sequence[str]) -> list[Path]:
    """Return the files that are named, and those below folders that are. Raises WrongUse."""
    files: list[Path] = []
    for source in sources:
        path = Path(source).expanduser()
        if not path.exists():
            raise WrongUse(f"{printable(source)}: there is no such file")
        files += sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]
    if sources and not files:
        raise WrongUse("there is no file in what is named")
    if len(files) > FILES_LIMIT:
        raise WrongUse(f"one upload takes {FILES_LIMIT:,} files, these are {len(files):,}; ingest them in parts")
    return files


async def wait(at: At, batch_id: str, seconds: float | None, *, as_json: bool) -> int:
    """Wait for a batch. Raises WrongUse, Failed."""
    async with asking(at) as client:
        return show_batch(await client.wait(batch_id, timeout=seconds), as_json=as_json)


async def jobs(at: At, which: Narrowing, state: State | None, limit: int, before: str | None, *, as_json: bool) -> None:
    """List one page. Raises WrongUse, Failed."""
    async with asking(at) as client:
        page = await client.list(page_size=limit, page_token=before, **query(which, state))
    if as_json:
        show_json(page)
    else:
        _show_page(page)


def query(which: Narrowing, state: State | None) -> Query:
    """Return the options as the API takes them. Raises WrongUse."""
    narrowed = which.narrowed(state=state)
    found: Query = {
        "state": narrowed.state, "attention": narrowed.attention, "pipeline": narrowed.pipeline, "source": narrowed.source,
        "batch": narrowed.batch_id, "submitter": narrowed.submitter, "failure": narrowed.failure_code, "step": narrowed.step,
        "text": narrowed.text, "since": narrowed.since, "until": narrowed.until, "failed_since": narrowed.failed_since,
        "failed_until": narrowed.failed_until,
    }  # fmt: skip
    return found


async def job(at: At, id: str, *, as_json: bool) -> None:
    """Show one job. Raises WrongUse, Failed."""
    async with asking(at) as client:
        found = await client.get(id)
    if as_json:
        show_json(found)
        return
    one = found.job
    show_facts([
        ("id", one.id), ("name", one.name), ("state", one.state), ("attention", one.attention), ("pipeline", one.pipeline),
        ("batch", one.batch_id), ("submitted", f"{moment(one.created_at)} by {one.submitter.name}"), ("progress", _progress(one)),
        ("next try", moment(one.run_after)), ("outcome", one.outcome), ("document", one.document_id), *_failure(one.failure),
        ("audit event", one.audit_event_id),
    ])  # fmt: skip
    show_line()
    rows = (
        (each.attempt, each.state, each.origin, each.requested_by, each.reason, moment(each.started_at), moment(each.ended_at),
         each.failure.code if each.failure else None, each.audit_event_id)
        for each in found.attempts
    )  # fmt: skip
    show_table(ATTEMPTS, rows, empty="No attempts.")


def check_one(ids: Sequence[str], *, plain: bool) -> None:
    """Raise WrongUse unless one job is to be retried, and nothing more."""
    if len(ids) != 1 or not plain:
        raise WrongUse("a server is asked to retry one job, by its id; its console and its API retry many")


async def retry(at: At, id: str, mode: RetryMode | None, reason: str | None, *, as_json: bool) -> int:
    """Retry one job. Raises WrongUse, Failed."""
    async with asking(at) as client:
        retried = await client.retry(id, mode=mode, reason=reason)
    if as_json:
        show_json(retried)
    else:
        show_line(f"Queued as attempt {retried.attempt_no}; audit event {retried.audit_event_id}.")
    return DONE


async def cancel(at: At, id: str, reason: str | None, *, as_json: bool) -> None:
    """Cancel one job. Raises WrongUse, Failed."""
    async with asking(at) as client:
        cancelled = await client.cancel(id, reason=reason)
    if as_json:
        show_json(cancelled)
    else:
        show_line(f"Cancelled in attempt {cancelled.attempt_no}; audit event {cancelled.audit_event_id}.")


def show_batch(batch: Batch, *, as_json: bool) -> int:
    """Show how a batch ended, and return the exit status: whether all of it succeeded."""
    done, total = batch.states.get(State.SUCCEEDED, 0), batch.batch.job_total
    if as_json:
        show_json(batch)
    else:
        failed, cancelled = batch.states.get(State.FAILED, 0), batch.states.get(State.CANCELLED, 0)
        known = f" ({batch.duplicates} known already)"
        show_line(f"Batch {batch.batch.id}: {done} of {total} succeeded{known}, {failed} failed, {cancelled} cancelled.")
        for code, count in sorted(batch.failures.items()):
            show_line(f"  {count} {code}")
    return DONE if done == total else FAILED


def _show_page(page: JobPage) -> None:
    rows = (
        (one.id, one.state, one.attempt, one.pipeline, moment(one.created_at), _progress(one), one.name,
         one.failure.code if one.failure else None, one.attention)
        for one in page.items
    )  # fmt: skip
    show_table(COLUMNS, rows, empty="No jobs.")
    if is_terminal():
        tell(", ".join(f"{count.n:,}{'+' if count.more else ''} {state.value}" for state, count in page.counts.items()))
    if page.next_page_token is not None:
        tell(f"There are more: --before {page.next_page_token}")


def _progress(one: Job) -> str | None:
    if one.state is not State.RUNNING or not one.step.name:
        return None
    return f"{one.step.name} {one.step.no}/{one.step.total}"


def _failure(failure: Failing | None) -> list[tuple[str, object]]:
    if failure is None:
        return []
    return [
        ("failure", f"{failure.code}: {failure.message}"), ("cause", failure.cause), ("what to do", failure.remedy),
        ("who can", failure.fixer), ("diagnostic", failure.reference),
    ]  # fmt: skip
