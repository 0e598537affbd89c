"""`tidegate retries`: retries of many, or one of them with what became of each job."""

from uuid import UUID

from tidegate.cli.output import moment, show_facts, show_json, show_line, show_table, tell
from tidegate.cli.shell import Shell, opened
from tidegate.cli.words import parse_id, parse_name
from tidegate.ledger.bulk import BulkRetry, Item, Verdict
from tidegate.operations import bulk_retry

COLUMNS = ("id", "asked", "by", "jobs", "waiting", "retried", "left out", "skipped", "refused", "reason")
ITEMS = ("job", "verdict", "why", "failed attempt", "state now", "attempt now", "name", "audit event")


async def retries(
    id: str | None = None, /, *, verdict: str | None = None, limit: int = 50, before: str | None = None, json: bool = False
) -> None:
    """List retries of many, or show one with its jobs.

    With `--json` as one object: `{retries, next_before}`, or of one `{retry, outcomes, items, next_before}`.

    Args:
        id: Show this one: how far it is, how its jobs stand now, and what became of each.
        verdict: Only jobs of it that are waiting, retried, left_out, skipped or refused.
        limit: At most so many, 200 at most.
        before: Go on after this one: the `next_before` of the page before.
        json: Print one JSON object.
    """
    after = parse_id(before) if before else None
    chosen = parse_id(id) if id is not None else None
    wanted = parse_name(Verdict, verdict) if verdict else None
    async with opened() as shell:
        if chosen is None:
            await _list(shell, after, limit, as_json=json)
        else:
            await _show(shell, chosen, wanted, after, limit, as_json=json)


async def _list(shell: Shell, before: UUID | None, limit: int, *, as_json: bool) -> None:
    found = await bulk_retry.list_bulk(shell.services, shell.actor, before=before, limit=limit)
    rest = found[-1].id if len(found) == limit else None
    if as_json:
        show_json({"retries": found, "next_before": rest})
        return
    show_table(COLUMNS, (_row(retry) for retry in found), empty="Nothing was retried as one of many.")
    _tell_more(rest)


async def _show(shell: Shell, id: UUID, verdict: Verdict | None, before: UUID | None, limit: int, *, as_json: bool) -> None:
    retry = await bulk_retry.get(shell.services, shell.actor, id)
    outcomes = await bulk_retry.outcomes(shell.services, shell.actor, retry)
    items = await bulk_retry.list_items(shell.services, shell.actor, id, verdict=verdict, before=before, limit=limit)
    rest = items[-1].job_id if len(items) == limit else None
    if as_json:
        show_json({"retry": retry, "outcomes": outcomes, "items": items, "next_before": rest})
        return
    show_facts(_facts(retry, outcomes))
    show_line()
    show_table(ITEMS, (_item(item) for item in items), empty="No such jobs.")
    _tell_more(rest)


def _facts(retry: BulkRetry, outcomes: dict[str, int] | None) -> list[tuple[str, object]]:
    return [
        ("id", retry.id),
        ("asked", f"{moment(retry.created_at)} by {retry.requester_name}"),
        ("reason", retry.reason),
        ("finished", moment(retry.finished_at)),
        ("jobs", retry.total),
        ("waiting", retry.waiting),
        ("retried", retry.retried),
        ("left out", retry.left_out),
        ("skipped", retry.skipped),
        ("refused", retry.refused),
        *((f"now {standing}", n) for standing, n in sorted((outcomes or {}).items())),
        ("audit event", retry.audit_event_id),
    ]


def _row(retry: BulkRetry) -> tuple[object, ...]:
    return (
        retry.id, moment(retry.created_at), retry.requester_name, retry.total, retry.waiting, retry.retried, retry.left_out,
        retry.skipped, retry.refused, retry.reason,
    )  # fmt: skip


def _item(item: Item) -> tuple[object, ...]:
    return (
        item.job_id, item.verdict, item.why, item.attempt_no, item.state, item.attempt_now, item.name, item.audit_event_id,
    )  # fmt: skip


def _tell_more(rest: UUID | None) -> None:
    if rest is not None:
        tell(f"There are more: --before {rest}")
