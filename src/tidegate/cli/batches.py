"""`tidegate batches`: the list of submissions, and how one stands."""

from collections.abc import Iterator
from uuid import UUID

from tidegate.cli.output import moment, show_facts, show_json, show_table, tell
from tidegate.cli.shell import Shell, opened
from tidegate.cli.words import parse_id
from tidegate.domain.lifecycle import State
from tidegate.ledger.batches import BatchRow
from tidegate.operations.batches import list_batches
from tidegate.operations.reading import BatchTally, get_batch

COLUMNS = ("id", "submitted", "by", "pipeline", "jobs", *(state.value for state in State), "label")


async def batches(id: str | None = None, /, *, limit: int = 50, before: str | None = None, json: bool = False) -> None:
    """List batches, newest first, or show how one stands.

    The list tells how many jobs of each batch are in each state; one batch also how many were known already, and its
    failures by cause.

    Args:
        id: Only this batch, with its failures by cause.
        limit: At most so many, 200 at most.
        before: Go on after this batch: the `next_before` of the page before.
        json: Print one JSON object.
    """
    wanted, after = parse_id(id) if id else None, parse_id(before) if before else None
    async with opened() as shell:
        if wanted is None:
            await _list(shell, limit=limit, before=after, as_json=json)
            return
        tally = await get_batch(shell.services, shell.actor, wanted)
    if json:
        show_json(tally)
    else:
        show_facts(_facts(tally))


async def _list(shell: Shell, *, limit: int, before: UUID | None, as_json: bool) -> None:
    page = await list_batches(shell.services, shell.actor, before=before, limit=limit)
    if as_json:
        show_json(page)
        return
    show_table(COLUMNS, (_row(row) for row in page.batches), empty="No batches.")
    if page.next_before is not None:
        tell(f"There are more: --before {page.next_before}")


def _row(row: BatchRow) -> tuple[object, ...]:
    batch = row.batch
    counts = (row.states.get(state, 0) for state in State)
    return batch.id, moment(batch.created_at), batch.submitter_name, batch.pipeline, batch.job_total, *counts, batch.label


def _facts(tally: BatchTally) -> Iterator[tuple[str, object]]:
    batch = tally.batch
    yield "id", batch.id
    yield "label", batch.label
    yield "pipeline", batch.pipeline
    yield "submitted", f"{moment(batch.created_at)} by {batch.submitter_name}"
    yield "jobs", batch.job_total
    yield from ((state.value, tally.states.get(state, 0)) for state in State)
    yield "known already", tally.duplicates
    yield from ((f"failed: {code}", n) for code, n in sorted(tally.failures.items(), key=lambda entry: -entry[1]))
    yield "audit event", batch.audit_event_id
