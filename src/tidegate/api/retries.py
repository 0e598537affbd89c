"""Retrying many jobs as one act: look first, then freeze the set, then follow what becomes of it."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from tidegate.ledger.bulk import Verdict
from tidegate.operations import bulk_retry
from tidegate.operations.bulk_retry import RetryMany
from tidegate.operations.door import perform
from tidegate.web.parameters import WithActor, WithAsking, WithServices

from . import bodies, many_shapes, showing_many
from .narrowing import checked
from .paging import PageSize, PageToken, id_of, token_after

VerdictChoice = Annotated[Verdict | None, QueryParameter(description="Only what came to this.")]

ANSWERS = {
    200: ResponseSpec(
        many_shapes.RetryPreview, generate_examples=False, description="A dry run: nothing was changed, nothing recorded"
    ),
    202: ResponseSpec(
        many_shapes.RetryOfMany, generate_examples=False, description="The set is frozen; Location tells how far it is"
    ),
}
"""The two answers of `retry_many`, each with its own shape."""


async def retry_many(
    services: WithServices, asking: WithAsking, data: JSONBody[bodies.RetryOfMany]
) -> Response[many_shapes.RetryPreview] | Response[many_shapes.RetryOfMany]:
    """Retry all failed jobs of a filter, or those named by id; with `dry_run` tell (200) what the same request would do.

    The set is frozen and worked off on the server, each job with an audit event of its own. Send the preview's `as_of`, and
    its `will_retry` as `expected`: then no more is retried than you were shown, or it is a 409 and nothing is.
    """
    narrowed = data.narrowed()
    if data.dry_run:
        seen = await bulk_retry.preview(services, asking.actor, narrowed, data.mode)
        return Response(showing_many.preview(seen), status_code=200)
    command = RetryMany(narrowed, data.reason, data.mode, checked("as_of", data.as_of), data.expected)
    retry = await perform(services, asking, command)
    return Response(showing_many.retry_of_many(retry), headers={"Location": f"/api/ingestion/retries/{retry.id}"})


async def list_retries(
    services: WithServices, actor: WithActor, page_size: PageSize = 50, page_token: PageToken = None
) -> many_shapes.RetryPage:
    """List retries of many, newest first."""
    found = await bulk_retry.list_bulk(services, actor, before=id_of(page_token), limit=page_size)
    next_page_token = token_after([retry.id for retry in found], page_size)
    return many_shapes.RetryPage(items=[showing_many.retry_of_many(retry) for retry in found], next_page_token=next_page_token)


async def get_retry(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> many_shapes.RetryOfManyDetail:
    """Show a retry of many: how far it is, and how its retried jobs stand now."""
    retry = await bulk_retry.get(services, actor, id)
    outcomes = await bulk_retry.outcomes(services, actor, retry)
    return many_shapes.RetryOfManyDetail(retry=showing_many.retry_of_many(retry), outcomes=outcomes)


async def list_retried_jobs(
    services: WithServices,
    actor: WithActor,
    id: FromPath[UUID],
    verdict: VerdictChoice = None,
    page_size: PageSize = 50,
    page_token: PageToken = None,
) -> many_shapes.RetriedJobPage:
    """List the jobs of a retry of many, newest first: what became of each, and why not if it was not retried."""
    await bulk_retry.get(services, actor, id)
    found = await bulk_retry.list_items(services, actor, id, verdict=verdict, before=id_of(page_token), limit=page_size)
    next_page_token = token_after([item.job_id for item in found], page_size)
    return many_shapes.RetriedJobPage(items=[showing_many.retried_job(item) for item in found], next_page_token=next_page_token)
