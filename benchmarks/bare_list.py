"""The list as a bare Litestar handler gives it: `python -m benchmarks.bare_list PORT URL`. No session, rights, limits, headers.

The same two statements on a pool of as many connections, and the same bytes as the API's answer. What it lacks is what the API's
own care costs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Response, get

from benchmarks.servers import serve_bare
from tidegate.api import shapes, showing
from tidegate.api.paging import token_of
from tidegate.db.connect import open_pool
from tidegate.ledger import counting, reads
from tidegate.ledger.views import JobFilter


def build(url: str) -> Litestar:
    """Return the application: one route."""

    @asynccontextmanager
    async def pooled(app: Litestar) -> AsyncIterator[None]:
        app.state.pool = await open_pool(url, name="bare list")
        try:
            yield
        finally:
            await app.state.pool.close()

    @get("/api/ingestion/jobs")
    async def list_jobs() -> Response[shapes.JobPage]:
        async with application.state.pool.connection() as connection:
            page = await reads.list_jobs(connection, JobFilter(), before=None, limit=50)
            counts = await counting.count_jobs(connection, JobFilter())
        return Response(
            shapes.JobPage(
                items=[showing.job_row(job) for job in page.jobs],
                next_page_token=token_of(page.next_before),
                counts=counts.states,
                attention=counts.attention,
            )
        )

    application = Litestar([list_jobs], lifespan=[pooled], openapi_config=None, logging_config=None)
    return application


if __name__ == "__main__":
    serve_bare(build)
