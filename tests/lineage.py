"""OpenLineage events as other systems send them, by the library that they send them with."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import openlineage.client.event_v2 as lineage
from openlineage.client.facet_v2 import error_message_run, nominal_time_run, parent_run
from openlineage.client.serde import Serde

NAMESPACE = "airflow://prod"
NAME = "etl.load_orders"
PIPELINE = f"{NAMESPACE}/{NAME}"
PRODUCER = "https://tidegate.test/tests"


def event(
    kind: str,
    run_id: UUID | None = None,
    *,
    name: str = NAME,
    error: str | None = None,
    nominal: str | None = None,
    parent: UUID | None = None,
) -> lineage.RunEvent:
    """Return an event of a run; `error` is what the producer says in an errorMessage facet."""
    facets: dict[str, Any] = {}
    if error is not None:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(error, "python", f"Traceback\n  {error}")
    if nominal is not None:
        facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(nominal)
    if parent is not None:
        facets["parent"] = parent_run.ParentRunFacet(parent_run.Run(str(parent)), parent_run.Job(NAMESPACE, "etl"))
    return lineage.RunEvent(
        eventType=lineage.RunState[kind],
        eventTime=datetime.now(UTC).isoformat(),
        run=lineage.Run(str(run_id or uuid4()), facets),
        job=lineage.Job(NAMESPACE, name),
        producer=PRODUCER,
    )


def body(*events: lineage.RunEvent, own: dict[str, Any] | None = None) -> bytes:
    """Return events as they go over the wire, with our own facet in each where one is given."""
    told = [Serde.to_dict(one) for one in events]
    for one in told if own is not None else []:
        one["run"]["facets"]["tidegate"] = own
    return json.dumps(told if len(told) != 1 else told[0]).encode()
