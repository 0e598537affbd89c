"""`tidegate job`: one job with its attempts, steps, failure and audit ids."""

import msgspec

from tidegate.cli.at import HERE, At
from tidegate.cli.jobs import progress
from tidegate.cli.output import moment, show_facts, show_json, show_line, show_table
from tidegate.cli.shell import opened
from tidegate.cli.standing import sentence
from tidegate.cli.words import parse_id
from tidegate.domain.failures import entry_of
from tidegate.ledger.views import Attempt, Job, JobSummary, Step
from tidegate.operations import reading, standing
from tidegate.operations.standing import Standing

ATTEMPTS = ("attempt", "state", "origin", "by", "reason", "started", "ended", "failure", "audit event")
STEPS = ("attempt", "step", "name", "state", "started", "ended", "done")


async def job(id: str, /, *, at: At = HERE, json: bool = False) -> None:
    """Show everything about one job.

    Its state and why it stands there, the failure with what to do about it, every attempt with who asked for it, every
    step, and the ids of the audit events.

    Args:
        id: The job's id.
        json: Print one JSON object.
    """
    wanted = parse_id(id)
    if at.is_remote:
        from tidegate.cli import remote  # noqa: PLC0415

        await remote.job(at, str(wanted), as_json=json)
        return
    async with opened() as shell:
        found = await reading.get_job(shell.services, shell.actor, wanted)
        stands = await standing.standing(shell.services, shell.actor, found)
    if json:
        show_json({**msgspec.structs.asdict(found), "standing": stands})
        return
    show_facts(_facts(found, stands))
    show_line()
    show_table(ATTEMPTS, (_attempt(attempt) for attempt in found.attempts), empty="No attempts.")
    show_line()
    show_table(STEPS, (_step(step) for step in found.steps), empty="No steps yet.")


def _facts(found: Job, stands: Standing | None) -> list[tuple[str, object]]:
    summary, document = found.summary, found.document
    return [
        ("id", summary.id),
        ("name", summary.name),
        ("state", summary.state),
        ("attention", summary.attention),
        ("acknowledged", _acknowledged(summary)),
        ("pipeline", summary.pipeline),
        ("batch", summary.batch_id),
        ("source", summary.source_kind),
        ("submitted", f"{moment(summary.created_at)} by {summary.submitter_name}"),
        ("progress", progress(summary)),
        ("standing", sentence(summary, stands) if stands else None),
        ("next try", moment(summary.run_after)),
        ("outcome", summary.outcome),
        ("document", summary.document_id),
        ("type", document.media_type if document else None),
        ("pages", document.pages if document else None),
        ("passages", document.chunk_total if document else None),
        *_failure(found),
        ("audit event", summary.audit_event_id),
    ]


def _acknowledged(summary: JobSummary) -> str | None:
    if summary.acknowledged_at is None:
        return None
    return f"{moment(summary.acknowledged_at)} by {summary.acknowledged_by}: {summary.acknowledged_reason}"


def _failure(found: Job) -> list[tuple[str, object]]:
    failure = found.summary.failure
    if failure is None:
        return []
    entry = entry_of(failure.code)
    return [
        ("failure", failure.code),
        ("message", failure.message),
        ("cause", entry.cause),
        ("remedy", entry.remedy),
        ("fixed by", entry.fixer),
        ("diagnostic", found.summary.diagnostic_ref),
    ]


def _attempt(attempt: Attempt) -> tuple[object, ...]:
    return (
        attempt.attempt_no, attempt.state, attempt.origin, attempt.requested_by, attempt.reason, moment(attempt.started_at),
        moment(attempt.ended_at), attempt.failure_code, attempt.audit_event_id,
    )  # fmt: skip


def _step(step: Step) -> tuple[object, ...]:
    done = None
    if step.progress_done is not None:
        done = f"{step.progress_done}{f'/{step.progress_total}' if step.progress_total is not None else ''} {step.progress_unit}"
    name = f"{step.name} (resumed)" if step.resumed else step.name
    return step.attempt_no, step.step_no, name, step.state, moment(step.started_at), moment(step.ended_at), done
