"""A channel to a real receiver on this machine, and times that are short."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from tests import story
from tests.counterparts import SECRET, Receiver, receiving
from tests.operations.telling.turns import EVERYTHING
from tidegate.channels.channel import ChannelKind, Terms
from tidegate.operations.channels import AddChannel
from tidegate.operations.door import Services, perform
from tidegate.settings import Settings


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings under which this machine may be told, and what stands still for a second is stuck."""
    return replace(settings, allowed_hosts=("127.0.0.1/32",), stuck_seconds=1.0, retry_delay_scale=0.002, lease_seconds=60.0)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """The reference of the webhook's secret."""
    place = tmp_path / "hook.secret"
    place.write_text(SECRET, encoding="utf-8")
    return f"file:{place}"


@pytest.fixture
async def hook(services: Services, receiver: Receiver, secret: str) -> UUID:
    """A channel to the receiver for everything that is told."""
    terms = Terms(name="hook", kind=ChannelKind.WEBHOOK, target=receiver.url, secret=secret, events=EVERYTHING)
    return (await perform(services, story.OPERATOR, AddChannel(terms))).id
