"""The acts of lifecycle_model.World, done to the real thing: the same methods, the same numbers, the same words."""

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg

from tests import story
from tests.operations.lifecycle_job import Held
from tests.operations.lifecycle_model import FENCED, NOT_BEGUN
from tidegate.domain.actor import Role
from tidegate.domain.failures import Failure, FailureCode
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import Fenced, Outcome, RetryMode
from tidegate.domain.refusals import Refusal
from tidegate.ledger.attempts import FinishedStep, Hold
from tidegate.operations import execution
from tidegate.operations.acknowledging import Acknowledge, Unacknowledge
from tidegate.operations.door import Asking, Command, Services, perform
from tidegate.operations.jobs import Cancel, Item, Retried, Retry, Submit
from tidegate.operations.people import ChangeRole, DisablePerson
from tidegate.operations.releasing import Release
from tidegate.pipeline.step import Chunk, Ingested

SILENCE = "UPDATE worker SET lease_until = now() - interval '1 second' WHERE id = %s"
LOSE_TICKET = "DELETE FROM queue.pgqueuer AS q USING job AS j WHERE j.id = %s AND q.dedupe_key LIKE j.id || '/%%'"
COME_DUE = "UPDATE job SET run_after = now() - interval '1 second' WHERE id = %s AND state = 'queued' AND run_after > now()"
JOBS = """
    SELECT j.id, j.state::text, j.version, j.attempt_no, j.failure_code, j.automatic_used, j.acknowledged_at IS NOT NULL,
           j.outcome::text, CASE WHEN j.state = 'running' THEN j.worker_id END,
           CASE WHEN j.state = 'queued' THEN coalesce(j.run_after <= now(), true) END,
           CASE WHEN j.state = 'queued' THEN EXISTS (
               SELECT FROM queue.pgqueuer WHERE dedupe_key = j.id || '/' || j.attempt_no || '/' || j.version) END,
           ARRAY(SELECT ARRAY[a.state::text, a.origin::text, a.failure_code] FROM attempt AS a
                 WHERE a.job_id = j.id ORDER BY a.attempt_no),
           ARRAY(SELECT c.step_no FROM checkpoint AS c WHERE c.job_id = j.id ORDER BY 1)
    FROM job AS j
"""
PEOPLE = """
    SELECT p.id, g.role::text, p.disabled_at IS NOT NULL
    FROM person AS p LEFT JOIN role_grant AS g ON g.person_id = p.id AND g.revoked_at IS NULL
"""
EVENTS = "SELECT action, outcome, target_id FROM audit_event WHERE action <> 'person.add'"


class Reality:
    """Tidegate on its database, and the ids behind the numbers."""

    def __init__(self, services: Services) -> None:
        self.quick = replace(services, settings=replace(services.settings, retry_delay_scale=0.0))
        self.slow = replace(services, settings=replace(services.settings, retry_delay_scale=1000.0))
        self.people: list[Asking] = []
        self.jobs: list[UUID] = []
        self.batches: list[UUID] = []
        self.workers: list[UUID] = []

    async def welcome(self, role: Role) -> None:
        """Add a person."""
        self.people.append(await story.person(self.quick, role))

    async def submit(self, who: int) -> str:
        """See `World.submit`."""
        item = Item("folder", "/nowhere/a.txt", "a.txt", "/nowhere")
        made = await self._perform(self.people[who], Submit([item], label="a story"))
        if isinstance(made, str):
            return made
        self.jobs += made.job_ids
        self.batches.append(made.batch_id)
        return "done"

    async def ask(
        self, act: str, who: int, job: int, version: int | None = None, key: str | None = None, mode: RetryMode | None = None
    ) -> str:
        """See `World.ask`."""
        id = self.jobs[job]
        commands: dict[str, Command[Any]] = {
            "retry": Retry(id, mode, "why", version), "cancel": Cancel(id, "why", version),
            "acknowledge": Acknowledge(id, "why", version), "unacknowledge": Unacknowledge(id, "why", version),
            "release": Release(id, "why", version),
        }  # fmt: skip
        made = await self._perform(replace(self.people[who], idempotency_key=key), commands[act])
        if isinstance(made, str):
            return made
        if act in {"acknowledge", "unacknowledge"}:
            return f"done {made.acknowledged}"
        return f"done {made.attempt_no}" + (f" {made.mode}" if isinstance(made, Retried) else "")

    async def change_role(self, who: int, whom: int, role: Role) -> str:
        """See `World.change_role`."""
        made = await self._perform(self.people[who], ChangeRole(self._person(whom), role))
        return made if isinstance(made, str) else "done"

    async def disable(self, who: int, whom: int, closed: bool) -> str:
        """See `World.disable`."""
        made = await self._perform(self.people[who], DisablePerson(self._person(whom), closed))
        return made if isinstance(made, str) else "done"

    async def enlist(self) -> str:
        """See `World.enlist`."""
        self.workers.append(await story.worker(self.quick))
        return "done"

    async def lose(self, worker: int, how: str) -> str:
        """See `World.lose`."""
        if how == "silent":
            await self._run(SILENCE, self.workers[worker])
        else:
            await execution.dismiss(self.quick, self.workers[worker])
        return "done"

    async def renew(self, worker: int) -> object:
        """See `World.renew`."""
        mine = await execution.renew(self.quick, self.workers[worker])
        return None if mine is None else {(self.jobs.index(id), n) for id, n in mine}

    async def begin(self, held: Held) -> str:
        """See `World.begin`."""
        claim = await execution.begin(self.quick, self._hold(held))
        return f"begun alone={claim.alone} after {[one.step_no for one in claim.checkpoints]}" if claim else NOT_BEGUN

    async def step(self, held: Held, step_no: int, what: str) -> str:
        """See `World.step`."""
        hold = self._hold(held)
        try:
            if what == "start":
                await execution.start_step(self.quick, hold, step_no, 3, f"step {step_no}")
            elif what == "progress":
                await execution.set_progress(self.quick, hold, step_no, 3, "pages")
            else:
                ended = FinishedStep(step_no, f"step {step_no}", b"x", None)
                await execution.start_step(self.quick, hold, step_no + 1, 4, f"step {step_no + 1}", ended)
        except Fenced:
            return FENCED
        return "done"

    async def succeed(self, held: Held, content: int) -> str:
        """See `World.succeed`."""
        made = Ingested(f"{content:064x}", "text/plain", 5, 5, None, (Chunk("hello", 1, 1),))
        try:
            outcome: Outcome = await execution.succeed(self.quick, self._hold(held), made)
        except Fenced:
            return FENCED
        return outcome.value

    async def fail(self, held: Held, code: FailureCode, slow: bool) -> object:
        """See `World.fail`."""
        try:
            return await execution.fail(self.slow if slow else self.quick, self._hold(held), Failure(code), "in line 3")
        except Fenced:
            return FENCED

    async def give_back(self, held: Held) -> str:
        """See `World.give_back`."""
        try:
            await execution.give_back(self.quick, self._hold(held))
        except Fenced:
            return FENCED
        return "done"

    async def reap(self) -> int:
        """See `World.reap`."""
        return await execution.reap(self.quick)

    async def reconcile(self) -> int:
        """See `World.reconcile`."""
        return await execution.reconcile(self.quick, grace_seconds=0)

    async def lose_ticket(self, job: int) -> str:
        """See `World.lose_ticket`."""
        await self._run(LOSE_TICKET, self.jobs[job])
        return "done"

    async def come_due(self, job: int) -> str:
        """See `World.come_due`."""
        await self._run(COME_DUE, self.jobs[job])
        return "done"

    async def seen(self) -> tuple[object, ...]:
        """What the database shows."""
        async with self.quick.pool.connection() as connection:
            jobs = await (await connection.execute(JOBS.encode())).fetchall()
            people = await (await connection.execute(PEOPLE.encode())).fetchall()
            documents = await (await connection.execute(b"SELECT id FROM document")).fetchall()
            events = await (await connection.execute(EVENTS.encode())).fetchall()
        names = {id: f"{kind} {n}" for kind, ids in self._ids().items() for n, id in enumerate(ids)}
        return (
            [self._job(row[1:]) for row in sorted(jobs, key=lambda row: self.jobs.index(row[0]))],
            [tuple(row[1:]) for row in sorted(people, key=lambda row: self._ids()["person"].index(row[0]))],
            len(documents),
            Counter((action, outcome, names.get(target, "")) for action, outcome, target in events),
        )

    def _job(self, row: tuple[Any, ...]) -> tuple[object, ...]:
        *most, worker, due, ticketed, tries, checkpoints = row
        number = self.workers.index(worker) if isinstance(worker, UUID) else None
        return (*most, number, due, ticketed, [tuple(one) for one in tries], checkpoints)

    def _ids(self) -> dict[str, list[UUID]]:
        return {"job": self.jobs, "batch": self.batches, "person": [self._person(n) for n in range(len(self.people))]}

    def _person(self, n: int) -> UUID:
        return self.people[n].actor.id or new_id()

    def _hold(self, held: Held) -> Hold:
        return Hold(self.jobs[held.job], held.attempt_no, self.workers[held.worker])

    async def _perform(self, asking: Asking, command: Command[Any]) -> Any:
        """Return the result, or the code of the refusal."""
        try:
            return await perform(self.quick, asking, command)
        except Refusal as refusal:
            return refusal.code

    async def _run(self, statement: str, id: UUID) -> None:
        async with self.quick.pool.connection() as connection:
            await connection.execute(statement.encode(), (id,))


async def wipe(owner_url: str) -> None:
    """Empty every table, as its owner and with no guard in the way."""
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute("SET session_replication_role = replica")
        named = await connection.execute(
            "SELECT format('DELETE FROM %I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname IN ('public', 'queue') AND tablename NOT SIMILAR TO 'schema_migration|%\\_20[0-9]{2}\\_[0-9]{2}'"
        )
        for (statement,) in await named.fetchall():
            await connection.execute(statement)
