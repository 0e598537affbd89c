"""Named kill points: each transaction of a worker, right before its commit and right after.

The product knows nothing of them. A worker of the harness replaces `db.connect.transaction` and `statement`, before anything has
imported it, with one that counts its callers and kills the process where it was told to.
"""

import ast
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tidegate.db import connect
from tidegate.db.connect import Pool
from tidegate.db.queries import Connection

Opening = Callable[[Pool], AbstractAsyncContextManager[Connection]]

MODULES = ("tidegate.operations.execution", "tidegate.operations.together", "tidegate.operations.bulk_working")
OPENING = ("transaction", "statement")
"""What opens a transaction; a statement alone is made one of several, so that there is a moment before its commit."""

BEFORE, AFTER = "before commit", "after commit"


@dataclass(frozen=True)
class KillPoint:
    """Where a worker dies: in `function`'s transaction, `when` at the commit, the `turn`th time (from 1)."""

    function: str
    when: str
    turn: int

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"{self.function}, {self.when}"


def functions() -> list[str]:
    """Return every function of a worker that opens a transaction, as `module.function`."""
    found: list[str] = []
    for module in MODULES:
        spec = find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        body = ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body
        short = module.rpartition(".")[2]
        found += [f"{short}.{one.name}" for one in body if isinstance(one, ast.AsyncFunctionDef) and _opens_transaction(one)]
    return found


def install(point: KillPoint, report: Callable[[str], None]) -> None:
    """Make this process die at a point. Call it before the operations are imported: they take `transaction` by name."""
    assert not set(MODULES) & set(sys.modules), "the operations are imported already"
    turns = 0

    def counting(plain: Opening) -> Opening:
        def counted(pool: Pool) -> AbstractAsyncContextManager[Connection]:
            nonlocal turns
            code = sys._getframe(1).f_code
            if f"{Path(code.co_filename).stem}.{code.co_name}" != point.function:
                return plain(pool)
            turns += 1
            return _deadly(pool, point, report) if turns == point.turn else plain(pool)

        return counted

    for name in OPENING:
        setattr(connect, name, counting(getattr(connect, name)))


@asynccontextmanager
async def _deadly(pool: Pool, point: KillPoint, report: Callable[[str], None]) -> AsyncIterator[Connection]:
    async with pool.connection() as connection:
        async with connection.transaction():
            yield connection
            if point.when == BEFORE:
                _die(point, report)
        _die(point, report)


def _die(point: KillPoint, report: Callable[[str], None]) -> None:
    report(point.name)
    os.kill(os.getpid(), signal.SIGKILL)


def _opens_transaction(function: ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OPENING for node in ast.walk(function)
    )
