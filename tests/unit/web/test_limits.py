from types import SimpleNamespace
from typing import Any

import pytest
from limits import RateLimitItemPerMinute

from tidegate.domain.refusals import TooMany
from tidegate.web.limits import Limits, address_of


async def test_a_limit_refuses_what_is_over_it_and_says_for_how_long() -> None:
    limits, three = Limits(), RateLimitItemPerMinute(3)
    for _ in range(3):
        await limits.spend(three, "one")
    with pytest.raises(TooMany) as refused:
        await limits.spend(three, "one")
    assert 1 <= int(refused.value.facts["retry_after"]) <= 120
    await limits.spend(three, "another")


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
