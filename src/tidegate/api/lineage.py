"""Runs of other systems: their OpenLineage events come in, and what was asked of them is fetched."""

import zlib
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import JSONBody

from tidegate.domain.refusals import Invalid, TooLarge
from tidegate.ledger.rerun_calls import AskedRun
from tidegate.operations.door import perform
from tidegate.operations.external import runs
from tidegate.operations.external.runs import Recorded
from tidegate.operations.external.systems import CLAIM_LIMIT, ClaimRuns
from tidegate.web.parameters import WithAsking, WithServices

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of a body, unpacked too: a hundred events with large facets."""


class ClaimRequest(msgspec.Struct, frozen=True):
    """Which system comes asking, and how many runs it can take up now."""

    namespace: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=CLAIM_LIMIT)] = 10


class ClaimedRuns(msgspec.Struct, frozen=True):
    """What the system is to run again. Each is its own until a run of it is heard of, or for a minute."""

    items: list[AskedRun]


async def record_runs(services: WithServices, asking: WithAsking, request: Request[Any, Any, Any]) -> Recorded:
    """Take in OpenLineage events: one as a JSON object, or up to 100 in an array; gzip is understood.

    START, RUNNING, COMPLETE, FAIL and ABORT of a run make a job of the pipeline `namespace/name`. They may come out of order and
    more than once. Events of datasets and of jobs alone are counted as ignored.
    """
    body = _plain(await request.body(), request.headers.get("content-encoding", ""))
    return await runs.receive(services, asking, body)


async def claim_runs(services: WithServices, asking: WithAsking, data: JSONBody[ClaimRequest]) -> ClaimedRuns:
    """Fetch what a system is to run again, for one that cannot be called. By coming it says that it can be asked."""
    return ClaimedRuns(await perform(services, asking, ClaimRuns(data.namespace, data.limit)))


def _plain(body: bytes, encoding: str) -> bytes:
    """Return a body as it was before it was packed. Raises TooLarge, Invalid."""
    if encoding.strip().lower() in {"", "identity"}:
        return body
    if encoding.strip().lower() != "gzip":
        raise Invalid("bad_encoding", "Only gzip is understood as a Content-Encoding.")
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(body, BODY_LIMIT)
    except zlib.error as error:
        raise Invalid("bad_encoding", "The body is not gzip.") from error
    if unpacking.unconsumed_tail:
        raise TooLarge("body_too_large", "A body has at most {limit} bytes.", limit=BODY_LIMIT)
    if not unpacking.eof:
        raise Invalid("bad_encoding", "The body is not gzip.")
    return plain
