"""Who looks at a page and how: actor, language, zone, colours, and the page made for them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import litestar
from litestar import MediaType, Response
from litestar.di import NamedDependency

from tidegate.access.policy import may
from tidegate.console.flash import COOKIE as FLASH_COOKIE
from tidegate.console.flash import Flash, gone_cookie, read_flash
from tidegate.console.language import LANGUAGES, Language, forms, hear, spoken
from tidegate.console.language import gettext as _
from tidegate.console.rendering import render
from tidegate.console.shown.moments import Clock, zone_of
from tidegate.console.shown.sentences import role_word
from tidegate.domain.actor import ANONYMOUS, Actor, Permission
from tidegate.web.parameters import WithActor

Request = litestar.Request[Any, Any, Any]

FRAGMENT_HEADER = "x-tidegate-fragment"
"""Sent by our script where it wants a part of a page."""

THEMES = ("system", "light", "dark")
THEME_COOKIE = "tidegate-theme"
LANGUAGE_COOKIE = "tidegate-language"
ZONE_COOKIE = "tz"
_KEY = "tidegate_viewer"

SCRIPT_WORDS = {
    "s": "{n} s",
    "min": "{n} min",
    "h": "{n} h",
    "d": "{n} d",
    "live": "Live",
    "polling": "Checked {} ago",
    "lost": "No connection, {} old",
    "held": "Paused, {} old",
    "all": "All {n} matching are selected",
    "copied": "Copied",
    "unsent": "The server did not answer, so it is not known whether this was done. Look before you try again.",
    "uploading": "{done} of {total} sent",
    "storing": "Everything is sent; it is being stored",
    "broken": "The upload was cut off. Nothing was submitted; try it again.",
}
SCRIPT_COUNTS = {
    "changed": ("{n} job changed", "{n} jobs changed"),
    "picked": ("{n} selected", "{n} selected"),
    "some_failed": ("{n} of them has failed and can be retried", "{n} of them have failed and can be retried"),
    "none_failed": ("It has not failed: there is nothing to retry", "None of them has failed: there is nothing to retry"),
    "paused": ("Updates paused while {n} is selected", "Updates paused while {n} are selected"),
    "since": ("{n} row has changed since", "{n} rows have changed since"),
}


@dataclass(frozen=True)
class Place:
    """One entry of the main navigation."""

    word: str
    url: str
    icon: str
    current: str


@dataclass(frozen=True)
class Viewer:
    """One reader of one page; `hosted` when a host site has signed them in, and signs them out."""

    actor: Actor
    clock: Clock
    theme: str
    path: str
    back: str = ""
    fragment: bool = False
    flash: Flash | None = None
    hosted: bool = False

    @property
    def signed_in(self) -> bool:
        """Whether anybody is."""
        return self.actor.role is not None

    @property
    def name(self) -> str:
        """The sign-in name."""
        return self.actor.name

    @property
    def initial(self) -> str:
        """The letter of the little picture."""
        return self.actor.name[:1].upper()

    @property
    def role(self) -> str:
        """The role in words."""
        return role_word(self.actor.role)

    @property
    def now(self) -> str:
        """The moment that the page was made: what the script measures ages from, whatever the browser's clock says."""
        return self.clock.now.isoformat(timespec="milliseconds")

    @property
    def zone(self) -> str:
        """The zone's name as the browser gave it."""
        return str(self.clock.zone)

    @property
    def time(self) -> str:
        """The time of day that the page was made, with its zone."""
        return f"{self.clock.now.astimezone(self.clock.zone):%H:%M:%S} {self.clock.zone_name}"

    @property
    def words(self) -> str:
        """The texts that the script shows, as JSON."""
        counts = {name: forms(*SCRIPT_COUNTS[name]) for name in SCRIPT_COUNTS}
        return json.dumps({name: _(SCRIPT_WORDS[name]) for name in SCRIPT_WORDS} | counts)

    @property
    def language(self) -> Language:
        """The language that the page is in."""
        return spoken()

    @property
    def languages(self) -> list[Language]:
        """The choices of languages."""
        return list(LANGUAGES.values())

    @property
    def themes(self) -> list[tuple[str, str, str]]:
        """The choices of colours: value, word, icon."""
        words = {"system": _("As the device"), "light": _("Light"), "dark": _("Dark")}
        return [(theme, words[theme], f"theme-{theme}") for theme in THEMES]

    @property
    def places(self) -> list[Place]:
        """The main navigation: what this reader may open."""
        known = [
            (Permission.JOB_READ, _("Ingestion"), "/ingestion", "list"),
            (Permission.CONTENT_READ, _("Search"), "/search", "search"),
            (Permission.AUDIT_READ, _("Audit log"), "/audit", "audit"),
            (Permission.PERSON_MANAGE, _("Administration"), "/admin", "people"),
        ]
        return [Place(word, url, icon, self._current(url)) for right, word, url, icon in known if may(self.actor, right)]

    @property
    def ingestion_places(self) -> list[Place]:
        """The pages on ingestion, side by side."""
        jobs = "page" if self.path == "/ingestion" else "true" if self.path.startswith("/ingestion/jobs/") else ""
        beside = [
            (_("Causes"), "/ingestion/causes", "cause"),
            (_("Pulse"), "/ingestion/pulse", "pulse"),
            (_("Batches"), "/ingestion/batches", "batch"),
            (_("Sources"), "/ingestion/sources", "database"),
            (_("Retries of many"), "/ingestion/retries", "retry"),
        ]
        return [
            Place(_("Jobs"), "/ingestion", "list", jobs),
            *(Place(word, url, icon, self._current(url)) for word, url, icon in beside),
        ]

    def page(self, template: str, *, status: int = 200, **context: object) -> Response[str]:
        """Return a page, or the part of one that a template is."""
        text = render(template, {"viewer": self, **context})
        cookies = [gone_cookie()] if self.flash and not self.fragment else None
        return Response(text, status_code=status, media_type=MediaType.HTML, cookies=cookies)

    def _current(self, url: str) -> str:
        if self.path == url:
            return "page"
        return "true" if self.path.startswith(f"{url}/") or (url == "/search" and self.path.startswith("/documents/")) else ""


WithViewer = NamedDependency[Viewer]
"""How a handler asks for its `viewer`."""


def listen(request: litestar.Request[Any, Any, Any]) -> None:
    """Take the language of a request for all that is said in answer to it."""
    hear(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))


async def begin(request: litestar.Request[Any, Any, Any]) -> None:
    """Listen in the task that answers: dependencies may run in tasks of their own, and what is not async in a thread."""
    listen(request)


async def provide_viewer(request: Request, actor: WithActor) -> Viewer:
    """`viewer`: who looks at the page."""
    viewer = viewer_of(request, actor)
    request.scope.setdefault("state", {})[_KEY] = viewer
    return viewer


def viewer_of(request: Request, actor: Actor = ANONYMOUS) -> Viewer:
    """Return who looks: the one already known for this request, else the given actor with the request's choices."""
    known = request.scope.get("state", {}).get(_KEY)
    if isinstance(known, Viewer):
        return known
    theme = request.cookies.get(THEME_COOKIE, "")
    query = f"?{request.url.query}" if request.url.query else ""
    return Viewer(
        actor,
        Clock(datetime.now(UTC), zone_of(request.cookies.get(ZONE_COOKIE))),
        theme if theme in THEMES else "system",
        request.url.path,
        request.url.path + query if request.method == "GET" else "",
        FRAGMENT_HEADER in request.headers,
        read_flash(request.cookies.get(FLASH_COOKIE)),
        hosted=request.app.state.sign_in is not None,
    )
