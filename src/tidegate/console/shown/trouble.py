"""What a problem page says: what happened, what became of the request, and the way on."""

from dataclasses import dataclass

from tidegate.access.policy import may
from tidegate.console.language import gettext as _
from tidegate.console.shown.sentences import role_word, say
from tidegate.domain.actor import Actor, Permission, Role
from tidegate.web.problems import Problem

FORBIDDEN, AWAY = "forbidden", 503


@dataclass(frozen=True)
class Way:
    """Where a reader may go on."""

    word: str
    url: str


@dataclass(frozen=True)
class Trouble:
    """A problem told. `reload` is after how many seconds the page looks again, 0 for never.

    `needs` and `own` say which role or right it takes, and what the reader is; '' where that is not the matter.
    """

    status: int
    title: str
    text: str
    hint: str
    icon: str
    reference: str
    way: Way
    reload: int = 0
    needs: str = ""
    own: str = ""


def tell(problem: Problem, method: str, path: str, reader: Actor) -> Trouble:
    """Return what the page of a problem says; only what was a GET may be asked for again by itself."""
    kind = problem.status if problem.status in TOLD else None
    title, hint, icon = _(TOLD[kind][0]), _(TOLD[kind][1]), TOLD[kind][2]
    reload = int(problem.headers.get("Retry-After", "5")) if problem.status == AWAY and method == "GET" else 0
    if problem.status == AWAY and not reload:
        hint = _("Reload this page in a moment to send the same again.")
    needs = _needed(str(problem.facts.get("needs", ""))) if problem.code == FORBIDDEN and reader.role else ""
    if not needs and problem.status == 403:
        hint = ""
    return Trouble(
        problem.status, title, "" if needs else say(problem.sentence), hint, icon,
        str(problem.facts.get("reference", "")), _way(path, reader), reload, needs, role_word(reader.role) if needs else "",
    )  # fmt: skip


def _needed(name: str) -> str:
    """Return a role, or the one right that comes apart from roles, as people say it."""
    role = next((role for role in Role if role.value == name), None)
    if role is not None:
        return _("the role {role}").format(role=role_word(role))
    return _("the right to read content") if name == Permission.CONTENT_READ else name


def _way(path: str, reader: Actor) -> Way:
    """Return the list that a page belongs to, the list of jobs where the reader may not open that."""
    places = [
        ("/admin/pipelines", Permission.PERSON_MANAGE, _("To the pipelines")),
        ("/admin", Permission.PERSON_MANAGE, _("To the people")),
        ("/audit", Permission.AUDIT_READ, _("To the audit log")),
    ]
    found = next((Way(word, url) for url, right, word in places if path.startswith(f"{url}/") and may(reader, right)), None)
    return found or Way(_("To the list of jobs"), "/ingestion")


TOLD = {
    None: ("This cannot be done", "", "warning"),
    400: ("This request cannot be understood", "Go back and try it again.", "warning"),
    401: ("You are not signed in", "Sign in and try it again.", "lock"),
    403: ("This is not open to you", "An administrator can give it to you; it then holds at once.", "lock"),
    404: ("Nothing here", "It may have been mistyped, or it is gone.", "search"),
    405: ("This address takes no such request", "Go back and try it from its page.", "warning"),
    409: ("It has changed in the meantime", "Look at it as it is now, then decide again.", "retry"),
    413: ("That is too large", "Submit less at once, or ask an administrator to raise the limit.", "warning"),
    429: ("Too many requests", "Wait a little, then try again.", "clock"),
    500: (
        "Something went wrong on our side",
        "Nothing that you did is at fault. Try again; if it goes on, pass on the reference.",
        "warning",
    ),
    503: ("The database is away", "It is back in a moment as a rule.", "database"),
}
