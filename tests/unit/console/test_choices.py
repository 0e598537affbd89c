from tests.unit.console.samples import ID
from tidegate.console.shown.choices import Chip, chips, failed, sources, steps, submitted
from tidegate.console.shown.filters import SOURCES, ListQuery, Submitted
from tidegate.domain.failures import FailureCode
from tidegate.operations.causes import Window


def test_every_filter_that_is_set_has_a_chip_that_takes_it_away() -> None:
    query = ListQuery(
        pipeline="documents", source="upload", batch=ID, submitter="grace", failure=FailureCode.DOCUMENT_CORRUPT, step="extract",
        text="report", submitted=Submitted.WEEK, failed=Window.DAY,
    )  # fmt: skip
    shown = chips(query, "a batch")
    assert [(chip.name, chip.value) for chip in shown] == [
        ("Name has", "report"), ("Pipeline", "documents"), ("Failure", "The document is damaged"), ("Batch", "a batch"),
        ("Source", "Upload"), ("Submitted by", "grace"), ("Failed at", "extract"), ("Submitted", "Last 7 days"),
        ("Failed", "Last 24 hours"),
    ]  # fmt: skip
    assert [len(chip.url.split("&")) for chip in shown] == [8] * 9


def test_before_the_first_step_is_a_filter_and_all_time_is_none() -> None:
    assert chips(ListQuery(step="", failed=Window.ALL)) == [
        Chip("Failed at", "Before the first step", "next", "/ingestion?failed=all")
    ]


def test_without_filters_there_are_no_chips() -> None:
    assert chips(ListQuery(before=ID)) == []


def test_every_choice_has_its_words() -> None:
    assert [value for value, _ in sources()] == list(SOURCES)
    assert [value for value, _ in submitted()] == [span.value for span in Submitted]
    assert [value for value, _ in failed()] == ["24h", "7d", "30d"]


def test_a_step_that_no_pipeline_has_any_more_can_still_be_asked_for() -> None:
    names = [value for value, _ in steps(ListQuery(step="translate"), ["fetch", "index", "fetch"])]
    assert names == ["fetch", "index", "translate", "-"]
