"""What the methods about the audit log ask for. To verify it, the whole log comes here: the server that is in doubt is not asked.

Each export is on record, so it is asked for once: after `Unreachable` it may be there without having arrived.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from tidegate.client.audit_shapes import AuditEvent, AuditPage, Seal
from tidegate.client.effects import Answer, Block, Flow, Give, Lost, Open, Plan, Request
from tidegate.client.errors import Unreachable, Unreadable
from tidegate.client.plans import answered, asked, change, checked, each_of, refused, told, word

if TYPE_CHECKING:
    from tidegate.audit.report import Report
    from tidegate.audit.verify import Verifier

EVENTS = "/api/audit/events"
LINE_LIMIT = 8_000_000
"""Bytes of a line: far above any event; what is longer is none of an export's."""


def list_audit(
    *,
    action: str | None = None,
    outcome: str | None = None,
    actor: UUID | str | None = None,
    target: UUID | str | None = None,
    page_size: int = 50,
    page_token: str | None = None,
) -> Plan[AuditPage]:
    """Return one page of audit events, newest first; `actor` and `target` are ids. Raises Forbidden, Problem, Unreachable."""
    given = told(action=action, outcome=outcome, actor=actor, target=target, page_size=page_size, page_token=page_token)
    return (yield from asked(Request("GET", EVENTS, query=given), AuditPage))


def each_audit_event(
    *,
    action: str | None = None,
    outcome: str | None = None,
    actor: UUID | str | None = None,
    target: UUID | str | None = None,
) -> Flow[AuditEvent]:
    """Give all audit events that match, newest first, page by page. Raises Forbidden, Problem, Unreachable."""
    yield from each_of(EVENTS, AuditPage, told(action=action, outcome=outcome, actor=actor, target=target))


def get_audit_event(id: UUID | str, /) -> Plan[AuditEvent]:
    """Return one audit event. Raises NotFound, Problem, Unreachable."""
    return (yield from asked(Request("GET", f"{EVENTS}/{word(id)}"), AuditEvent))


def get_receipt(id: UUID | str, /) -> Plan[bytes]:
    """Return the proof that an event is in the signed log, as a file. Raises Conflict until it is sealed, NotFound, Problem."""
    return checked((yield from answered(Request("GET", f"{EVENTS}/{word(id)}/receipt"))))


def get_seal() -> Plan[Seal]:
    """Return how far the log is sealed, with the newest checkpoint: keep it elsewhere. Raises Forbidden, Problem, Unreachable."""
    return (yield from asked(Request("GET", "/api/audit/seal"), Seal))


def export_audit(*, form: str = "proof", reason: str | None = None) -> Flow[bytes]:
    """Give the whole log as the bytes of a file, block by block: proof, ocsf or csv. Raises Forbidden, Problem, Unreachable."""
    yield from _opened(form, reason)
    while (block := (yield from _block())) is not None:
        yield Give(block)


def verify_audit(*keys: str, expected: Sequence[str] = (), reason: str | None = None) -> Plan["Report"]:
    """Fetch the whole log and find out here whether it is whole and unchanged; memory does not grow with it.

    `keys` are public keys (vkey, one line of `audit-ed25519.pub`) and `expected` checkpoints that you keep yourself: without
    them the log vouches for itself. Raises ValueError for a key that is none, Forbidden, Problem, Unreachable, Unreadable.
    """
    from tidegate.audit.checkpoint import VerifierKey  # noqa: PLC0415 - only who verifies loads what that needs
    from tidegate.audit.verify import Verifier  # noqa: PLC0415

    verifier, rest = Verifier([VerifierKey.parse(key) for key in keys], expected), b""
    yield from _opened("proof", reason)
    readable = True
    while (block := (yield from _block())) is not None:
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > LINE_LIMIT:
            raise Unreadable("the answer is no export of an audit log")
        readable = readable and _take(verifier, lines)
    if readable:
        _take(verifier, [rest])
    return verifier.finish()


def _take(verifier: "Verifier", lines: Sequence[bytes]) -> bool:
    """Check lines of an export; one that cannot be read ends it, as a finding: then return False."""
    from tidegate.audit.lines import NotAnExport, read_all  # noqa: PLC0415
    from tidegate.audit.report import Tampering  # noqa: PLC0415

    try:
        for line in read_all(line.decode(errors="surrogateescape") for line in lines):
            verifier.take(line)
    except NotAnExport as error:
        verifier.report.add(Tampering.MALFORMED, str(error))
        return False
    return True


def _opened(form: str, reason: str | None) -> Plan[None]:
    got: Answer | Lost = yield Open(change("/api/audit/exports", {"form": form, "reason": reason}))
    if isinstance(got, Lost):
        raise Unreachable(f"no answer from the server ({got.kind})")
    if not 200 <= got.status < 300:
        raise refused(got)


def _block() -> Plan[bytes | None]:
    """Return the next block, None at the end. Raises Unreachable."""
    got: bytes | Lost = yield Block()
    if not isinstance(got, Lost):
        return got
    if got.kind != Lost.END:
        raise Unreachable(f"the answer broke off ({got.kind})")
    return None
