"""The API says why a job stands where it stands: a kind of a closed set and typed facts."""

from tests import story
from tests.visitors import Visitor
from tidegate.domain.failures import Failure, FailureCode
from tidegate.operations import execution
from tidegate.operations.door import Services

JOBS = "/api/ingestion/jobs"


async def test_a_job_tells_why_it_waits_until_it_has_ended(services: Services, viewer: Visitor) -> None:
    before, job_id = (await story.submitted(services, "a.txt", "b.txt")).job_ids

    async def standing() -> dict[str, object] | None:
        shown: dict[str, object] | None = (await viewer.http.get(f"{JOBS}/{job_id}")).json()["standing"]
        return shown

    shown = await standing()
    assert shown is not None
    assert (shown["kind"], shown["crew"]) == (
        "no_worker",
        {"as_of": shown["as_of"], "workers": 0, "at_once": 0, "elsewhere": 0, "last_seen_at": None},
    )
    hold = await story.begun(services, before)
    shown = await standing()
    assert shown is not None
    assert shown["kind"] == "waiting"
    assert isinstance(shown["line"], dict)
    assert (shown["line"]["ahead"], shown["line"]["waiting"]) == ({"n": 0, "more": False}, {"n": 1, "more": False})
    running = await story.begun(services, job_id, worker_id=hold.worker_id)
    shown = await standing()
    assert shown is not None
    assert isinstance(shown["holder"], dict)
    assert (shown["kind"], shown["holder"]["host"], shown["line"]) == ("moving", "paper", None)
    await execution.fail(services, running, Failure(FailureCode.DOCUMENT_EMPTY), "")
    assert await standing() is None


async def test_the_description_names_every_kind(viewer: Visitor) -> None:
    schemas = (await viewer.http.get("/api/openapi.json")).json()["components"]["schemas"]
    [kinds] = [schema["enum"] for name, schema in schemas.items() if name.endswith("StandingKind")]
    ours = ["moving", "no_progress", "no_worker", "retry_later", "waiting", "worker_lost"]
    assert sorted(kinds) == ["elsewhere_running", "elsewhere_waiting", *ours]
