"""Ctrl-C and SIGTERM: the first asks for an orderly stop, the second insists."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import uvloop

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.5


class Stop:
    """What signals have asked for. Until `is_started` is set, the first of them cancels the start."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()
        self.is_started = False
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self._signalled)
        return self

    def __exit__(self, *_: object) -> None:
        for number in SIGNALS:
            self._loop.remove_signal_handler(number)

    def _signalled(self) -> None:
        if self.asked.is_set():
            self.insisted.set()
        self.asked.set()
        if not self.is_started and self._task is not None:
            self._task.cancel()


def run(serve: Callable[[Stop], Awaitable[None]]) -> int:
    """Run a server until it has stopped, and return the exit status: being stopped is no error."""

    async def until_stopped() -> None:
        with Stop() as stop:
            try:
                await serve(stop)
            except asyncio.CancelledError:
                if not stop.asked.is_set():
                    raise

    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(until_stopped())
    return 0


def stop_with(parent: int, deadline_seconds: float) -> None:
    """Stop this process when its parent is gone, however that ended; by force when the orderly stop takes too long.

    A thread of its own looks, so that a blocked event loop does not keep an orphan alive.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(deadline_seconds)
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def _new_loop() -> Any:
    return uvloop.new_event_loop()
