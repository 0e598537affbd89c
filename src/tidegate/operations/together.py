"""The writes of a worker's attempts, gathered: begins, steps and ends that come at about the same moment are one commit.

Each is what `operations.execution` does for one attempt, with the same fence. A result with a document is stored alone: it may be
large, and nobody should wait for it.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from tidegate.db.connect import transaction
from tidegate.domain.lifecycle import Outcome
from tidegate.ledger import together
from tidegate.ledger.attempts import FinishedStep, FirstStep, Hold
from tidegate.ledger.together import StepStart, Success
from tidegate.operations import execution
from tidegate.operations.door import Services
from tidegate.operations.execution import Claim
from tidegate.operations.gathering import Gathering
from tidegate.pipeline.step import Ingested


class Together:
    """What the attempts of one worker write; see the functions of the same names in `operations.execution`."""

    def __init__(self, services: Services, first_steps: Mapping[str, FirstStep]) -> None:
        self._services = services
        self._begins: Gathering[Hold, Claim | None] = Gathering(
            lambda holds: begin(services, holds, first_steps), lambda hold: execution.begin(services, hold, first_steps)
        )
        self._starts: Gathering[StepStart, None] = Gathering(
            lambda starts: start_steps(services, starts),
            lambda one: execution.start_step(services, one.hold, one.step_no, one.step_total, one.name, one.finished),
        )
        self._successes: Gathering[Success, None] = Gathering(
            lambda ends: succeed(services, ends),
            lambda end: execution.end_well(services, end.hold, end.outcome, end.document_id),
        )

    async def begin(self, hold: Hold) -> Claim | None:
        """Claim an attempt, or return None."""
        return await self._begins(hold)

    async def start_step(
        self, hold: Hold, step_no: int, step_total: int, name: str, finished: FinishedStep | None = None
    ) -> None:
        """Record a step's beginning with the end of the one before it. Raises Fenced."""
        await self._starts(StepStart(hold, step_no, step_total, name, finished))

    async def succeed(self, hold: Hold, result: object) -> Outcome:
        """Commit the result together with the job's success, and return what it came to. Raises Fenced."""
        if isinstance(result, Ingested):
            return await execution.succeed(self._services, hold, result)
        await self._successes(Success(hold, Outcome.INGESTED))
        return Outcome.INGESTED

    async def succeed_as_duplicate(self, hold: Hold, document_id: UUID) -> None:
        """End a job whose content is known already. Raises Fenced."""
        await self._successes(Success(hold, Outcome.DUPLICATE_CONTENT, document_id))

    async def settle(self) -> None:
        """Wait until no write of an attempt that was cancelled is still under way."""
        for gathering in (self._begins, self._starts, self._successes):
            await gathering.settle()


async def begin(services: Services, holds: Sequence[Hold], first_steps: Mapping[str, FirstStep]) -> dict[int, Claim | None]:
    """Claim those of the attempts that are free, in one transaction."""
    places = {hold.attempt: place for place, hold in enumerate(holds)}
    async with transaction(services.pool) as connection:
        begun = await together.begin(connection, holds, first_steps)
        resumed = [one.job_id for one in begun if not one.in_first_step]
        kept = await together.list_checkpoints(connection, resumed) if resumed else {}
    claims: dict[int, Claim | None] = {}
    for one in begun:
        place = places[one.job_id, one.attempt_no]
        claims[place] = Claim(holds[place], one, kept.get(one.job_id, []), one.in_first_step)
    return claims


async def start_steps(services: Services, starts: Sequence[StepStart]) -> dict[int, None]:
    """Record steps' beginnings, each with the end of the one before it, in one transaction."""
    async with transaction(services.pool) as connection:
        done = await together.start_steps(connection, starts)
    return {place: None for place, start in enumerate(starts) if start.hold.attempt in done}


async def succeed(services: Services, ends: Sequence[Success]) -> dict[int, None]:
    """End attempts well that leave no document, in one transaction."""
    async with transaction(services.pool) as connection:
        done = await together.succeed(connection, ends)
    return {place: None for place, end in enumerate(ends) if end.hold.attempt in done}
