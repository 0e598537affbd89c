from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.console.samples import CLOCK, NOW, ago
from tidegate.console.shown.moments import Clock, duration, span, zone_label, zone_of


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 d"),
    ],
)
def test_a_span_has_one_unit(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "40 ms"), (2.44, "2.4 s"), (59, "59 s"), (192, "3 min 12 s"), (3840, "1 h 4 min")],
)
def test_a_duration_is_as_fine_as_it_is_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_moment_counts_up_and_says_the_exact_instant() -> None:
    moment = CLOCK.since(ago(7200), "failed {} ago")
    assert (moment.text, moment.tick, moment.exact) == ("failed 2 h ago", "up", "23 Nov 2026, 07:00:00 UTC")
    assert datetime.fromisoformat(moment.iso) == ago(7200)


def test_a_moment_to_come_counts_down_and_stops_at_zero() -> None:
    assert CLOCK.until(NOW + timedelta(seconds=30), "in {}").text == "in 30 s"
    assert CLOCK.until(ago(3), "in {}").text == "in 0 s"


def test_times_are_shown_in_the_readers_zone() -> None:
    assert Clock(NOW, zone_of("Europe/Berlin")).exact(NOW) == "23 Nov 2026, 10:00:00 CET"


@pytest.mark.parametrize("name", [None, "", "Nowhere/Land", "../../etc/passwd", "x" * 80, "\0"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert zone_of(name) is UTC


def test_a_zone_without_letters_is_told_by_its_offset() -> None:
    assert zone_label(NOW.astimezone(zone_of("America/Sao_Paulo"))) == "UTC-03:00"
