"""Another machine that webhooks go to: a real server that keeps what it got and answers as its path says."""

import base64
import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

KEY = b"k" * 32
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class Receiver(ThreadingHTTPServer):
    """Answers `/status/503` with 503, `/to` with a redirect to `/status/200`, and `/slow` when it is let go."""

    daemon_threads = True

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.let_go = Event()
        super().__init__(("127.0.0.1", 0), Answer)

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http://{host}:{self.server_port}{path}"


class Answer(BaseHTTPRequestHandler):
    """One request of a receiver."""

    server: Receiver

    def do_POST(self) -> None:
        """Keep the request, then answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        if self.path == "/slow":
            self.server.let_go.wait(30)
        kind, _, rest = self.path[1:].partition("/")
        self.send_response({"to": 302, "status": int(rest or 200)}.get(kind, 200))
        self.send_header("Location", "/status/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a free port of this machine."""
    made = Receiver()
    Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield made
    finally:
        made.let_go.set()
        made.shutdown()
        made.server_close()
