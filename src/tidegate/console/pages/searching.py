"""Finding what was ingested, and reading it."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from tidegate.access import policy
from tidegate.console.shown import facts, found
from tidegate.console.shown.moments import Moment
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Request, WithViewer
from tidegate.domain.actor import Permission
from tidegate.domain.refusals import Invalid
from tidegate.ledger.views import SearchMode
from tidegate.operations import reading
from tidegate.web.parameters import WithServices

HITS = 30


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the passages that match, or the empty form."""
    text, problem = request.query_params.get("q", "").strip(), ""
    mode = SearchMode.MEANING if request.query_params.get("mode") == SearchMode.MEANING else SearchMode.WORDS
    policy.authorise(viewer.actor, Permission.CONTENT_READ)
    hits: list[found.Hit] = []
    try:
        hits = found.hits(await reading.search(services, viewer.actor, text, limit=HITS, mode=mode)) if text else []
    except Invalid as refusal:
        problem = say(refusal)
    return viewer.page(
        "search.html", text=text[:500], hits=hits, problem=problem, more=len(hits) == HITS, by_meaning=mode is SearchMode.MEANING,
        has_meaning=services.meaning is not None,
    )  # fmt: skip


async def show_document(request: Request, services: WithServices, viewer: WithViewer, id: FromPath[UUID]) -> Response[str]:
    """Show a document's text, page by page."""
    given = request.query_params.get("after", "")
    content = await reading.read_content(
        services, viewer.actor, id, after=int(given) if given.isdecimal() and len(given) < 9 else -1
    )
    made: Moment = viewer.clock.at(content.document.created_at)
    return viewer.page(
        "document.html", document=content.document, measures=facts.document_line(content.document), made=made,
        passages=found.passages(content.chunks), first=given == "", next=content.next_after,
    )  # fmt: skip
