"""Jobs and batches: list, look, submit, retry, cancel."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response
from litestar.params import FromPath, JSONBody, QueryParameter

from tidegate.access import policy
from tidegate.domain.actor import Permission
from tidegate.domain.failures import CATALOGUE, known
from tidegate.domain.lifecycle import State
from tidegate.operations import batches, reading, standing
from tidegate.operations.door import perform
from tidegate.operations.jobs import Cancel, Cancelled, Retried, Retry, Submitted
from tidegate.operations.submission import Given, check_may_submit, submit
from tidegate.web.parameters import WithActor, WithAsking, WithServices, WithStore
from tidegate.web.uploads import received

from . import bodies, shapes, showing
from .narrowing import WithFilter
from .paging import PageSize, PageToken, id_of, token_of
from .preconditions import IfMatch, version_in

StateFilter = Annotated[State | None, QueryParameter(name="state")]


async def list_jobs(
    services: WithServices,
    actor: WithActor,
    narrowed: WithFilter,
    in_state: StateFilter = None,
    page_size: PageSize = 50,
    page_token: PageToken = None,
) -> shapes.JobPage:
    """List jobs, newest first, with the counts of all that match by state and by attention (those two filters aside)."""
    wanted = narrowed.narrowed(state=in_state)
    page, counts = await reading.look_at_jobs(services, actor, wanted, before=id_of(page_token), limit=page_size)
    return shapes.JobPage(
        items=[showing.job_row(job) for job in page.jobs],
        next_page_token=token_of(page.next_before),
        counts=counts.states,
        attention=counts.attention,
    )


async def count_jobs(services: WithServices, actor: WithActor, narrowed: WithFilter) -> shapes.Counts:
    """Count jobs by state and attention. Where counting stopped (`more`), there are so many at least."""
    counts = await reading.count_jobs(services, actor, narrowed.narrowed())
    return shapes.Counts(counts.states, counts.attention)


async def get_job(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> Response[shapes.JobDetail]:
    """Show a job with its attempts, steps, history, failure, why it waits and what you may do to it. The ETag is its version."""
    job = await reading.get_job(services, actor, id)
    stands = await standing.standing(services, actor, job)
    return Response(showing.job_detail(actor, job, stands), headers={"ETag": f'"{job.summary.version}"'})


async def submit_jobs(services: WithServices, asking: WithAsking, data: JSONBody[bodies.Submission]) -> Response[Submitted]:
    """Submit paths and web addresses as one batch. One bad entry refuses all; `kind` and `index` name it."""
    given = Given(paths=data.paths, urls=data.urls)
    return _accepted(await submit(services, asking, given, pipeline=data.pipeline, reason=data.reason))


async def upload_jobs(
    services: WithServices, asking: WithAsking, request: Request[Any, Any, Any], store: WithStore
) -> Response[Submitted]:
    """Upload files as one batch: multipart/form-data, each part with a file name is a file; fields `pipeline` and `reason`."""
    await check_may_submit(services, asking)
    async with received(request, store, services.settings.max_file_bytes) as form:
        pipeline, reason = form.fields.get("pipeline") or "documents", form.fields.get("reason") or None
        return _accepted(await submit(services, asking, Given(uploads=form.files), pipeline=pipeline, reason=reason))


async def retry_job(
    services: WithServices,
    asking: WithAsking,
    id: FromPath[UUID],
    data: JSONBody[bodies.RetryRequest | None] = None,
    if_match: IfMatch = None,
) -> Response[Retried]:
    """Try a failed job again as a new attempt. 409 tells the current state; two at once make one attempt."""
    given = data or bodies.RetryRequest()
    command = Retry(id, given.mode, given.reason or None, version_in(if_match))
    retried = await perform(services, asking, command)
    return Response(retried, headers={"Location": f"/api/ingestion/jobs/{id}"})


async def cancel_job(
    services: WithServices,
    asking: WithAsking,
    id: FromPath[UUID],
    data: JSONBody[bodies.Why | None] = None,
    if_match: IfMatch = None,
) -> Cancelled:
    """Cancel a job that waits or runs."""
    return await perform(services, asking, Cancel(id, (data.reason or None) if data else None, version_in(if_match)))


async def list_batches(
    services: WithServices, actor: WithActor, page_size: PageSize = 50, page_token: PageToken = None
) -> shapes.BatchPage:
    """List batches, newest first, each with how its jobs stand."""
    page = await batches.list_batches(services, actor, before=id_of(page_token), limit=page_size)
    return shapes.BatchPage(
        items=[shapes.BatchRow(batch=row.batch, states=row.states, is_over=row.is_over) for row in page.batches],
        next_page_token=token_of(page.next_before),
    )


async def get_batch(services: WithServices, actor: WithActor, id: FromPath[UUID]) -> shapes.BatchDetail:
    """Show how a batch stands."""
    tally = await reading.get_batch(services, actor, id)
    return shapes.BatchDetail(
        batch=tally.batch, states=tally.states, duplicates=tally.duplicates, failures=tally.failures, is_over=tally.is_over
    )


async def list_workers(services: WithServices, actor: WithActor) -> shapes.Workers:
    """List the workers that are alive."""
    return shapes.Workers(await reading.list_workers(services, actor))


async def list_failures(actor: WithActor) -> shapes.Catalogue:
    """List every failure that a job may meet, with cause, remedy and who can fix it; to readers also what pipelines declare."""
    told = known() if policy.may(actor, Permission.JOB_READ) else CATALOGUE
    return shapes.Catalogue([showing.catalogue_entry(code, entry) for code, entry in told.items()])


def _accepted(submitted: Submitted) -> Response[Submitted]:
    return Response(submitted, headers={"Location": f"/api/ingestion/batches/{submitted.batch_id}"})
