"""The faults, each by its name. Every one is real: processes die, servers stop, bytes are lost."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
import psycopg

from faults import points
from faults.crew import Crew
from faults.place import Place
from faults.points import KillPoint
from faults.proxy import Proxy
from tidegate.db.queries import named_sql

SQL = named_sql(__file__.replace("harm.py", "checks.py"))


class Hit(msgspec.Struct, frozen=True):
    """An attempt that ran on a worker when the worker was killed."""

    job_id: UUID
    attempt_no: int
    at: datetime


@dataclass
class Scene:
    """Everything that faults are done to, and what they hit."""

    place: Place
    proxy: Proxy
    crew: Crew
    chance: random.Random
    hits: list[Hit] = field(default_factory=list)
    lease_seconds: float = 15.0


async def kill(scene: Scene) -> None:
    """SIGKILL to a worker at any moment."""
    worker = scene.chance.choice(scene.crew.workers)
    scene.hits += await _running(scene, [worker.pid])
    worker.process.kill()
    await asyncio.to_thread(worker.process.join)


async def kill_at_point(scene: Scene) -> None:
    """A worker that dies at a named point: right before a commit, or right after."""
    point = KillPoint(
        scene.chance.choice(points.functions()), scene.chance.choice((points.BEFORE, points.AFTER)), scene.chance.randint(1, 3)
    )
    await kill(scene)
    scene.crew.refill(point)


async def pause(scene: Scene) -> None:
    """SIGSTOP beyond the lease, then SIGCONT: a zombie that believes that it still holds its jobs."""
    worker = scene.chance.choice(scene.crew.workers)
    if not worker.is_alive:
        return
    os.kill(worker.pid, signal.SIGSTOP)
    await asyncio.sleep(scene.lease_seconds * scene.chance.uniform(1.1, 1.6))
    if worker.is_alive:
        os.kill(worker.pid, signal.SIGCONT)


async def stop_server(scene: Scene) -> None:
    """Stop PostgreSQL at once, wait a little, start it again."""
    await scene.place.stop_server()
    await asyncio.sleep(scene.chance.uniform(0.0, 1.5))
    await scene.place.start_server()


async def cut_all(scene: Scene) -> None:
    """`pg_terminate_backend` on every connection."""
    await _terminate(scene, "all")


async def cut_listeners(scene: Scene) -> None:
    """`pg_terminate_backend` on the connections that listen."""
    await _terminate(scene, "listeners")


async def cut_committing(scene: Scene) -> None:
    """`pg_terminate_backend` on one that commits, or else is at work."""
    await _terminate(scene, "committing")


async def cut_lines(scene: Scene) -> None:
    """Reset connections in the network."""
    scene.proxy.cut(scene.chance)


async def go_silent(scene: Scene) -> None:
    """Half-open connections: nothing arrives and nothing is closed, until a firewall resets them."""
    scene.proxy.silence(scene.chance)
    await asyncio.sleep(scene.lease_seconds * scene.chance.uniform(0.3, 1.2))
    scene.proxy.heal()


async def delay(scene: Scene) -> None:
    """A slow network for a while."""
    scene.proxy.delay(scene.chance.uniform(0.05, 0.4))
    await asyncio.sleep(scene.chance.uniform(0.3, 1.5))
    scene.proxy.heal()


async def lose_answer(scene: Scene) -> None:
    """Reset a connection after its COMMIT was sent: it was committed, and nobody was told."""
    scene.proxy.lose_answer()


Fault = Callable[[Scene], Awaitable[None]]

KINDS: dict[str, tuple[Fault, int]] = {
    "worker killed": (kill, 30),
    "worker killed at a named point": (kill_at_point, 30),
    "worker stopped beyond its lease, then continued": (pause, 3),
    "PostgreSQL stopped at once": (stop_server, 1),
    "all connections terminated": (cut_all, 6),
    "listeners terminated": (cut_listeners, 6),
    "committing connection terminated": (cut_committing, 8),
    "connections reset in the network": (cut_lines, 6),
    "connections half-open": (go_silent, 2),
    "network slow": (delay, 2),
    "answer to a COMMIT lost": (lose_answer, 8),
}
"""Each fault with its weight."""


async def _running(scene: Scene, pids: list[int]) -> list[Hit]:
    async with await psycopg.AsyncConnection.connect(scene.place.admin_url, autocommit=True) as connection:
        return await SQL.all(connection, Hit, "list_running", pids=pids)


async def _terminate(scene: Scene, which: str) -> None:
    async with await psycopg.AsyncConnection.connect(scene.place.admin_url, autocommit=True) as connection:
        await SQL.run(connection, "terminate", which=which)
