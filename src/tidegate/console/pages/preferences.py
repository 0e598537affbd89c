"""How a reader wants pages: colours and language, kept in the browser."""

from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from tidegate.console.language import LANGUAGES
from tidegate.console.pages.forms import local_path, read_form
from tidegate.console.viewing import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Request

YEAR = 365 * 86400


async def choose_theme(request: Request) -> Response[str]:
    """Keep the reader's choice of colours."""
    form = await read_form(request)
    theme = form.get("theme", "")
    return _kept(THEME_COOKIE, theme if theme in THEMES else THEMES[0], form.get("back"))


async def choose_language(request: Request) -> Response[str]:
    """Keep the reader's choice of language; one that is not spoken here leaves it to the browser."""
    form = await read_form(request)
    tag = form.get("language", "")
    return _kept(LANGUAGE_COOKIE, tag if tag in LANGUAGES else "", form.get("back"))


def _kept(key: str, value: str, back: str | None) -> Response[str]:
    cookie = Cookie(key=key, value=value, max_age=YEAR if value else 0, path="/", samesite="lax")
    return Redirect(local_path(back), status_code=303, cookies=[cookie])
