"""Exports for other people's tools: OCSF in CloudEvents as their schemas want it, CSV that no spreadsheet runs."""

import csv
import io
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tidegate.audit import ocsf, spreadsheet
from tidegate.audit.browse import AuditEvent
from tidegate.audit.record import ActorNote, EventBody, Target
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ID = UUID("0195507c-0000-7000-8000-000000000001")


GRACE = ActorNote("person", UUID(int=5), "grace", "power_user", UUID(int=6))


def event(
    action: AuditAction = AuditAction.RETRY, outcome: AuditOutcome = AuditOutcome.ALLOWED, reason: str | None = "mended"
) -> AuditEvent:
    body = EventBody(
        id=ID, time=AT, action=action, outcome=outcome, actor=GRACE,
        target=Target(TargetKind.JOB, UUID(int=7)), reason=reason, request_id="r-1", parent_id=None, before={"attempt": 1},
        after={"attempt": 2},
    )  # fmt: skip
    return AuditEvent(id=ID, recorded_at=AT, body=body)


def test_a_retry_as_a_cloud_event() -> None:
    value = json.loads(ocsf.cloud_event(event(), "https://tidegate.example"))
    assert {name: value[name] for name in ("specversion", "id", "source", "type", "subject", "time")} == {
        "specversion": "1.0",
        "id": str(ID),
        "source": "https://tidegate.example/audit",
        "type": "tidegate.audit.ingestion.retry",
        "subject": str(UUID(int=7)),
        "time": "2026-03-01T08:30:00Z",
    }


def test_a_retry_as_api_activity_has_all_that_the_class_requires() -> None:
    value = json.loads(ocsf.cloud_event(event(), ""))["data"]
    assert (value["category_uid"], value["class_uid"], value["activity_id"], value["type_uid"]) == (6, 6003, 3, 600303)
    assert (value["status_id"], value["severity_id"], value["message"]) == (1, 1, "mended")
    assert value["time"] == int(AT.timestamp() * 1000)
    assert value["actor"]["user"]["name"] == "grace"
    assert value["api"]["operation"] == "ingestion.retry"
    assert value["src_endpoint"]["name"]
    assert value["metadata"]["version"] == "1.3.0"
    assert value["metadata"]["product"]["name"] == "Tidegate"
    assert value["unmapped"]["after"] == {"attempt": 2}


@pytest.mark.parametrize("action", AuditAction)
@pytest.mark.parametrize("outcome", AuditOutcome)
def test_every_action_has_an_activity(action: AuditAction, outcome: AuditOutcome) -> None:
    value = ocsf.api_activity(event(action, outcome))
    assert value["type_uid"] == 600300 + value["activity_id"]
    assert value["activity_id"] in {1, 2, 3, 4, 99}
    assert (value["status_id"] == 1) == (outcome is AuditOutcome.ALLOWED)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_begins_a_formula(start: str) -> None:
    line = spreadsheet.row(event(reason=f"{start}cmd|' /C calc'!A0")).decode()
    cells = next(csv.reader(io.StringIO(line, newline="")))
    assert not any(cell.startswith(spreadsheet.STARTS_A_FORMULA) for cell in cells)
    assert cells[10] == f"'{start}cmd|' /C calc'!A0"


def test_other_words_stay_as_they_are() -> None:
    reason = 'said "go", then\nwent; 5 = 5'
    cells = next(csv.reader(io.StringIO(spreadsheet.row(event(reason=reason)).decode(), newline="")))
    assert cells[10] == reason
    assert len(cells) == len(spreadsheet.COLUMNS)
