"""A web server that answers every fetch with secrets: in the reason, the headers, the body and where it leads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.faults.leaks.scanner import Canaries

ANSWERS = ("401", "403", "404", "410", "418", "429", "500", "503", "blocked", "astray", "cut", "garbage")


@contextmanager
def providing(canaries: Canaries) -> Iterator[str]:
    """Give the address of a running provider. The folder of a path says how it is answered."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind = self.path.split("/")[2]
            if kind == "garbage":
                self.wfile.write(canaries["provider garbage"].encode() + b"\r\n\r\n")
                return
            status = int(kind) if kind.isdecimal() else 200 if kind == "cut" else 302
            body = f"<h1>denied for {canaries['provider body']}</h1>".encode()
            self.send_response(status, f"No {canaries['provider reason']}")
            self.send_header("X-Trace", canaries["provider header"])
            self.send_header("Set-Cookie", f"session={canaries['provider cookie']}")
            self.send_header("WWW-Authenticate", f'Basic realm="{canaries["provider realm"]}"')
            if kind == "blocked":
                self.send_header("Location", f"http://10.11.12.13/{canaries['redirect to a private address']}")
            if kind == "astray":
                self.send_header("Location", f"gopher://u:{canaries['redirect elsewhere']}@example.org/")
            self.send_header("Content-Length", str(len(body) + 1000 * (kind == "cut")))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
