from types import SimpleNamespace
from typing import Any

import pytest

from tidegate.domain.refusals import TooMany
from tidegate.web import limits as module
from tidegate.web.limits import Limit, Limits, address_of

THREE = Limit("three", 3)


class Clock:
    """The time as a test sets it."""

    def __init__(self, at: float) -> None:
        self.at = at

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Thirty seconds into a minute."""
    clock = Clock(30 + 60 * 1000)
    monkeypatch.setattr(module, "time", clock)
    return clock


def refused(limits: Limits, limit: Limit = THREE) -> int:
    """Return for how many seconds a request is refused, 0 where it is not."""
    try:
        limits.spend(limit, "one")
    except TooMany as refusal:
        return int(refusal.facts["retry_after"])
    return 0


def test_a_limit_refuses_what_is_over_it_and_counts_each_alone(clock: Clock) -> None:
    limits = Limits()
    assert [bool(refused(limits)) for _ in range(5)] == [False, False, False, True, True]
    limits.spend(THREE, "another")
    limits.spend(Limit("of another name", 3), "one")


@pytest.mark.parametrize("spent", [3, 2])
def test_after_the_seconds_that_it_tells_one_may_and_no_sooner(clock: Clock, spent: int) -> None:
    limits = Limits()
    for _ in range(spent):
        limits.spend(THREE, "one")
    clock.at += 0 if spent == 3 else 35
    while not (seconds := refused(limits)):
        pass
    clock.at += seconds - 1.01
    assert refused(limits)
    clock.at += 1.01
    assert not refused(limits)


def test_a_minute_never_holds_more_than_the_limit_in_its_two_windows(clock: Clock) -> None:
    limits, passed = Limits(), []
    for _ in range(600):
        if not refused(limits):
            passed.append(clock.at)
        clock.at += 0.5
    assert 3 * 4 <= len(passed) <= 3 * 5 + 3
    assert max(sum(at <= other < at + 60 for other in passed) for at in passed) <= 2 * 3


def test_what_nobody_asks_for_any_more_is_forgotten(clock: Clock) -> None:
    limits = Limits()
    for number in range(1000):
        limits.spend(THREE, str(number))
    for _ in range(2):
        clock.at += 60
        limits.spend(THREE, "one")
    held = limits._counted["three"]
    assert len(held.now) + len(held.before) == 2


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("/run/socket", "/run/socket"),
    ],
)
def test_addresses_are_counted_by_who_holds_them(host: str, counted: str) -> None:
    connection: Any = SimpleNamespace(client=SimpleNamespace(host=host))
    assert address_of(connection) == counted
    nobody: Any = SimpleNamespace(client=None)
    assert address_of(nobody) == "unknown"
