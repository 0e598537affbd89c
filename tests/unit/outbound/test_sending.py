"""A webhook is sent to checked addresses only, follows nobody, waits no longer than it may, and arrives signed."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from tidegate.outbound import signing
from tidegate.outbound.sending import BACKOFF_SECONDS, Delivery, Sender, Sent, next_wait

KEY = b"k" * 32
BODY = b'{"type":"ingestion.retry"}'
HERE = ("127.0.0.1/32",)


class Receiver(ThreadingHTTPServer):
    """Answers `/status/503` with 503, `/to` with a redirect to `/status/200`, and `/slow` when it is let go."""

    daemon_threads = True

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.let_go = Event()
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        if self.path == "/slow":
            self.server.let_go.wait(30)
        self.send_response(
            302 if self.path == "/to" else int(self.path.rpartition("/")[2] or 200) if "status" in self.path else 200
        )
        self.send_header("Location", "/status/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    made.let_go.set()
    made.shutdown()
    made.server_close()


def at(receiver: Receiver, path: str, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{receiver.server_port}{path}"


async def test_it_arrives_signed_and_whole(receiver: Receiver) -> None:
    assert await Sender(HERE).send(at(receiver, "/status/202"), [KEY], "msg_1", BODY) == Sent(Delivery.DELIVERED, 202)
    [(_, head, body)] = receiver.calls
    signing.verify(KEY, head, body, time.time())
    assert body == BODY
    assert head["content-type"] == "application/json"
    assert head["webhook-id"] == "msg_1"


@pytest.mark.parametrize(("path", "status"), [("/status/503", 503), ("/status/410", 410), ("/to", 302)])
async def test_what_is_not_taken_is_refused_and_no_redirect_followed(receiver: Receiver, path: str, status: int) -> None:
    sent = await Sender(HERE).send(at(receiver, path), [KEY], "msg_1", BODY)
    assert sent == Sent(Delivery.REFUSED, status)
    assert sent.is_final == (status == 410)
    assert len(receiver.calls) == 1


async def test_an_address_that_is_not_allowed_gets_nothing(receiver: Receiver) -> None:
    for url in (at(receiver, "/"), at(receiver, "/", "localhost"), "http://169.254.169.254/", "file:///etc/passwd", "http://"):
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
    assert await Sender(HERE, seconds=0.3).send(at(receiver, "/slow"), [KEY], "msg_1", BODY) == Sent(Delivery.UNREACHABLE)
    assert time.monotonic() - begun < 10


def test_the_waits_grow_and_end() -> None:
    waits = [next_wait(tries) for tries in range(1, len(BACKOFF_SECONDS) + 2)]
    assert waits[:-1] == sorted(BACKOFF_SECONDS)
    assert waits[-1] is None
