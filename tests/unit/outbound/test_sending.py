"""A webhook is sent to checked addresses only, follows nobody, waits no longer than it may, and arrives signed."""

import time
from collections.abc import Iterator

import pytest

from tests.receiver import KEY, Receiver, receiving
from tidegate.outbound import signing
from tidegate.outbound.sending import BACKOFF_SECONDS, Delivery, Sender, Sent, next_wait

BODY = b'{"type":"ingestion.retry"}'
HERE = ("127.0.0.1/32",)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


async def test_it_arrives_signed_and_whole(receiver: Receiver) -> None:
    assert await Sender(HERE).send(receiver.at("/status/202"), [KEY], "msg_1", BODY) == Sent(Delivery.DELIVERED, 202)
    [(_, head, body)] = receiver.calls
    signing.verify(KEY, head, body, time.time())
    assert body == BODY
    assert head["content-type"] == "application/json"
    assert head["webhook-id"] == "msg_1"


@pytest.mark.parametrize(("path", "status"), [("/status/503", 503), ("/status/410", 410), ("/to", 302)])
async def test_what_is_not_taken_is_refused_and_no_redirect_followed(receiver: Receiver, path: str, status: int) -> None:
    sent = await Sender(HERE).send(receiver.at(path), [KEY], "msg_1", BODY)
    assert sent == Sent(Delivery.REFUSED, status)
    assert sent.is_final == (status == 410)
    assert len(receiver.calls) == 1


async def test_an_address_that_is_not_allowed_gets_nothing(receiver: Receiver) -> None:
    for url in (receiver.at("/"), receiver.at("/", "localhost"), "http://169.254.169.254/", "file:///etc/passwd", "http://"):
        assert await Sender(()).send(url, [KEY], "msg_1", BODY) == Sent(Delivery.BLOCKED_ADDRESS)
    assert receiver.calls == []


async def test_nobody_there_is_unreachable(receiver: Receiver) -> None:
    receiver.let_go.set()
    taken = receiver.server_port
    sender = Sender(HERE)
    assert (await sender.send("http://127.0.0.1:1/", [KEY], "msg_1", BODY)).delivery is Delivery.UNREACHABLE
    assert (await sender.send(f"http://127.0.0.1:{taken}/", [KEY], "msg_1", BODY)).delivery is Delivery.DELIVERED


async def test_a_silent_receiver_is_not_waited_for(receiver: Receiver) -> None:
    begun = time.monotonic()
    assert await Sender(HERE, seconds=0.3).send(receiver.at("/slow"), [KEY], "msg_1", BODY) == Sent(Delivery.UNREACHABLE)
    assert time.monotonic() - begun < 10


def test_the_waits_grow_and_end() -> None:
    waits = [next_wait(tries) for tries in range(1, len(BACKOFF_SECONDS) + 2)]
    assert waits[:-1] == sorted(BACKOFF_SECONDS)
    assert waits[-1] is None
