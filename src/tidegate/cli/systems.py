"""`tidegate system …`: how other systems are asked to run a job again."""

from tidegate.cli.output import moment, show_json, show_line, show_table
from tidegate.cli.shell import opened
from tidegate.operations.external.systems import RemoveSystem, SetSystem, list_systems

COLUMNS = ("namespace", "called at", "secret", "came asking")


async def write(namespace: str, url: str, /, *, secret: str, reason: str | None = None, json: bool = False) -> None:
    """Have the runs of a namespace asked for by a signed call.

    Args:
        namespace: The OpenLineage namespace of its jobs.
        url: Where the call goes; a private address must be allowed by TIDEGATE_ALLOWED_HOSTS.
        secret: Where the secret is found: env:NAME or file:/path, with whsec_ and base64 in it.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    async with opened() as shell:
        made = await shell.perform(SetSystem(namespace, url, secret, reason))
    if json:
        show_json(made)
    else:
        show_line(f"Set; audit event {made.audit_event_id}.")


async def show(*, json: bool = False) -> None:
    """List the systems that can be asked to run a job again.

    Args:
        json: Print one JSON array.
    """
    async with opened() as shell:
        found = await list_systems(shell.services, shell.actor)
    if json:
        show_json(found)
        return
    rows = ((one.namespace, one.url or "it comes asking", one.secret_ref or "", moment(one.polled_at)) for one in found)
    show_table(COLUMNS, rows, empty="No systems.")


async def remove(namespace: str, /, *, reason: str | None = None, json: bool = False) -> None:
    """Forget how a system is asked.

    Its jobs can no longer be retried from here.

    Args:
        namespace: The OpenLineage namespace of its jobs.
        reason: Why; every reader of the audit log sees it.
        json: Print one JSON object.
    """
    async with opened() as shell:
        gone = await shell.perform(RemoveSystem(namespace, reason))
    if json:
        show_json(gone)
    else:
        show_line(f"Removed; audit event {gone.audit_event_id}.")
