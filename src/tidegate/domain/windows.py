"""The windows that the pulse is looked at through, each cut into bars."""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum


class Window(StrEnum):
    """How far back one looks. The last bar is the one that is still filling."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    def edges(self, now: datetime, zone: tzinfo) -> list[datetime]:
        """Return where the bars begin, oldest first, and last where the newest will end; in UTC.

        Bars of minutes are cut by the clock, those of a week and a month by the reader's wall: a day is a day of `zone`, and
        has 23 or 25 hours where the clocks are changed.
        """
        step, bars = BARS[self]
        if step < timedelta(hours=1):
            newest = now - (now - datetime.fromtimestamp(0, UTC)) % step
            return [(newest + step * number).astimezone(UTC) for number in range(1 - bars, 2)]
        wall = now.astimezone(zone).replace(tzinfo=None)
        newest = wall - (wall - datetime.combine(wall.date(), datetime.min.time())) % step
        return [(newest + step * number).replace(tzinfo=zone).astimezone(UTC) for number in range(1 - bars, 2)]


BARS = {
    Window.HOUR: (timedelta(minutes=5), 12),
    Window.DAY: (timedelta(minutes=30), 48),
    Window.WEEK: (timedelta(hours=6), 28),
    Window.MONTH: (timedelta(days=1), 30),
}
"""The width of a window's bars and their number."""
