import pytest

from tests.unit.console.samples import job
from tidegate.console.shown.progress import measure, of_job
from tidegate.domain.lifecycle import State


@pytest.mark.parametrize(
    ("done", "total", "unit", "text"),
    [
        (41, 120, "pages", "41 of 120 pages"),
        (1, 1, "pages", "1 page"),
        (1536, 3 * 1024 * 1024, "bytes", "1.5 KiB of 3 MiB"),
        (2048, None, "bytes", "2 KiB"),
        (1200, None, "chunks", "1,200 passages"),
        (3, None, "unheard", "3 items"),
        (None, None, None, ""),
    ],
)
def test_an_amount_is_told_in_its_unit(done: int | None, total: int | None, unit: str | None, text: str) -> None:
    assert measure(done, total, unit) == text


def test_the_bar_covers_the_whole_job() -> None:
    running = job(
        State.RUNNING, step_no=3, step_total=5, step_name="extract", progress_done=30, progress_total=120, progress_unit="pages"
    )
    shown = of_job(running)
    assert (shown.text, shown.done, shown.total) == ("Step 3 of 5, extract · 30 of 120 pages", 225, 500)


def test_a_job_without_a_step_is_starting() -> None:
    assert of_job(job(State.RUNNING)).text == "Starting"


def test_more_done_than_foreseen_does_not_overrun_the_bar() -> None:
    running = job(
        State.RUNNING, step_no=5, step_total=5, step_name="index", progress_done=9, progress_total=3, progress_unit="items"
    )
    assert of_job(running).done == 500
