from tests.unit.console.samples import job
from tidegate.console.pages.ingestion import PAGE_ROWS, fresh_of, fresh_text
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import JobSummary


def jobs(n: int) -> list[JobSummary]:
    """Return jobs of ever later ids."""
    return [job(State.FAILED, id=new_id()) for _ in range(n)]


def test_jobs_that_are_not_on_the_screen_are_new() -> None:
    older, shown, newer = jobs(1), jobs(3), jobs(2)
    assert fresh_of([*older, *shown, *newer], [one.id for one in shown]) == 3


def test_what_moved_up_from_the_next_page_is_not_new() -> None:
    from_the_next_page, shown, newer = jobs(4), jobs(PAGE_ROWS), jobs(1)
    assert fresh_of([*from_the_next_page, *shown, *newer], [one.id for one in shown]) == 1


def test_a_full_page_of_new_rows_may_hide_more() -> None:
    assert (fresh_text(1), fresh_text(12), fresh_text(50)) == ("1 new, show", "12 new, show", "50 or more new, show")
