"""OpenLineage events as they come in: of all that they hold, what makes a job of a run, and nothing else is kept.

The specification is OpenLineage 2-0-2. Events of datasets and of jobs without a run are none of our business.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from tidegate.domain.refusals import Invalid
from tidegate.ledger.external import Run
from tidegate.operations.submission import visible

EVENT_LIMIT = 100
"""Events of one request: what one transaction writes well within a second."""

NAME_LIMIT = 500
"""Characters of a namespace, and of a job's name."""

RESTART_LIMIT = 65_536
"""Characters of what a system seals for itself, to start the run again."""

SHOWN_LIMIT = 200


class EventType(StrEnum):
    """What happened to a run."""

    START = "START"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"
    OTHER = "OTHER"


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LIMIT)]
Facet = TypeVar("Facet")
Short = Annotated[str, msgspec.Meta(max_length=NAME_LIMIT)]


class _NominalTime(msgspec.Struct, rename="camel"):
    nominal_start_time: Short


class _RunOnly(msgspec.Struct, rename="camel"):
    run_id: Short


class _Parent(msgspec.Struct):
    run: _RunOnly


class _ErrorMessage(msgspec.Struct, rename="camel"):
    message: str
    stack_trace: str | None = None


class _TaskInstance(msgspec.Struct):
    map_index: int | None = None


class _Airflow(msgspec.Struct, rename="camel"):
    task_instance: _TaskInstance


class Own(msgspec.Struct, rename="camel"):
    """Our own facet, `tidegate`: what OpenLineage has no word for, from a system that knows us.

    `queued` makes an OTHER event tell that the run waits; `job_id` and `attempt` name the attempt that was asked for.
    """

    queued: bool = False
    job_id: UUID | None = None
    attempt: int | None = None
    restart: Annotated[str, msgspec.Meta(max_length=RESTART_LIMIT)] | None = None


class _Run(msgspec.Struct, rename="camel"):
    run_id: UUID
    facets: dict[str, Any] = {}


class _Job(msgspec.Struct):
    namespace: Name
    name: Name


class RunEvent(msgspec.Struct, rename="camel"):
    """One event of a run; whatever else it carries is passed over unread."""

    run: _Run
    job: _Job
    event_type: EventType = EventType.OTHER

    @property
    def tells_something(self) -> bool:
        """Whether it changes anything: OTHER does only with our facet."""
        return self.event_type is not EventType.OTHER or (self.own is not None and self.own.queued)

    @property
    def own(self) -> Own | None:
        """Our own facet."""
        return self._facet("tidegate", Own)

    @property
    def namespace(self) -> str:
        """The namespace, safe to show."""
        return visible(self.job.namespace)

    @property
    def pipeline(self) -> str:
        """The external pipeline's name: namespace and name."""
        return fitting(visible(f"{self.job.namespace}/{self.job.name}"))

    @property
    def name(self) -> str:
        """The job's name, with the time that it is for where one is told."""
        return fitting(visible(f"{self.job.name} {self._nominal}".strip()))

    @property
    def told_run(self) -> Run:
        """The run in the ledger's words. Tries of one thing share the parent, the nominal time and the place in a mapped task."""
        airflow, parent, own = self._facet("airflow", _Airflow), self._facet("parent", _Parent), self.own
        slot = (self._nominal, airflow.task_instance.map_index if airflow else None)
        item = (parent.run.run_id if parent else "", *slot)
        restart = own.restart if own and own.restart and own.restart.isascii() and own.restart.isprintable() else None
        return Run(self.run.run_id, self.pipeline, _digest(item) if any(item[:2]) else None, _digest(slot), restart)

    @property
    def detail(self) -> str:
        """What the producer tells of an error: for a restricted diagnostic only."""
        told = self._facet("errorMessage", _ErrorMessage)
        return f"run {self.run.run_id}\n{told.message}\n{told.stack_trace or ''}" if told else ""

    @property
    def _nominal(self) -> str:
        told = self._facet("nominalTime", _NominalTime)
        return told.nominal_start_time if told else ""

    def _facet(self, name: str, form: type[Facet]) -> Facet | None:
        """Return a facet, None when it is missing or not of the form that we know: a run is not lost for it."""
        try:
            return msgspec.convert(self.run.facets[name], form)
        except (KeyError, msgspec.ValidationError):
            return None


def decode(body: bytes) -> list[RunEvent]:
    """Return the run events of a body that holds one event or an array of them.

    Raises Invalid for what is no event, too many or too long; `index` names the event.
    """
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("bad_json", "The body is not JSON.") from error
    events = told if isinstance(told, list) else [told]
    if len(events) > EVENT_LIMIT:
        raise Invalid("too_many_events", "At most {limit} events may be sent at once.", limit=EVENT_LIMIT)
    return [event for index, one in enumerate(events) if (event := _event(one, index)) is not None]


def fitting(text: str) -> str:
    """Return a text as it is shown: of a long one the middle is left out, and what tells it apart put in its place."""
    if len(text) <= SHOWN_LIMIT:
        return text
    return f"{text[:150]}…{hashlib.sha256(text.encode()).hexdigest()[:12]}…{text[-30:]}"


def _digest(parts: tuple[object, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _event(told: Any, index: int) -> RunEvent | None:
    """Return a run event, None for an event about something else. Raises Invalid."""
    if isinstance(told, dict) and "run" not in told and ("dataset" in told or "job" in told):
        return None
    try:
        return msgspec.convert(told, RunEvent)
    except msgspec.ValidationError as error:
        raise Invalid("bad_event", "This is no OpenLineage run event.", index=index) from error
