"""Words of the command line that stand for times, for jobs, and for the course of a cause."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tidegate.cli.causes import course
from tidegate.cli.errors import WrongUse
from tidegate.cli.narrowing import EVERYTHING, Narrowing
from tidegate.cli.words import parse_time
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobFilter

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize(("text", "age"), [("30m", 1800), ("24H", 86400), ("7d", 604800), (" 2w", 1209600)])
def test_an_age_is_counted_from_now(text: str, age: int) -> None:
    before = datetime.now(UTC)
    at = parse_time(text)
    assert before <= at + timedelta(seconds=age) <= datetime.now(UTC)


def test_a_date_is_the_viewers_unless_it_names_its_zone() -> None:
    assert parse_time("2026-11-24T09:00Z") == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert parse_time("2026-11-24") == datetime(2026, 11, 24).astimezone()


@pytest.mark.parametrize("text", ["", "now", "24", "h", "-3h", "2026-13-01", "0001-01-01", "9999-12-31T23:59-12:00", "999999w"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(WrongUse, match="is no time; times look like"):
        parse_time(text)


def test_nothing_narrows_nothing_and_every_option_narrows() -> None:
    assert EVERYTHING.narrowed() == JobFilter()
    which = Narrowing(failure="document_empty", batch=ID, step="", until="2026-11-24T09:00Z", text="tides")
    assert which.narrowed(state=State.FAILED, ids=[ID]) == JobFilter(
        state=State.FAILED, failure_code=FailureCode.DOCUMENT_EMPTY, batch_id=UUID(ID), step="", text="tides",
        until=datetime(2026, 11, 24, 9, tzinfo=UTC), ids=(UUID(ID),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("series", "drawn"), [([], ""), ([0, 0], "··"), ([0, 1], "·█"), ([1, 8, 4, 100], "▁▁▁█"), ([8, 4], "█▄")]
)
def test_the_course_of_a_cause_is_drawn(series: list[int], drawn: str) -> None:
    assert course(series) == drawn
