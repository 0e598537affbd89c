"""The sealed audit log: how far it is sealed, the proof of one event, and the log as a file."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from tidegate.operations import sealing
from tidegate.operations.jobs import check_reason
from tidegate.web.parameters import WithActor, WithAsking, WithServices

from . import bodies, content_shapes


async def get_seal(services: WithServices, actor: WithActor) -> content_shapes.Seal:
    """Show how far the audit log is sealed, with the newest signed checkpoint: keep it elsewhere."""
    state = await sealing.get_state(services, actor)
    return content_shapes.Seal(
        size=state.size,
        checkpoint=state.checkpoint,
        unsealed=state.unsealed,
        lag_seconds=state.lag_seconds,
        is_late=state.is_late,
    )


async def get_receipt(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> Response[bytes]:
    """Download the proof that an event is in the signed log. 409 until the event is sealed, about a second."""
    receipt = await sealing.get_receipt(services, actor, id)
    headers = {"Content-Disposition": f'attachment; filename="tidegate-receipt-{id}.json"'}
    return Response(receipt.write().encode(), media_type="application/json", headers=headers)


async def export_audit(services: WithServices, asking: WithAsking, data: JSONBody[bodies.AuditExport]) -> Stream:
    """Download the whole audit log as a proof, for a SIEM (ocsf) or as csv. Each export is recorded, so this is no GET."""
    await sealing.check_may_export(services, asking, data.form)
    check_reason(data.reason or None)
    headers = {"Content-Disposition": f'attachment; filename="{data.form.file_name}"'}
    blocks = sealing.export_log(services, asking, data.form, reason=data.reason or None)
    return Stream(blocks, media_type=data.form.media_type, headers=headers)
