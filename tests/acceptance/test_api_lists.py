"""Lists, counts, batches, content and the catalogue over HTTP."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from tests import story
from tests.visitors import Visitor
from tidegate.domain.actor import Role
from tidegate.domain.failures import CATALOGUE, Failure, FailureCode
from tidegate.domain.ids import created_at
from tidegate.operations import execution
from tidegate.operations.door import Services
from tidegate.pipeline.step import Chunk, Ingested

JOBS = "/api/ingestion/jobs"


async def succeeded(services: Services, name: str, *texts: str) -> UUID:
    """Let a job end with a document of these passages, and return the job's id."""
    job_id = (await story.submitted(services, name)).job_ids[0]
    hold = await story.begun(services, job_id)
    chunks = tuple(Chunk(text, page, page) for page, text in enumerate(texts, 1))
    made = Ingested(job_id.hex * 2, "text/plain", 10, sum(map(len, texts)), len(texts), chunks, "A title")
    await execution.succeed(services, hold, made)
    return job_id


async def test_pages_go_through_all_jobs_once_newest_first(services: Services, viewer: Visitor) -> None:
    ids = [str(id) for id in (await story.submitted(services, *(f"{n}.txt" for n in range(7)))).job_ids]
    seen: list[str] = []
    params: dict[str, str | int] = {"page_size": 3}
    for expected in (3, 3, 1):
        page = (await viewer.http.get(JOBS, params=params)).json()
        assert len(page["items"]) == expected
        assert page["counts"]["queued"] == {"n": 7, "more": False}
        seen += [job["id"] for job in page["items"]]
        params["page_token"] = page["next_page_token"] or ""
    assert seen == sorted(ids, reverse=True)
    assert params["page_token"] == ""


async def test_filters_narrow_the_list_and_the_counts(services: Services, viewer: Visitor) -> None:
    failed = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED, name="locked contract.pdf")
    other = await story.failed(services, FailureCode.DOCUMENT_CORRUPT, name="broken.pdf")
    batch = await story.submitted(services, "new contract.pdf")

    async def ids(**params: str) -> list[str]:
        return [job["id"] for job in (await viewer.http.get(JOBS, params=params)).json()["items"]]

    assert await ids(state="failed") == [str(other), str(failed)]
    assert await ids(failure="document_encrypted") == [str(failed)]
    assert await ids(text="CONTRACT") == [str(batch.job_ids[0]), str(failed)]
    assert await ids(text="contract", state="failed") == [str(failed)]
    assert await ids(batch=str(batch.batch_id)) == [str(batch.job_ids[0])]
    assert await ids(pipeline="other") == []
    counts = (await viewer.http.get("/api/ingestion/counts", params={"text": "contract"})).json()["counts"]
    assert (counts["failed"]["n"], counts["queued"]["n"], counts["running"]["n"]) == (1, 1, 0)
    [row] = (await viewer.http.get(JOBS, params={"failure": "document_encrypted"})).json()["items"]
    entry = CATALOGUE[FailureCode.DOCUMENT_ENCRYPTED]
    assert row["failure"]["reference"].startswith("D-")
    assert (row["failure"]["message"], row["failure"]["remedy"], row["failure"]["fixer"]) == (
        entry.message,
        entry.remedy,
        entry.fixer.value,
    )


async def test_every_filter_narrows_the_list_and_the_counts_alike(services: Services, viewer: Visitor) -> None:
    failed = await story.failed(services, FailureCode.DOCUMENT_ENCRYPTED)
    waiting = (await story.submitted(services, asking=await story.person(services, Role.POWER_USER, "grace"))).job_ids[0]
    ended = (await story.job(services, failed)).summary.ended_at
    created = created_at(waiting)
    assert ended is not None
    for params, expected in (
        ({"attention": "unresolved"}, [failed]),
        ({"attention": "recovered"}, []),
        ({"source": "folder"}, [waiting, failed]),
        ({"source": "upload"}, []),
        ({"submitter": "grace"}, [waiting]),
        ({"step": ""}, [failed]),
        ({"step": "extract"}, []),
        ({"since": created.isoformat()}, [waiting]),
        ({"until": created.isoformat()}, [failed]),
        ({"failed_since": ended.isoformat()}, [failed]),
        ({"failed_since": (ended + timedelta(seconds=1)).isoformat()}, []),
        ({"failed_until": ended.isoformat()}, [failed]),
        ({"failed_until": (ended - timedelta(seconds=1)).isoformat()}, []),
        ({"submitter": "grace", "attention": "unresolved"}, []),
    ):
        page = (await viewer.http.get(JOBS, params=params)).json()
        assert [job["id"] for job in page["items"]] == [str(id) for id in expected], params
        counts = (await viewer.http.get("/api/ingestion/counts", params=params)).json()
        assert counts == {"counts": page["counts"], "attention": page["attention"]}
        if "attention" not in params:
            assert sum(count["n"] for count in counts["counts"].values()) == len(expected), params


async def test_a_batch_tells_how_it_stands(services: Services, viewer: Visitor) -> None:
    batch = await story.submitted(services, "a.txt", "b.txt", "c.txt")
    await execution.fail(services, await story.begun(services, batch.job_ids[0]), Failure(FailureCode.DOCUMENT_EMPTY), "")
    shown = (await viewer.http.get(f"/api/ingestion/batches/{batch.batch_id}")).json()
    assert (shown["states"], shown["failures"]) == ({"queued": 2, "failed": 1}, {"document_empty": 1})
    assert (shown["duplicates"], shown["is_over"], shown["batch"]["job_total"]) == (0, False, 3)


async def test_what_was_ingested_is_found_and_read(services: Services, viewer: Visitor) -> None:
    job_id = await succeeded(services, "tides.txt", "The spring tide rises.", "A neap tide is lower & later.", "Nothing of that.")
    job = (await viewer.http.get(f"{JOBS}/{job_id}")).json()
    assert (job["job"]["state"], job["job"]["outcome"], job["document"]["chunk_total"]) == ("succeeded", "ingested", 3)
    hits = (await viewer.http.get("/api/search", params={"q": "neap tide"})).json()["items"]
    [hit] = hits
    assert [hit["snippet"][start:end] for start, end in hit["matches"]] == ["neap", "tide"]
    assert "tide is lower & later" in hit["snippet"]
    assert (hit["page_from"], hit["job_id"]) == (2, str(job_id))
    path = f"/api/documents/{hit['document_id']}/content"
    first = (await viewer.http.get(path, params={"page_size": 2})).json()
    rest = (await viewer.http.get(path, params={"page_size": 2, "page_token": first["next_page_token"]})).json()
    assert [chunk["body"][:5] for chunk in first["items"] + rest["items"]] == ["The s", "A nea", "Nothi"]
    assert rest["next_page_token"] is None
    crossed = await viewer.http.get(JOBS, params={"page_token": first["next_page_token"]})
    assert crossed.json()["code"] == "bad_page_token"


async def test_living_workers_are_listed(services: Services, viewer: Visitor) -> None:
    worker = await story.worker(services)
    [shown] = (await viewer.http.get("/api/ingestion/workers")).json()["items"]
    assert (shown["id"], shown["pipelines"], shown["running"]) == (str(worker), list(services.pipelines), 0)


async def test_the_catalogue_is_there_for_everybody(nobody: httpx.AsyncClient) -> None:
    items = (await nobody.get("/api/ingestion/failures")).json()["items"]
    assert [item["code"] for item in items] == list(CATALOGUE)
    assert all(item["message"] and item["cause"] and item["remedy"] for item in items)


@pytest.mark.parametrize("narrow", ["outcome", "actor", "target", "action"])
async def test_the_audit_log_is_filtered_and_paged(services: Services, viewer: Visitor, power_user: Visitor, narrow: str) -> None:
    jobs = [await story.failed(services, name=name) for name in ("a.txt", "b.txt")]
    for job_id in jobs:
        await viewer.http.post(f"{JOBS}/{job_id}/retry")
        await power_user.http.post(f"{JOBS}/{job_id}/retry")
    wanted = {
        "outcome": {"outcome": "denied"},
        "actor": {"actor": str(viewer.asking.actor.id), "action": "ingestion.retry"},
        "target": {"target": str(jobs[0]), "action": "ingestion.retry"},
        "action": {"action": "ingestion.retry"},
    }[narrow]
    expected = 4 if narrow == "action" else 2
    everything = (await viewer.http.get("/api/audit/events", params=wanted)).json()
    assert (len(everything["items"]), everything["next_page_token"]) == (expected, None)
    first = (await viewer.http.get("/api/audit/events", params={**wanted, "page_size": 1})).json()
    second = (
        await viewer.http.get("/api/audit/events", params={**wanted, "page_size": 1, "page_token": first["next_page_token"]})
    ).json()
    assert first["items"] + second["items"] == everything["items"][:2]
