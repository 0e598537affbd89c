"""What is asked before an act, and what follows the answer: it is done and told of, or asked again with the refusal."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from litestar import Response
from litestar.response import Redirect

from tidegate.console.flash import flash_cookie
from tidegate.console.pages.forms import Form
from tidegate.console.shown.asking import Question
from tidegate.console.shown.sentences import say
from tidegate.console.viewing import Viewer
from tidegate.domain.refusals import Conflict, Invalid, Refusal
from tidegate.operations.door import Asking, Command, Services, perform
from tidegate.operations.jobs import REASON_LIMIT


class Recorded(Protocol):
    """What was done, and where that is on record."""

    @property
    def audit_event_id(self) -> UUID:
        """The audit event."""


@dataclass(frozen=True)
class Answer:
    """What was answered, the word that tells that it is done, and the page that is shown then."""

    word: str
    page: str
    form: Form


def show_question(viewer: Viewer, question: Question, reason: str = "", refusal: Refusal | None = None) -> Response[str]:
    """Return a question as a dialog, or as a page of its own; with the reason that was given, where it was refused."""
    return viewer.page(
        "parts/question.html" if viewer.fragment else "question.html",
        status=refusal.status if refusal else 200,
        question=question,
        reason=reason,
        reason_limit=REASON_LIMIT,
        problem=say(refusal) if refusal else "",
    )


async def carry_out(
    services: Services,
    viewer: Viewer,
    asking: Asking,
    command: Command[Recorded],
    answer: Answer,
    ask: Callable[[], Awaitable[Question]],
) -> Response[str]:
    """Do what was asked about and lead to the answer's page; `ask` again, with the refusal, when it cannot be done."""
    try:
        done = await perform(services, asking, command)
    except (Conflict, Invalid) as refusal:
        return show_question(viewer, await ask(), answer.form.get("reason", ""), refusal)
    return Redirect(answer.page, status_code=303, cookies=[flash_cookie(answer.word, done.audit_event_id)])
