"""What a server has loaded when it is ready is left out when the garbage collector looks for what can go."""

import gc
from collections.abc import Iterator

import pytest

from tidegate.cli.web import bind, serving
from tidegate.operations.door import Services


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


async def test_what_is_loaded_at_the_start_is_not_looked_through_again(services: Services) -> None:
    _, listening = bind(services.settings, "127.0.0.1", 0)
    async with serving(services, listening):
        assert gc.get_freeze_count() > 100_000
        assert len(gc.get_objects()) < gc.get_freeze_count() / 10
