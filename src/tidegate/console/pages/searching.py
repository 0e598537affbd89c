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
from tidegate.operations import meaning, reading
from tidegate.web.parameters import WithServices

HITS = 30


async def show(request: Request, services: WithServices, viewer: WithViewer) -> Response[str]:
    """Show the passages that match, or the empty form."""
    text, problem = request.query_params.get("q", "").strip(), ""
    policy.authorise(viewer.actor, Permission.CONTENT_READ)
    asked = _asked(request.query_params.get("mode", ""))
    mode = asked or await meaning.usual_mode(services)
    hits, done = list[found.Hit](), mode
    try:
        if text:
            answer = await reading.search(services, viewer.actor, text, limit=HITS, mode=asked)
            hits, done = found.hits(answer.hits), answer.mode
    except Invalid as refusal:
        problem = say(refusal)
    return viewer.page(
        "search.html", text=text[:500], hits=hits, problem=problem, more=len(hits) == HITS, mode=mode, done=done,
        has_meaning=services.meaning is not None,
    )  # fmt: skip


def _asked(word: str) -> SearchMode | None:
    return SearchMode(word) if word in set(SearchMode) else None


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
