"""Live changes: the server's events, and what a reader must be told when some of them were lost."""

from uuid import UUID

import msgspec

from tidegate.client.effects import Answer, Flow, Give, Line, Lost, Open, Pause, Plan, Request
from tidegate.client.errors import NotSignedIn
from tidegate.client.plans import LONGEST_PAUSE, refused
from tidegate.client.shapes import Changed

STREAM = Request("GET", "/api/ingestion/stream", headers={"Accept": "text/event-stream"})
FIRST_PAUSE = 1.0


def events() -> Flow[Changed]:
    """Give changes of jobs as they happen, for ever. After a lost connection anything may have changed: `ids` is None then.

    Raises NotSignedIn once the token holds no more, and Problem where the server refuses.
    """
    pause, seen = FIRST_PAUSE, False
    while True:
        got: Answer | Lost = yield Open(STREAM)
        if isinstance(got, Answer) and not 200 <= got.status < 300 and got.status not in {429, 502, 503, 504}:
            raise refused(got)
        if isinstance(got, Answer) and got.status == 200:
            while (event := (yield from _event())) is not None:
                name, data = event
                if name == "hello" and seen:
                    yield Give(Changed(None))
                elif name == "changed":
                    yield Give(Changed(_ids(data)))
                elif name == "bye":
                    raise NotSignedIn(401, {"code": "not_signed_in", "detail": "The token holds no more."})
                pause, seen = FIRST_PAUSE, True
        yield Pause(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _event() -> Plan[tuple[str, str] | None]:
    """Return the next event's name and data (HTML, section 9.2.6), None when the stream is lost."""
    name, data = "", ""
    while not isinstance(line := (yield Line()), Lost):
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data = line[5:].strip()
        elif not line and name:
            return name, data
    return None


def _ids(data: str) -> list[UUID] | None:
    return None if data == '"*"' else msgspec.json.decode(data, type=list[UUID])
