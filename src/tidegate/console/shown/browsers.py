"""What a browser is called, so that a person knows their own sessions again."""

import re

from tidegate.console.language import gettext as _

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Version", "Safari"),
)
"""Marks in a user agent, the more particular first: every browser also bears its forebears' names."""

SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Return `Firefox 140 on Windows`; of what is no browser the first word, such as `curl/8.5`."""
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    for mark, name in BROWSERS:
        found = re.search(rf"\b{mark}/(\d+)", user_agent)
        if found:
            known = f"{name} {found[1]}"
            return _("{browser} on {system}").format(browser=known, system=system) if system else known
    return user_agent.split(" ", 1)[0][:60] or _("Unknown browser")
