from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tidegate.domain.windows import BARS, Window

NOW = datetime(2026, 11, 23, 9, 7, 41, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Asia/Kathmandu")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("window", Window)
def test_bars_follow_each_other_and_the_last_one_holds_now(window: Window, zone: str) -> None:
    edges = window.edges(NOW, ZoneInfo(zone))
    assert len(edges) == BARS[window][1] + 1
    assert edges == sorted(set(edges))
    assert edges[-2] <= NOW < edges[-1]
    assert all(edge.tzinfo is UTC for edge in edges)


def test_short_bars_are_cut_by_the_clock() -> None:
    assert Window.HOUR.edges(NOW, UTC)[-2:] == [NOW.replace(minute=5, second=0), NOW.replace(minute=10, second=0)]
    assert Window.DAY.edges(NOW, UTC)[-2] == NOW.replace(minute=0, second=0)
    assert Window.DAY.edges(NOW, UTC)[0] == NOW.replace(minute=30, second=0) - timedelta(days=1)


def test_days_and_quarters_of_days_are_the_readers() -> None:
    berlin, kolkata = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
    assert {edge.astimezone(kolkata).hour for edge in Window.MONTH.edges(NOW, kolkata)} == {0}
    assert {edge.astimezone(berlin).hour for edge in Window.WEEK.edges(NOW, berlin)} == {0, 6, 12, 18}


def test_the_days_on_which_clocks_are_changed_are_shorter_and_longer() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    def longest_and_shortest(now: datetime) -> set[timedelta]:
        edges = Window.MONTH.edges(now, berlin)
        return {end - start for start, end in pairwise(edges)}

    assert longest_and_shortest(datetime(2026, 11, 10, 12, tzinfo=UTC)) == {timedelta(hours=24), timedelta(hours=25)}
    assert longest_and_shortest(datetime(2026, 4, 10, 12, tzinfo=UTC)) == {timedelta(hours=24), timedelta(hours=23)}
