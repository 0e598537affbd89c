"""The writes of a worker's attempts, gathered: steps and ends that come at about the same moment are one commit.

Attempts begin together as well, by the statement that takes their tickets: there is no moment in which a ticket is gone and its
job is not running.

Each is what `operations.execution` does for one attempt, with the same fence. A result with a document is stored alone: it may be
large, and nobody should wait for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tidegate.db.connect import statement
from tidegate.domain.lifecycle import Outcome
from tidegate.ledger import together
from tidegate.ledger.attempts import FinishedStep, FirstStep, Hold
from tidegate.ledger.together import BegunTogether, Passed, StepStart, Success
from tidegate.operations import execution
from tidegate.operations.door import Services
from tidegate.operations.execution import Claim
from tidegate.operations.gathering import Gathering
from tidegate.pipeline.step import Ingested


@dataclass(frozen=True)
class Taken:
    """What tickets came to: attempts that were claimed, and those that were not claimed with the others.

    `is_more`: as many were taken as were asked for. `due_in`: seconds until the next one is due, None where none waits.
    """

    claims: list[Claim]
    others: list[Hold]
    is_more: bool
    due_in: float | None


class Together:
    """What the attempts of one worker write; see the functions of the same names in `operations.execution`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._starts: Gathering[StepStart, None] = Gathering(
            lambda starts: start_steps(services, starts),
            lambda one: execution.start_step(services, one.hold, one.step_no, one.step_total, one.name, one.finished),
        )
        self._successes: Gathering[Success, None] = Gathering(
            lambda ends: succeed(services, ends),
            lambda end: execution.end_well(services, end.hold, end.outcome, end.document_id),
        )

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
        for gathering in (self._starts, self._successes):
            await gathering.settle()


async def take(services: Services, worker_id: UUID, limit: int, first_steps: Mapping[str, FirstStep]) -> Taken:
    """Take at most `limit` tickets and claim their attempts for a worker.

    An attempt that is in nobody's way is claimed. The others are cancelled, or begun already, or somebody holds their job at this
    moment: `execution.begin` tells which, one by one. Checkpoints of what is claimed are its worker's alone, and read afterwards.
    """
    async with statement(services.pool) as connection:
        taken = await together.take(connection, worker_id, limit, first_steps)
        begun = [one for one in taken if isinstance(one, BegunTogether)]
        resumed = [one.job_id for one in begun if not one.in_first_step]
        kept = await together.list_checkpoints(connection, resumed) if resumed else {}
        due_in = None if len(taken) == limit else await services.engine.due_in(connection, list(first_steps))
    return Taken(
        [Claim(_hold(one, worker_id), one, kept.get(one.job_id, []), one.in_first_step) for one in begun],
        [_hold(one, worker_id) for one in taken if not isinstance(one, BegunTogether)],
        is_more=len(taken) == limit,
        due_in=due_in,
    )


def _hold(taken: BegunTogether | Passed, worker_id: UUID) -> Hold:
    return Hold(taken.job_id, taken.attempt_no, worker_id)


async def start_steps(services: Services, starts: Sequence[StepStart]) -> dict[int, None]:
    """Record steps' beginnings, each with the end of the one before it."""
    async with statement(services.pool) as connection:
        done = await together.start_steps(connection, starts)
    return {place: None for place, start in enumerate(starts) if start.hold.attempt in done}


async def succeed(services: Services, ends: Sequence[Success]) -> dict[int, None]:
    """End attempts well that leave no document."""
    async with statement(services.pool) as connection:
        done = await together.succeed(connection, ends)
    return {place: None for place, end in enumerate(ends) if end.hold.attempt in done}
