"""What plans do when answers are lost: played by hand, without a network."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tidegate.client import audit_plans, following, outward_plans, people_plans, plans
from tidegate.client.effects import Answer, Block, Clock, Give, Line, Lost, Open, Pause, Send
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


@pytest.mark.parametrize(
    "plan",
    [
        people_plans.add_person("ana", role="viewer"),
        people_plans.issue_link(ID),
        people_plans.revoke_token(ID),
        outward_plans.add_channel(name="crew", kind="email", target="crew@example.org", events=["failed"]),
        outward_plans.send_test(ID),
    ],
    ids=lambda plan: plan.__name__,
)
def test_what_the_server_would_do_twice_is_sent_once(plan: Generator[Any, Any, Any]) -> None:
    assert isinstance(plan.send(None), Send)
    with pytest.raises(Unreachable):
        plan.send(Lost("ReadError"))


def test_how_a_system_is_asked_is_sent_again_under_the_same_key() -> None:
    plan = outward_plans.set_system("etl", url="https://x.test/run", secret="env:X")
    first = plan.send(None)
    assert plan.send(Lost("ReadError")) == Pause(0.5)
    assert plan.send(None) == first


def test_an_export_that_breaks_off_is_no_export() -> None:
    flow = audit_plans.export_audit()
    assert isinstance(flow.send(None), Open)
    assert flow.send(OPENED) == Block()
    assert flow.send(b"one") == Give(b"one")
    assert flow.send(None) == Block()
    with pytest.raises(Unreachable, match="ReadError"):
        flow.send(Lost("ReadError"))


def verified(*blocks: bytes) -> Any:
    """Return the report on an export that comes in these blocks."""
    plan = audit_plans.verify_audit()
    assert isinstance(plan.send(None), Open)
    assert plan.send(OPENED) == Block()
    for block in blocks:
        assert plan.send(block) == Block()
    return ended(plan, Lost(Lost.END))


def test_an_export_is_verified_wherever_its_blocks_are_cut_and_an_end_is_missed() -> None:
    lines = (
        b'{"type":"log","version":1,"origin":"tidegate/audit/\xc3\xa4","keys":[],"exported_at":"2026-01-01T00:00:00Z"}\n'
        b'{"type":"end","events":0,"checkpoints":0,"unsealed":0}\n'
    )
    for cut in (1, len(lines) // 2, lines.index(b"\xa4"), lines.index(b"\n") + 1):
        report = verified(lines[:cut], lines[cut:])
        assert (report.is_sound, report.origin, report.keys_are_trusted) == (True, "tidegate/audit/\u00e4", False)
    assert verified(lines.rstrip(b"\n")).is_sound
    [cut_off] = verified(lines[: lines.index(b"\n") + 1]).findings
    assert "cut off" in cut_off.detail
    assert {finding.kind.value for finding in verified(b"<html>\n", lines).findings} == {"malformed", "truncated"}


def test_a_line_without_end_and_a_key_that_is_none_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_plans, "LINE_LIMIT", 10)
    with pytest.raises(Unreadable):
        verified(b"a" * 11)
    with pytest.raises(ValueError, match="verifier key"):
        audit_plans.verify_audit("no key").send(None)
