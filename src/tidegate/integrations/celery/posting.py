"""Events on their way to Tidegate: queued by tasks, which never wait, and sent by a thread. Speaks HTTP, and survives a fork."""

import contextlib
import itertools
import logging
import os
import queue
import threading
import time
from typing import Any

import requests

from tidegate.integrations.celery.telling import Event

ROOM = 10_000
"""Events that wait at most in one process; further ones are dropped, for tasks come first."""

PIECE = 50
SECONDS = 15.0
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
FLUSH_SECONDS = 5.0

LATER = frozenset({401, 403, 408, 425, 429})
"""Refusals that may pass: a token is renewed, a limit is over. So may any answer from 500 up."""

log = logging.getLogger("tidegate.celery")


class Outlet:
    """One way to a Tidegate. In a forked child it begins anew: threads do not come along, and neither may half-used locks."""

    def __init__(self, server: str, token: str) -> None:
        self._url = f"{server.rstrip('/')}/api/v1/lineage"
        self._head = {"Authorization": f"Bearer {token}"}
        self._thread: threading.Thread | None = None
        self._begin()

    def put(self, *events: Event) -> None:
        """Have events sent soon, together and in their order. Never waits, never raises."""
        if os.getpid() != self._pid:
            self._begin()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="tidegate-celery", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait(list(events))
        except queue.Full:
            log.warning("tidegate: too many events wait, %d dropped", len(events))

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until everything is sent, `seconds` at most, and tell whether it is: what a process that ends does last."""
        self._hurry.set()
        until = time.monotonic() + seconds
        while os.getpid() == self._pid and self._waiting.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.01)
        return not self._waiting.unfinished_tasks

    def fetch(self, namespace: str) -> list[dict[str, Any]]:
        """Return what Tidegate asks to be run again. Raises requests.RequestException."""
        answer = requests.post(f"{self._url}/retries", json={"namespace": namespace}, headers=self._head, timeout=SECONDS)
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._waiting: queue.Queue[list[Event]] = queue.Queue(ROOM)
        self._thread = None

    def _work(self) -> None:
        with requests.Session() as session:
            while True:
                groups = [self._waiting.get()]
                with contextlib.suppress(queue.Empty):
                    while sum(map(len, groups)) < PIECE:
                        groups.append(self._waiting.get_nowait())
                self._deliver(session, groups)
                for _ in groups:
                    self._waiting.task_done()

    def _deliver(self, session: requests.Session, groups: list[list[Event]]) -> None:
        """Send until it is taken or refused for good; then each group alone, so that one bad event takes no other along."""
        events = [event for group in groups for event in group]
        for pause in itertools.chain(PAUSES, itertools.repeat(PAUSES[-1])):
            status = self._post(session, events)
            if status < 300:
                return
            if status < 500 and status not in LATER:
                break
            log.warning("tidegate: %d events not taken yet (%s)", len(events), status)
            if self._hurry.wait(pause) and self._post(session, events) >= 300:
                return
        if len(groups) == 1:
            log.warning("tidegate: %d events refused", len(events))
            return
        for group in groups:
            self._deliver(session, [group])

    def _post(self, session: requests.Session, events: list[Event]) -> int:
        """Return the answer's status, 599 when there was none."""
        try:
            return session.post(self._url, json=events, headers=self._head, timeout=SECONDS).status_code
        except requests.RequestException:
            return 599
