"""`tidegate batch`: one submission."""

from tidegate.cli.output import moment, show_facts, show_json
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id
from tidegate.operations import reading
from tidegate.operations.reading import BatchTally


async def batch(id: str, /, *, json: bool = False) -> None:
    """Show how a batch stands.

    Args:
        id: The batch's id.
        json: Print one JSON object `{batch, states, duplicates, failures}`.
    """
    wanted = parse_id(id)
    async with opened() as shell:
        tally = await reading.get_batch(shell.services, shell.actor, wanted)
    if json:
        show_json(tally)
    else:
        show_facts(_facts(tally))


def _facts(tally: BatchTally) -> list[tuple[str, object]]:
    batch = tally.batch
    return [
        ("id", batch.id),
        ("label", batch.label),
        ("pipeline", batch.pipeline),
        ("submitted", f"{moment(batch.created_at)} by {batch.submitter_name}"),
        ("over", "yes" if tally.is_over else "no"),
        ("jobs", batch.job_total),
        *((state.value, n) for state, n in tally.states.items()),
        ("known already", tally.duplicates),
        *((code.value, n) for code, n in tally.failures.items()),
        ("audit event", batch.audit_event_id),
    ]
