"""Times as people read them: a short span that may tick, and always the exact instant with its zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from tidegate.console.language import gettext as _
from tidegate.console.language import number

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ZONES = {"WET": "WET", "WEST": "WEST", "CET": "CET", "CEST": "CEST", "EET": "EET", "EEST": "EEST"}
"""Letters that other languages have their own for."""


@dataclass(frozen=True)
class Clock:
    """The reader's clock: the moment that the page was made, and the zone that it shows."""

    now: datetime
    zone: tzinfo = UTC

    @property
    def zone_name(self) -> str:
        """The zone as shown beside times: `CET`, or `UTC+05:30` where it has no letters."""
        return zone_label(self.now.astimezone(self.zone))

    def exact(self, at: datetime) -> str:
        """Return an instant to the second, with its zone: `23 Nov 2026, 23:15:44 CET`, `23. Nov. 2026, 23:15:44 MEZ`."""
        local = at.astimezone(self.zone)
        return _("{day} {month} {year}, {time} {zone}").format(
            day=local.day, month=_(MONTHS[local.month]), year=local.year, time=f"{local:%H:%M:%S}", zone=zone_label(local)
        )

    def since(self, at: datetime, pattern: str = "{}") -> "Moment":
        """Return how long ago something was, in a pattern such as `failed {} ago`; it counts up."""
        return Moment(
            at.astimezone(UTC).isoformat(), pattern.format(span((self.now - at).total_seconds())), self.exact(at), "up", pattern
        )

    def until(self, at: datetime, pattern: str = "{}") -> "Moment":
        """Return how long something is away; it counts down to zero."""
        return Moment(
            at.astimezone(UTC).isoformat(), pattern.format(span((at - self.now).total_seconds())), self.exact(at), "down", pattern
        )

    def hour(self, at: datetime) -> str:
        """Return the time of day of an instant, for what is near: `09:14:05`."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"

    def time(self, at: datetime, pattern: str = "{}") -> "Moment":
        """Return an instant as its time of day, in a pattern such as `at about {}`; it does not tick."""
        return Moment(at.astimezone(UTC).isoformat(), pattern.format(self.hour(at)), self.exact(at), "", "")

    def at(self, at: datetime) -> "Moment":
        """Return an instant in full, for the audit log: nothing relative, nothing that ticks."""
        return Moment(
            at.astimezone(UTC).isoformat(), self.exact(at), at.astimezone(UTC).isoformat(timespec="milliseconds"), "", ""
        )


@dataclass(frozen=True)
class Moment:
    """One `<time>`: machine-readable instant, text, exact text, and how the script keeps it true."""

    iso: str
    text: str
    exact: str
    tick: str
    pattern: str


def day_of(local: datetime) -> str:
    """Return a day without its year: `23 Nov` in English, `23. Nov.` in German."""
    return _("{day} {month}").format(day=local.day, month=_(MONTHS[local.month]))


def weekday_of(local: datetime) -> str:
    """Return the short name of a day of the week: `Mon`, `Mo`."""
    return _(WEEKDAYS[local.weekday()])


def zone_of(name: str | None) -> tzinfo:
    """Return the zone that a browser named, UTC when it named none that exists."""
    if not name or len(name) > 64:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def zone_label(local: datetime) -> str:
    """Return a zone's letters, or its offset from UTC where the database of zones has only a number."""
    letters = local.tzname() or "UTC"
    if letters in ZONES:
        return _(ZONES[letters])
    if letters[:1] not in "+-":
        return letters
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // MINUTE
    return f"UTC{'+' if minutes >= 0 else '-'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def span(seconds: float) -> str:
    """Return a rough span, one unit: `12 s`, `3 min`, `5 h`, `9 d`. live/clock.js holds the same rule."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return _("{n} s").format(n=whole)
    if whole < HOUR:
        return _("{n} min").format(n=whole // MINUTE)
    if whole < 2 * DAY:
        return _("{n} h").format(n=whole // HOUR)
    return _("{n} d").format(n=number(whole // DAY))


def duration(seconds: float) -> str:
    """Return a measured time: `40 ms`, `2.4 s`, `3 min 12 s`, `1 h 4 min`."""
    if seconds < 1:
        return _("{n} ms").format(n=max(0, round(seconds * 1000)))
    if seconds < 10:
        return _("{n} s").format(n=number(seconds, 1))
    if seconds < MINUTE:
        return _("{n} s").format(n=int(seconds))
    big, small = divmod(int(seconds), MINUTE) if seconds < HOUR else divmod(int(seconds) // MINUTE, 60)
    pattern = _("{big} min {small} s") if seconds < HOUR else _("{big} h {small} min")
    return pattern.format(big=big, small=small)
