"""What an action came to, told once on the next page: a short-lived cookie holds a word of ours and ids, never a text."""

from dataclasses import dataclass
from uuid import UUID

from litestar.datastructures import Cookie

from tidegate.console.language import gettext as _
from tidegate.console.language import number

COOKIE = "tidegate-flash"


@dataclass(frozen=True)
class Flash:
    """A message about what was just done, with a link to its proof, and the address that takes it back where one does."""

    text: str
    tone: str
    icon: str
    url: str = ""
    link: str = ""
    undo: str = ""


def flash_cookie(word: str, id: UUID | None = None, n: int = 0) -> Cookie:
    """Return the cookie that makes the next page say what was done."""
    return Cookie(key=COOKIE, value=f"{word}.{id or ''}.{n}", max_age=60, path="/", httponly=True, samesite="lax")


def gone_cookie() -> Cookie:
    """Return the cookie that makes a browser forget what was said."""
    return Cookie(key=COOKIE, value="", max_age=0, path="/", httponly=True, samesite="lax")


def read_flash(value: str | None) -> Flash | None:
    """Return the message of a cookie, None for anything that is not one of ours."""
    parts = (value or "").split(".")
    if len(parts) != 3 or parts[0] not in SAID or not parts[2].isdecimal() or len(parts[2]) > 9:
        return None
    word, page = parts[0], SAID[parts[0]][1]
    try:
        id = str(UUID(parts[1])) if parts[1] else ""
    except ValueError:
        return None
    url, undo = (pattern.format(id) if id else "" for pattern in (page, UNDONE.get(word, "")))
    tone, icon = NOT_DONE.get(word, ("succeeded", "state-succeeded"))
    text, link = _(SAID[word][0]).format(n=number(int(parts[2]))), _(SAID[word][2]) if url else ""
    return Flash(text, tone, icon, url, link, undo)


SAID = {
    "retried": ("Attempt {n} is queued.", "/audit/{}", "See the audit event"),
    "cancelled": ("The job is cancelled.", "/audit/{}", "See the audit event"),
    "role": ("The role is changed, and it holds at once.", "/audit/{}", "See the audit event"),
    "password": ("The new password holds; your other sessions have ended.", "/audit/{}", "See the audit event"),
    "closed": ("The account is closed, with its sessions and tokens.", "/audit/{}", "See the audit event"),
    "opened": ("The account is open again.", "/audit/{}", "See the audit event"),
    "content": ("The right to read content is changed, and it holds at once.", "/audit/{}", "See the audit event"),
    "revoked": ("It no longer holds.", "/audit/{}", "See the audit event"),
    "channel": ("The channel is saved, and it holds at once.", "/audit/{}", "See the audit event"),
    "channel-removed": ("The channel is removed.", "/audit/{}", "See the audit event"),
    "channel-tested": ("A test is on its way; the log tells what comes of it.", "/audit/{}", "See the audit event"),
    "source": ("The source is saved, and it holds at once.", "/audit/{}", "See the audit event"),
    "source-scan": ("A scan waits for its turn; the list below tells what comes of it.", "/audit/{}", "See the audit event"),
    "source-paused": ("The source is paused.", "/audit/{}", "See the audit event"),
    "source-resumed": ("The source goes on.", "/audit/{}", "See the audit event"),
    "source-removed": ("The source is removed.", "/audit/{}", "See the audit event"),
    "system": ("How this system is asked is saved, and it holds at once.", "/audit/{}", "See the audit event"),
    "system-removed": ("The system is removed.", "/audit/{}", "See the audit event"),
    "acknowledged": ("The failure is acknowledged.", "", ""),
    "acknowledged-many": ("Failures acknowledged: {n}.", "/audit/{}", "See the audit event"),
    "unacknowledged": ("The failure is unresolved again.", "/audit/{}", "See the audit event"),
    "signed-out": ("You are signed out.", "", ""),
    "ended": ("Your session has ended. Sign in, and you are back where you were.", "", ""),
}

UNDONE = {"acknowledged": "/ingestion/jobs/{}/unacknowledge"}
"""Where what was done is taken back by one click."""

NOT_DONE = {"ended": ("waiting", "clock")}
"""Tone and icon of what is told, but is no success."""
