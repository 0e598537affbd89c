"""Steps that fail in every way there is, each time with secrets on the failure.

The locator is JSON: `how` to fail, and the canaries by their place. Whatever the step says goes through Tidegate's own
hands; that it prints nothing itself is the one thing asked of a step.
"""

import asyncio
import contextlib
import gc
import json
import logging
import os
import subprocess
import threading
import warnings
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.faults.leaks.scanner import new_canary
from tidegate.domain.failures import FailureCode, Value
from tidegate.pipeline.cage.pool import CagePool, Limits
from tidegate.pipeline.content import ContentStore
from tidegate.pipeline.registry import step
from tidegate.pipeline.step import Chunk, Ingested, StepContext, StepFailed

NAME = "leaky"
PARAMS: Mapping[FailureCode, Mapping[str, Value]] = {
    FailureCode.PROVIDER_UNAVAILABLE: {"status": 502},
    FailureCode.PARSE_TIMEOUT: {"limit": 120},
    FailureCode.OUT_OF_MEMORY: {"limit": 1024},
    FailureCode.FILE_TOO_LARGE: {"limit": 1024},
    FailureCode.FILE_EXPANDS_TOO_MUCH: {"limit": 1024},
    FailureCode.UNSUPPORTED_TYPE: {"found": "application/zip"},
    FailureCode.TYPE_MISMATCH: {"named": "application/pdf", "found": "text/html"},
}

Seeds = Mapping[str, str]
Way = Callable[[StepContext, Seeds], Awaitable[Any]]
WAYS: dict[str, Way] = {}
"""How to fail, by name. The codes of the catalogue are added to these as `code:…`."""


class Panic(BaseException):
    """Like the panic of a library in Rust: no Exception."""


class Talkative(Exception):
    """An error that tells everything about itself, whichever way it is asked."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret, {"row": secret})
        self.secret = secret

    def __str__(self) -> str:
        return f"talkative about {self.secret}"

    def __repr__(self) -> str:
        return f"Talkative({self.secret!r})"


def way(function: Way) -> Way:
    """Register a way to fail under its function's name."""
    WAYS[function.__name__] = function
    return function


@step
async def prepare(context: StepContext) -> Any:
    """Leave a checkpoint with a secret in it."""
    seeds = json.loads(context.source.locator)["seeds"]
    return {"cursor": seeds["checkpoint"], "row": [seeds["checkpoint"].encode()]}


@step
async def leak(context: StepContext) -> Any:
    """Fail as the locator says."""
    asked = json.loads(context.source.locator)
    how, seeds = asked["how"], asked["seeds"]
    if how.startswith("code:"):
        raise_failure(FailureCode(how[5:]), seeds)
    return await WAYS[how](context, seeds)


def raise_failure(code: FailureCode, seeds: Seeds) -> None:
    """Raise a failure of the catalogue with secrets on every part of it that is not its code."""
    held = seeds["local variable"]
    failure = StepFailed(code, f"while reading {seeds['diagnostic of a step']}", **PARAMS.get(code, {}))
    failure.add_note(seeds["note"])
    failure.args = (*failure.args, seeds["exception argument"])
    try:
        raise ValueError(seeds["__context__"], held)  # noqa: TRY301
    except ValueError:
        raise failure from RuntimeError(seeds["__cause__"])


@way
async def chained(context: StepContext, seeds: Seeds) -> Any:
    try:
        raise KeyError(seeds["__context__"])  # noqa: TRY301
    except KeyError:
        error = ValueError(f"cannot take {seeds['exception message']}", seeds["exception argument"])
        error.add_note(seeds["note"])
        raise error from OSError(5, "broken", f"/mnt/{seeds['__cause__']}")


@way
async def talkative(context: StepContext, seeds: Seeds) -> Any:
    raise Talkative(seeds["exception message"])


@way
async def group(context: StepContext, seeds: Seeds) -> Any:
    raise ExceptionGroup(seeds["exception message"], [ValueError(seeds["exception argument"]), Talkative(seeds["note"])])


@way
async def no_such_file(context: StepContext, seeds: Seeds) -> Any:
    return Path(f"/nowhere/{seeds['file name in an error']}").read_bytes()


@way
async def not_text(context: StepContext, seeds: Seeds) -> Any:
    return (seeds["bytes in an error"].encode() + b"\xff").decode()


@way
async def not_json(context: StepContext, seeds: Seeds) -> Any:
    return json.loads(f'{{"{seeds["bytes in an error"]}"')


@way
async def a_program_fails(context: StepContext, seeds: Seeds) -> Any:
    command = ["/bin/sh", "-c", f"echo {seeds['output of a program']} >&2; exit 3", seeds["argument of a program"]]
    subprocess.run(command, check=True, capture_output=True)


@way
async def wrong_parameter(context: StepContext, seeds: Seeds) -> Any:
    raise StepFailed(FailureCode.UNSUPPORTED_TYPE, "", found=seeds["value of a parameter"])


@way
async def no_checkpoint(context: StepContext, seeds: Seeds) -> Any:
    return Talkative(seeds["result of a step"])


async def _sql(statement: str, *values: object) -> None:
    async with await psycopg.AsyncConnection.connect(os.environ["LEAKY_DATABASE"], autocommit=True) as connection:
        await connection.execute("CREATE TEMP TABLE secret (word text PRIMARY KEY, other text CHECK (length(other) < 10))")
        await connection.execute("INSERT INTO secret VALUES (%s, 'short')", (values[0],))
        await connection.execute(statement, values)


@way
async def unique_violation(context: StepContext, seeds: Seeds) -> Any:
    await _sql("INSERT INTO secret VALUES (%s, 'again')", seeds["SQL detail"])


@way
async def check_violation(context: StepContext, seeds: Seeds) -> Any:
    await _sql("INSERT INTO secret VALUES ('x', %s)", seeds["SQL row"])


@way
async def bad_sql_value(context: StepContext, seeds: Seeds) -> Any:
    await _sql("SELECT %s::integer", seeds["SQL parameter"])


@way
async def no_database(context: StepContext, seeds: Seeds) -> Any:
    await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=1, user=seeds["database user"], password=seeds["database password"], connect_timeout=2
    )


@way
async def no_server(context: StepContext, seeds: Seeds) -> Any:
    address = f"http://{seeds['URL user']}:{seeds['URL password']}@127.0.0.1:1/{seeds['URL path']}?key={seeds['URL query']}"
    await asyncio.to_thread(requests.get, address, timeout=2)


@way
async def broken_store(context: StepContext, seeds: Seeds) -> Any:
    occupied = context.scratch / "occupied"
    occupied.write_text("a file where a folder should be")
    store = ContentStore(f"file://{occupied}/{seeds['storage address']}")
    await store.put_stream(seeds["storage key"], [seeds["bytes in an error"].encode()], 1000)


async def _caged(context: StepContext, seeds: Seeds, task: str) -> Any:
    document = context.scratch / "document"
    document.write_text(seeds["document of a cage"])
    pool = CagePool(1, Limits(20, 512 * 1024**2, 1024**2), "tests.faults.leaks.caged_reader")
    try:
        return await pool.run(task, document, {"canary": seeds["output of a caged child"]})
    finally:
        await pool.close()


@way
async def cage_blurts(context: StepContext, seeds: Seeds) -> Any:
    return await _caged(context, seeds, "blurt")


@way
async def cage_dies(context: StepContext, seeds: Seeds) -> Any:
    return await _caged(context, seeds, "die")


@way
async def panic(context: StepContext, seeds: Seeds) -> Any:
    raise Panic(seeds["exception message"])


@way
async def leaves(context: StepContext, seeds: Seeds) -> Any:
    raise SystemExit(seeds["message of an exit"])


@way
async def cancels_itself(context: StepContext, seeds: Seeds) -> Any:
    raise asyncio.CancelledError(seeds["exception message"])


# What reaches a process's error output past every `except`: for real workers only. ---------------------------------


@way
async def background_task(context: StepContext, seeds: Seeds) -> Any:
    async def broken() -> None:
        raise Talkative(seeds["error of a forgotten task"])

    asyncio.create_task(broken())  # noqa: RUF006 - forgetting it is the point
    await asyncio.sleep(0.05)
    gc.collect()
    raise ValueError(seeds["exception message"])


@way
async def callback(context: StepContext, seeds: Seeds) -> Any:
    def broken(secret: str) -> None:
        raise Talkative(secret)

    asyncio.get_running_loop().call_soon(broken, seeds["error of a callback"])
    await asyncio.sleep(0.05)


@way
async def thread(context: StepContext, seeds: Seeds) -> Any:
    def broken() -> None:
        raise Talkative(seeds["error of a thread"])

    lost = threading.Thread(target=broken, name=seeds["error of a thread"])
    lost.start()
    lost.join()


@way
async def unraisable(context: StepContext, seeds: Seeds) -> Any:
    class Untidy:
        def __del__(self) -> None:
            raise Talkative(seeds["error of a destructor"])

    Untidy()
    gc.collect()


@way
async def warns(context: StepContext, seeds: Seeds) -> Any:
    warnings.warn(f"deprecated: {seeds['text of a warning']}", stacklevel=1)


@way
async def library_logs(context: StepContext, seeds: Seeds) -> Any:
    log = logging.getLogger("a.library")
    log.warning("cannot take %s", seeds["filled into a log line"])
    log.warning(f"cannot take {seeds['built into a log line']}")  # noqa: G004 - as careless libraries do
    with contextlib.suppress(Talkative):
        try:
            raise Talkative(seeds["error of a log line"])  # noqa: TRY301
        except Talkative:
            log.exception("it broke")
            raise


IN_PROCESSES_ONLY = frozenset({"background_task", "callback", "thread", "unraisable", "warns", "library_logs"})


@way
async def ingested(context: StepContext, seeds: Seeds) -> Any:
    """Succeed: the text is for those who may read content, and so is the title that the document gives itself."""
    text = f"A passage about harbours and {seeds['document text']}."
    return Ingested(new_canary() * 2, "text/plain", len(text), len(text), 1, (Chunk(text, 1, 1),), seeds["document title"])


STEPS = (prepare, leak)
