"""Answers for people and for programs: nothing in them can take over a terminal, and no secret is printed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tidegate.cli.config import masked
from tidegate.cli.following import Summary, summarise
from tidegate.cli.ingest import without_secrets
from tidegate.cli.output import moment, printable, show_facts, show_json, show_table
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Batch
from tidegate.operations.reading import BatchTally

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
AT = datetime(2025, 6, 2, 6, 40, tzinfo=UTC)


def test_a_name_cannot_send_control_sequences() -> None:
    assert printable("quay\x1b[2J\u202e\n7 Ärger") == "quay\ufffd[2J\ufffd\ufffd7 Ärger"


def test_a_table_for_programs_has_tabs_and_no_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("id", "state", "name"), [(ID, State.FAILED, "a\tb"), (ID, None, "")], empty="none")
    assert capsys.readouterr().out == f"id\tstate\tname\n{ID}\tfailed\ta\ufffdb\n{ID}\t-\t-\n"


def test_an_empty_table_for_programs_is_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("id", "state"), [], empty="No jobs.")
    assert capsys.readouterr().out == "id\tstate\n"


def test_facts_leave_out_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    show_facts([("state", State.QUEUED), ("failure", None)])
    assert capsys.readouterr().out == "state\tqueued\n"


def test_times_for_programs_are_utc() -> None:
    assert moment(AT) == "2025-06-02T06:40:00.000Z"
    assert moment(None) is None


def test_a_summary_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    batch = Batch(
        id=ID,
        label="quay",
        pipeline="documents",
        submitted_by=None,
        submitter_name="operator:x",
        created_at=AT,
        job_total=4,
        audit_event_id=ID,
    )
    tally = BatchTally(
        batch=batch,
        states={State.SUCCEEDED: 2, State.FAILED: 2},
        duplicates=1,
        failures={FailureCode.DOCUMENT_EMPTY: 1, FailureCode.DOCUMENT_CORRUPT: 1},
    )
    show_json(summarise(tally))
    assert capsys.readouterr().out == (
        f'{{"batch_id":"{ID}","submitted":4,"succeeded":2,"failed":2,"cancelled":0,"duplicates":1,'
        '"failures":{"document_corrupt":1,"document_empty":1}}\n'
    )
    assert Summary(batch_id=ID, submitted=1).failures == {}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://owner:hunter2@db:5432/tidegate", "postgresql://owner:***@db:5432/tidegate"),
        ("postgresql://owner@/x?host=/tmp&password=hunter2", "postgresql://owner@/x?host=/tmp&password=***"),
        ("host=db user=owner password='hunter 2' dbname=x", "host=db user=owner password=*** dbname=x"),
        ("s3://key:hunter2@bucket/path", "s3://key:***@bucket/path"),
        ("postgresql://owner@db/x", "postgresql://owner@db/x"),
    ],
)
def test_passwords_in_settings_are_masked(given: str, shown: str) -> None:
    assert masked(given) == shown


def test_a_source_is_shown_without_its_credentials() -> None:
    assert without_secrets("https://me:hunter2@quay.example/a.pdf?token=hunter2") == "https://quay.example/a.pdf"
    assert without_secrets("quay/a?.pdf") == "quay/a?.pdf"
