"""A task's life in OpenLineage events. One try of a task is one run; all tries of a task have it as their parent."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

PRODUCER = "https://tidegate.dev/integrations/celery"
_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_ERROR = "https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet"
_PARENT = "https://openlineage.io/spec/facets/1-1-0/ParentRunFacet.json#/$defs/ParentRunFacet"
_TIDEGATE = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"

HEADER = "tidegate"
"""The message header that names the attempt which Tidegate asked for: `{"job_id": …, "attempt": …}`."""

ERROR_LIMIT = 16_384
"""Characters of an error's text, and of its traceback."""

Event = dict[str, Any]


def run_of(task_id: str, retries: int) -> UUID:
    """Return the run id of one try."""
    return uuid5(NAMESPACE_URL, f"urn:celery:task:{task_id}:{retries}")


def event(
    kind: str,
    namespace: str,
    name: str,
    task_id: str,
    retries: int,
    *,
    asked: Any = None,
    queued: bool = False,
    restart: str | None = None,
    error: tuple[str, str] | None = None,
) -> Event:
    """Return an event of a try. `asked` is the message header HEADER; `error` the text and the traceback, for administrators."""
    own: Event = {"_producer": PRODUCER, "_schemaURL": _TIDEGATE, "queued": queued}
    if isinstance(asked, dict):
        own |= {"jobId": asked.get("job_id"), "attempt": asked.get("attempt")}
    if restart is not None:
        own["restart"] = restart
    parent = {
        "run": {"runId": str(uuid5(NAMESPACE_URL, f"urn:celery:task:{task_id}"))},
        "job": {"namespace": namespace, "name": name},
    }
    facets: Event = {"tidegate": own, "parent": {"_producer": PRODUCER, "_schemaURL": _PARENT, **parent}}
    if error is not None:
        text, trace = (part[-ERROR_LIMIT:] for part in error)
        told = {"message": text, "programmingLanguage": "python", "stackTrace": trace}
        facets["errorMessage"] = {"_producer": PRODUCER, "_schemaURL": _ERROR, **told}
    return {
        "eventType": kind,
        "eventTime": datetime.now(UTC).isoformat(),
        "run": {"runId": str(run_of(task_id, retries)), "facets": facets},
        "job": {"namespace": namespace, "name": name},
        "producer": PRODUCER,
        "schemaURL": _SCHEMA,
    }
