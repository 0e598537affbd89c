"""What plans do when answers are lost: played by hand, without a network."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tidegate.client import following, plans
from tidegate.client.effects import Answer, Clock, Give, Line, Lost, Open, Pause, Send
from tidegate.client.errors import Conflict, NotSignedIn, ServerFailed, Unreachable, Unreadable
from tidegate.client.shapes import Batch, Changed, Submission
from tidegate.domain.lifecycle import State

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
RETRIED = f'{{"job_id": "{ID}", "attempt_no": 2, "mode": "resume", "audit_event_id": "{ID}"}}'.encode()
BATCH = Batch(
    batch=Submission(
        id=ID, label="", pipeline="documents", submitted_by=None, submitter_name="", created_at=datetime(2026, 1, 1, tzinfo=UTC),
        job_total=1, audit_event_id=ID,
    ),
    states={State.QUEUED: 1}, duplicates=0, failures={}, is_over=False,
)  # fmt: skip
OPENED = Answer(200, {}, b"")


def ended(plan: Generator[Any, Any, Any], outcome: object) -> Any:
    """Send the last outcome and return what the plan comes to."""
    with pytest.raises(StopIteration) as end:
        plan.send(outcome)
    return end.value.value


def test_a_change_is_sent_again_under_the_same_key_until_it_is_answered() -> None:
    plan = plans.retry(ID, reason="again")
    first = plan.send(None)
    assert isinstance(first, Send)
    assert plan.send(Lost("ReadTimeout")) == Pause(0.5)
    assert plan.send(None) == first
    assert plan.send(Answer(503, {"retry-after": "7"}, b"")) == Pause(7.0)
    assert plan.send(None) == first
    assert ended(plan, Answer(202, {}, RETRIED)).attempt_no == 2


def test_it_gives_up_after_four_tries() -> None:
    plan = plans.retry(ID)
    plan.send(None)
    for _ in range(3):
        assert isinstance(plan.send(Lost("ConnectError")), Pause)
        assert isinstance(plan.send(None), Send)
    with pytest.raises(Unreachable, match="ConnectError"):
        plan.send(Lost("ConnectError"))


def test_an_upload_is_sent_once() -> None:
    plan = plans.submit(("a.txt", b"a"))
    plan.send(None)
    with pytest.raises(Unreachable):
        plan.send(Lost("ReadError"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(409, {}, b'{"code": "not_failed", "state": "queued"}'), Conflict),
        (Answer(500, {}, b"<html>"), ServerFailed),
        (Answer(200, {}, b"<html>"), Unreadable),
        (Answer(200, {}, b"{}"), Unreadable),
    ],
)
def test_an_answer_that_is_no_result_is_told_at_once(answer: Answer, error: type[Exception]) -> None:
    plan = plans.retry(ID)
    plan.send(None)
    with pytest.raises(error):
        plan.send(answer)


def test_a_wait_looks_less_and_less_often_and_ends_in_time() -> None:
    batch = msgspec.json.encode(BATCH)
    plan = plans.wait(ID, timeout=10)
    assert plan.send(None) == Clock()
    assert isinstance(plan.send(100.0), Send)
    assert plan.send(Answer(200, {}, batch)) == Clock()
    assert plan.send(100.0) == Pause(0.3)
    assert isinstance(plan.send(None), Send)
    assert plan.send(Answer(200, {}, batch)) == Clock()
    assert plan.send(109.75) == Pause(0.25)
    assert isinstance(plan.send(None), Send)
    assert plan.send(Answer(200, {}, batch)) == Clock()
    with pytest.raises(TimeoutError):
        plan.send(110.0)


def heard(flow: Generator[Any, Any, None], *lines: str) -> object:
    """Send lines and return what the flow asks for after the last."""
    asked: object = None
    for line in lines:
        asked = flow.send(line)
    return asked


def test_a_lost_stream_is_opened_again_and_anything_may_have_changed() -> None:
    flow = following.events()
    assert isinstance(flow.send(None), Open)
    assert flow.send(OPENED) == Line()
    assert heard(flow, "retry: 2000", "event: hello", "data: {}", "") == Line()
    assert heard(flow, ": still here", "event: changed", f'data: ["{ID}"]', "") == Give(Changed([ID]))
    assert flow.send(None) == Line()
    assert flow.send(Lost("ReadTimeout")) == Pause(1.0)
    assert isinstance(flow.send(None), Open)
    assert flow.send(Lost("ConnectError")) == Pause(2.0)
    assert isinstance(flow.send(None), Open)
    assert flow.send(OPENED) == Line()
    assert heard(flow, "event: hello", "data: {}", "") == Give(Changed(None))
    assert flow.send(None) == Line()
    with pytest.raises(NotSignedIn):
        heard(flow, "event: bye", 'data: {"code": "not_signed_in"}', "")
