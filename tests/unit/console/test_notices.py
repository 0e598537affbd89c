from tests.unit.console.samples import actor, counts
from tidegate.console.shown.notices import notices
from tidegate.domain.actor import Role


def test_each_pipeline_that_jobs_wait_for_in_vain_is_named() -> None:
    found = notices(actor(Role.ADMIN), counts(), {"documents": 1204, "mail": 1, "idle": 0})
    assert [(notice.text, notice.more) for notice in found] == [
        ("No worker is running for the pipeline documents.", "1,204 jobs wait. Start a worker with"),
        ("No worker is running for the pipeline mail.", "1 job waits. Start a worker with"),
    ]


def test_a_viewer_is_told_what_they_may_not_do_where_something_failed() -> None:
    assert [notice.text for notice in notices(actor(Role.VIEWER), counts(), {})] == ["You can look, but not retry."]
