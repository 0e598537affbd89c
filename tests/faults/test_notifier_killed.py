"""A notifier is killed while a message is on its way; another one follows. Nothing is lost, and no message has two ids."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import processes, story
from tests.counterparts import SECRET, Receiver, receiving
from tidegate.channels.channel import ChannelKind, Event, Terms
from tidegate.channels.outbox import Delivery, Outcome
from tidegate.domain.failures import FailureCode
from tidegate.operations import channels
from tidegate.operations.channels import AddChannel
from tidegate.operations.door import Services, perform

CODES = (FailureCode.DOCUMENT_CORRUPT, FailureCode.DOCUMENT_ENCRYPTED, FailureCode.DOCUMENT_EMPTY)
EACH = 4
HERE = "127.0.0.1/32"
LEASE_OVER = "UPDATE delivery SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


async def test_a_killed_notifier_loses_nothing_and_doubles_no_id(services: Services, receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "hook").write_text(SECRET, encoding="utf-8")
    terms = Terms(
        name="hook", kind=ChannelKind.WEBHOOK, target=receiver.url, secret=f"file:{tmp_path / 'hook'}", events=[Event.FAILED],
        window_seconds=1,
    )  # fmt: skip
    channel = (await perform(services, story.OPERATOR, AddChannel(terms))).id
    receiver.let_go.clear()
    async with processes.running(services.settings, "serve", "--port", "0", allowed_hosts=HERE) as first:
        for number in range(EACH * len(CODES)):
            await story.failed(services, CODES[number % len(CODES)])
        assert await asyncio.to_thread(receiver.knocked.wait, 90)
        os.killpg(first.pid, signal.SIGKILL)
        await first.wait()
    receiver.let_go.set()
    for _ in range(EACH):
        await story.failed(services, FailureCode.DOCUMENT_CORRUPT)
    async with services.pool.connection() as connection:
        await connection.execute(LEASE_OVER)
    async with processes.running(services.settings, "serve", "--port", "0", allowed_hosts=HERE), asyncio.timeout(90):
        told: list[Delivery] = []
        while sum(one.n for one in told if one.done_at) < EACH * (len(CODES) + 1):
            told = list(await channels.list_deliveries(services, story.OPERATOR.actor, channel))
            await asyncio.sleep(0.05)

    assert {one.outcome for one in told} == {Outcome.DELIVERED}
    assert sum(one.n for one in told) == EACH * (len(CODES) + 1)
    assert receiver.ids == {f"msg_{one.id.hex}" for one in told}
    assert max(one.tries for one in told) > 1, "nothing was under way when it was killed"
    assert receiver.forged == 0
