"""The metrics as Prometheus reads them: by its own parser, for whoever may see jobs and nobody else."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests import story
from tests.visitors import Visitor
from tidegate.operations.door import Services

METRICS = "/metrics"


async def samples(visitor: Visitor) -> dict[tuple[str, ...], float]:
    """Return each sample's value by its name and labels."""
    answer = await visitor.http.get(METRICS, headers={"Accept": "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


async def test_jobs_waits_and_workers_are_told(services: Services, viewer: Visitor) -> None:
    await story.failed(services)
    await story.submitted(services, "a.pdf", "b.pdf")
    found = await samples(viewer)
    states = {state: found["tidegate_jobs", "documents", state] for state in ("queued", "running", "succeeded", "failed")}
    assert states == {"queued": 2, "running": 0, "succeeded": 0, "failed": 1}
    assert 0 < found["tidegate_oldest_waiting_seconds", "documents"] < 60
    assert found["tidegate_workers", "documents"] == 1
    assert found["tidegate_worker_places", "documents"] >= 1
    assert found["tidegate_worker_places_busy", "documents"] == 0


async def test_nothing_waits(services: Services, viewer: Visitor) -> None:
    found = await samples(viewer)
    assert found["tidegate_oldest_waiting_seconds", "documents"] == found["tidegate_workers", "documents"] == 0


async def test_strangers_are_told_nothing(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get(METRICS)
    assert answer.status_code == 401
    assert "tidegate_" not in answer.text
