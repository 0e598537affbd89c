"""The gauges in the text format of Prometheus (version 0.0.4), for whoever may see jobs."""

from collections.abc import Iterable

from litestar import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tidegate.operations.gauges import PipelineGauge, get_gauges
from tidegate.web.parameters import WithActor, WithServices

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

OF_WORKERS = frozenset({"workers", "places", "running"})
"""Not told of another system's pipeline: nobody shall be woken because no worker of ours serves it."""


class Gauges(Collector):
    """What was read, as metrics; names and units follow the conventions of Prometheus."""

    def __init__(self, read: list[PipelineGauge]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """Yield each metric with a sample for each pipeline."""
        jobs = GaugeMetricFamily("tidegate_jobs", "Jobs in a state.", labels=["pipeline", "state"])
        for gauge in self._read:
            for state, n in gauge.jobs.items():
                jobs.add_metric([gauge.pipeline, state.value], n)
        yield jobs
        for name, text, value in (
            ("tidegate_oldest_waiting_seconds", "How long the job that waits the longest is due.", "oldest_seconds"),
            ("tidegate_workers", "Workers that are alive and serve the pipeline.", "workers"),
            ("tidegate_worker_places", "Jobs that those workers can run at once.", "places"),
            ("tidegate_worker_places_busy", "Jobs that those workers run now.", "running"),
        ):
            family = GaugeMetricFamily(name, text, labels=["pipeline"])
            for gauge in self._read:
                if gauge.external and value in OF_WORKERS:
                    continue
                family.add_metric([gauge.pipeline], getattr(gauge, value))
            yield family


async def get_metrics(services: WithServices, actor: WithActor) -> Response[bytes]:
    """Tell a monitoring system how many jobs stand how, how long they wait, and who works."""
    registry = CollectorRegistry()
    registry.register(Gauges(await get_gauges(services, actor)))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE})
