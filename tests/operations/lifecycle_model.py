"""What must become of jobs and people, in plain Python: the prediction that test_lifecycle_model.py holds Tidegate to.

People, workers and jobs are numbers here. Each public method of `World` is one act; it returns what the one who acts is told.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from tests.operations.lifecycle_job import Held, Job
from tidegate.domain.actor import Role
from tidegate.domain.failures import CATALOGUE, FailureCode
from tidegate.domain.lifecycle import Mover, Origin, Outcome, RetryMode, State

FENCED = "fenced"
NOT_BEGUN = "not begun"
LOSSES = 2
"""Workers that a job may lose, as the design says; with the next one it is quarantined."""
AUTOMATIC_LIMIT = 10
ACTIONS = {
    "submit": "ingestion.submit", "retry": "ingestion.retry", "cancel": "ingestion.cancel",
    "acknowledge": "ingestion.acknowledge", "unacknowledge": "ingestion.unacknowledge", "release": "ingestion.release",
    "change_role": "person.role_change", "disable": "person.disable",
}  # fmt: skip
OF_ADMINS = {"release", "change_role", "disable"}


@dataclass
class Person:
    """Somebody with a role."""

    role: Role
    disabled: bool = False


@dataclass
class World:
    """Everything that acts change."""

    people: list[Person]
    jobs: list[Job] = field(default_factory=list)
    workers: list[bool] = field(default_factory=list)
    documents: set[int] = field(default_factory=set)
    events: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    answers: dict[tuple[int, str], tuple[object, str]] = field(default_factory=dict)

    # What people do. -----------------------------------------------------------------------------------------------

    def submit(self, who: int) -> str:
        """Submit one item."""
        refused = self._refused("submit", who, "")
        if refused:
            return refused
        self.jobs.append(Job())
        return self._done("submit", f"batch {len(self.jobs) - 1}")

    def ask(
        self, act: str, who: int, job: int, version: int | None = None, key: str | None = None, mode: RetryMode | None = None
    ) -> str:
        """Do one of the acts on a job."""
        refused = self._refused(act, who, f"job {job}")
        if refused:
            return refused
        asked = (act, job, version, mode)
        if key and (who, key) in self.answers:
            before, answer = self.answers[who, key]
            return answer if before == asked else "idempotency_key_reused"
        target = self.jobs[job]
        answer = "job_changed" if version not in {None, target.version} else getattr(self, f"_{act}")(target, mode)
        if answer.startswith("done"):
            self.events[ACTIONS[act], "allowed", f"job {job}"] += 1
            if key:
                self.answers[who, key] = (asked, answer)
        return str(answer)

    def change_role(self, who: int, whom: int, role: Role) -> str:
        """Give somebody another role; one administrator always remains."""
        refused = self._refused("change_role", who, f"person {whom}")
        if refused:
            return refused
        if self.people[whom].role is role:
            return "nothing_to_change"
        if role is not Role.ADMIN and self._is_last_admin(whom):
            return "last_admin"
        self.people[whom].role = role
        return self._done("change_role", f"person {whom}")

    def disable(self, who: int, whom: int, closed: bool) -> str:
        """Close an account or open it."""
        refused = self._refused("disable", who, f"person {whom}")
        if refused:
            return refused
        if self.people[whom].disabled is closed:
            return "nothing_to_change"
        if closed and self._is_last_admin(whom):
            return "last_admin"
        self.people[whom].disabled = closed
        return self._done("disable", f"person {whom}")

    def _is_last_admin(self, whom: int) -> bool:
        return [n for n, one in enumerate(self.people) if one.role is Role.ADMIN and not one.disabled] == [whom]

    def _refused(self, act: str, who: int, target: str) -> str:
        person = self.people[who]
        least = Role.ADMIN if act in OF_ADMINS else Role.POWER_USER
        if not person.disabled and list(Role).index(person.role) >= list(Role).index(least):
            return ""
        self.events[ACTIONS[act], "denied", target] += 1
        return "not_signed_in" if person.disabled else "forbidden"

    def _done(self, act: str, target: str) -> str:
        self.events[ACTIONS[act], "allowed", target] += 1
        return "done"

    def _retry(self, job: Job, mode: RetryMode | None) -> str:
        if job.state is not State.FAILED or job.code is None:
            return "job_not_failed"
        entry = CATALOGUE[job.code]
        if not entry.by_person:
            return "not_retryable"
        restart = mode is RetryMode.RESTART or (mode is None and entry.from_start)
        job.again(Origin.PERSON, restart=restart)
        return f"done {len(job.tries)} {'restart' if restart else 'resume'}"

    def _release(self, job: Job, _: object) -> str:
        if job.state is not State.FAILED or job.code is not FailureCode.QUARANTINED:
            return "not_quarantined"
        job.again(Origin.PERSON, restart=True)
        return f"done {len(job.tries)}"

    def _cancel(self, job: Job, _: object) -> str:
        if job.state.is_terminal:
            return "job_has_ended"
        job.move(State.CANCELLED, Mover.PERSON)
        return f"done {len(job.tries)}"

    def _acknowledge(self, job: Job, _: object) -> str:
        if job.state is not State.FAILED:
            return "job_not_failed"
        if job.acknowledged:
            return "already_acknowledged"
        job.acknowledged, job.version = True, job.version + 1
        return "done True"

    def _unacknowledge(self, job: Job, _: object) -> str:
        if not job.acknowledged:
            return "not_acknowledged"
        job.acknowledged, job.version = False, job.version + 1
        return "done False"

    # What workers do. ----------------------------------------------------------------------------------------------

    def enlist(self) -> str:
        """Another worker comes."""
        self.workers.append(True)
        return "done"

    def lose(self, worker: int, _how: str) -> str:
        """Its lease runs out, or it stops in order: in the end the same."""
        self.workers[worker] = False
        return "done"

    def renew(self, worker: int) -> object:
        """Tell what is still its own."""
        if not self.workers[worker]:
            return None
        return {(n, len(job.tries)) for n, job in enumerate(self.jobs) if job.state is State.RUNNING and job.worker == worker}

    def begin(self, held: Held) -> str:
        """Claim an attempt."""
        job = self.jobs[held.job]
        mine = self.workers[held.worker] and job.due and len(job.tries) == held.attempt_no
        if job.state is not State.QUEUED or not mine:
            return NOT_BEGUN
        job.move(State.RUNNING, Mover.WORKER)
        job.worker = held.worker
        return f"begun alone={job.failures(FailureCode.WORKER_LOST) >= LOSSES} after {sorted(job.checkpoints)}"

    def step(self, held: Held, step_no: int, what: str) -> str:
        """Begin a step, tell its progress, or finish it."""
        if not self._holds(held):
            return FENCED
        if what == "finish":
            self.jobs[held.job].checkpoints.add(step_no)
        return "done"

    def succeed(self, held: Held, content: int) -> str:
        """End well, with a document of this content."""
        job = self.jobs[held.job]
        if not self._holds(held):
            return FENCED
        job.move(State.SUCCEEDED, Mover.WORKER)
        job.outcome = Outcome.DUPLICATE_CONTENT if content in self.documents else Outcome.INGESTED
        job.code = None
        self.documents.add(content)
        job.checkpoints.clear()
        return job.outcome.value

    def fail(self, held: Held, code: FailureCode, slow: bool) -> object:
        """End badly; `slow` when an automatic retry is for later. Tells whether there is one."""
        job = self.jobs[held.job]
        if not self._holds(held):
            return FENCED
        so_far = job.failures(code)
        self._close(job, code, code)
        again = so_far < CATALOGUE[code].automatic and job.automatic_used < AUTOMATIC_LIMIT
        if again:
            job.again(Origin.AUTOMATIC, due=not slow)
        return again

    def give_back(self, held: Held) -> str:
        """Put it back."""
        if not self._holds(held):
            return FENCED
        self.jobs[held.job].move(State.QUEUED, Mover.WORKER)
        return "done"

    # What happens by itself. ---------------------------------------------------------------------------------------

    def lost(self) -> list[int]:
        """What the reaper finds."""
        return [n for n, job in enumerate(self.jobs) if job.state is State.RUNNING and not self.workers[job.worker or 0]]

    def reap(self, only: Collection[int] | None = None) -> int:
        """Close what lost workers ran. A reaper passes over what another transaction holds: then, `only` these."""
        found = [n for n in self.lost() if only is None or n in only]
        for job in (self.jobs[n] for n in found):
            losses = job.failures(FailureCode.WORKER_LOST)
            poison = losses >= LOSSES
            self._close(job, FailureCode.WORKER_LOST, FailureCode.QUARANTINED if poison else FailureCode.WORKER_LOST)
            if not poison and job.automatic_used < AUTOMATIC_LIMIT:
                job.again(Origin.WORKER_LOST)
        return len(found)

    def bare(self) -> list[int]:
        """What the reconciler finds."""
        return [n for n, job in enumerate(self.jobs) if job.state is State.QUEUED and job.due and not job.ticketed]

    def reconcile(self, only: Collection[int] | None = None) -> int:
        """Issue the missing tickets."""
        found = [n for n in self.bare() if only is None or n in only]
        for n in found:
            self.jobs[n].ticketed = True
        return len(found)

    def lose_ticket(self, job: int) -> str:
        """The engine forgets a job."""
        self.jobs[job].ticketed = False
        return "done"

    def come_due(self, job: int) -> str:
        """Time passes for a job that waits for it."""
        self.jobs[job].due = True
        return "done"

    @property
    def seen(self) -> tuple[object, ...]:
        """What the database must show."""
        people = [(one.role.value, one.disabled) for one in self.people]
        return [job.seen for job in self.jobs], people, len(self.documents), +self.events

    def _holds(self, held: Held) -> bool:
        job = self.jobs[held.job]
        return job.state is State.RUNNING and (len(job.tries), job.worker) == (held.attempt_no, held.worker)

    def _close(self, job: Job, code: FailureCode, told: FailureCode) -> None:
        job.move(State.FAILED, Mover.WORKER)
        job.tries[-1].code, job.code = code, told
