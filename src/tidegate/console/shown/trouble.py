"""What a problem page says: what happened, what became of the request, and the way on."""

from dataclasses import dataclass
from urllib.parse import urlencode

from tidegate.console.language import gettext as _
from tidegate.console.shown.sentences import say
from tidegate.web.problems import Problem


@dataclass(frozen=True)
class Trouble:
    """A problem told; `reload` is the number of seconds after which the page tries again, 0 for never."""

    status: int
    title: str
    text: str
    hint: str
    icon: str
    reference: str
    reload: int = 0


def tell(problem: Problem, method: str) -> Trouble:
    """Return what the page of a problem says; only what was a GET may be asked for again by itself."""
    kind = problem.status if problem.status in TOLD else None
    reference = str(problem.facts.get("reference", ""))
    reload = int(problem.headers.get("Retry-After", "5")) if problem.status == 503 and method == "GET" else 0
    return Trouble(problem.status, _(TOLD[kind][0]), say(problem.sentence), _(TOLD[kind][1]), TOLD[kind][2], reference, reload)


def sign_in_address(path: str, query: str, method: str) -> str:
    """Return the address of the sign-in that leads back to the wanted page."""
    wanted = f"{path}?{query}" if query else path
    return f"/sign-in?{urlencode({'next': wanted})}" if method == "GET" and path != "/" else "/sign-in"


TOLD = {
    None: ("This cannot be done", "", "warning"),
    400: ("This request cannot be understood", "Go back and try it again.", "warning"),
    401: ("You are not signed in", "Sign in and try it again.", "lock"),
    403: ("This is not yours to do", "An administrator can give you the role.", "lock"),
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
    503: ("The database is away", "It is back in a moment as a rule; then try again.", "database"),
}
