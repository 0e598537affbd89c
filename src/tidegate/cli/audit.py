"""`tidegate audit` and `tidegate diagnostic`: the record, and the detail whose opening is itself on record."""

from tidegate.audit.browse import AuditEvent, AuditFilter
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.cli.output import moment, show_facts, show_json, show_line, show_table, tell
from tidegate.cli.shell import opened
from tidegate.cli.words import parse_id, parse_name
from tidegate.operations import reading
from tidegate.operations.diagnostics import OpenDiagnostic

COLUMNS = ("id", "time", "actor", "role", "action", "outcome", "target", "reason", "change")


async def audit(
    *,
    action: str | None = None,
    outcome: AuditOutcome | None = None,
    target: str | None = None,
    actor: str | None = None,
    limit: int = 50,
    before: str | None = None,
    json: bool = False,
) -> None:
    """List who did what, newest first.

    Args:
        action: Only this action, such as ingestion.retry.
        outcome: Only what was done (allowed) or what was refused (denied).
        target: Only what was done to this job, batch, person, session or token (its id).
        actor: Only what this person did (their id).
        limit: At most so many, 200 at most.
        before: Go on after this event: the `next_before` of the page before.
        json: Print one JSON object `{events, next_before}`.
    """
    narrowed = AuditFilter(
        action=parse_name(AuditAction, action) if action else None,
        outcome=outcome,
        actor_id=parse_id(actor) if actor else None,
        target_id=parse_id(target) if target else None,
    )
    after = parse_id(before) if before else None
    async with opened() as shell:
        page = await reading.list_audit_events(shell.services, shell.actor, narrowed, before=after, limit=limit)
    if json:
        show_json(page)
        return
    show_table(COLUMNS, (_row(event) for event in page.events), empty="No events.")
    if page.next_before is not None:
        tell(f"There are more: --before {page.next_before}")


def _row(event: AuditEvent) -> tuple[object, ...]:
    body = event.body
    target = f"{body.target.kind.value} {body.target.id}" if body.target.id else body.target.kind.value
    change = " ".join(f"{name}={value}" for name, value in (body.after or {}).items())
    return (
        event.id,
        moment(event.recorded_at),
        body.actor.name,
        body.actor.role,
        body.action,
        body.outcome,
        target,
        body.reason,
        change,
    )


async def diagnostic(reference: str, /, *, reason: str, json: bool = False) -> None:
    """Open the technical detail behind a failure; this is recorded.

    Args:
        reference: As the failure shows it: D-7KQ2-M9XF-4TPA.
        reason: Why it is opened; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    async with opened() as shell:
        opened_one = await shell.perform(OpenDiagnostic(reference.strip().upper(), reason))
    if json:
        show_json(opened_one)
        return
    show_facts(
        [
            ("job", opened_one.job_id),
            ("attempt", opened_one.attempt_no),
            ("created", moment(opened_one.created_at)),
            ("kept until", moment(opened_one.expires_at)),
            ("audit event", opened_one.audit_event_id),
        ]
    )
    show_line()
    for line in opened_one.detail.splitlines():
        show_line("".join(letter if letter.isprintable() or letter == "\t" else "\ufffd" for letter in line))
