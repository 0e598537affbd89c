"""From Celery's signals to events, and from what Tidegate asks for to `send_task`."""

import atexit
import logging
import threading
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import requests
from celery import Celery, signals

from tidegate.integrations.celery.posting import Outlet
from tidegate.integrations.celery.sealing import Seal
from tidegate.integrations.celery.telling import HEADER, Event, event

log = logging.getLogger("tidegate.celery")

POLL_SECONDS = 10.0


def connect(
    app: Celery,
    *,
    server: str,
    token: str,
    secret: str | None = None,
    namespace: str | None = None,
    poll_seconds: float = POLL_SECONDS,
) -> "Bridge":
    """Tell the Tidegate at `server` of the tasks of `app`, and let it retry them. Call it in every process, where `app` is made.

    `token` needs the right lineage:write. `secret` seals the arguments of tasks. By default the token does; then what was told
    of under an old token cannot be retried under a new one. `namespace` is by default `celery://` and the app's name.
    """
    bridge = Bridge(app, Outlet(server, token), Seal(secret or token), namespace or f"celery://{app.main or 'app'}", poll_seconds)
    bridge.listen()
    return bridge


class Bridge:
    """The connection of one application."""

    def __init__(self, app: Celery, outlet: Outlet, seal: Seal, namespace: str, poll_seconds: float) -> None:
        self.namespace = namespace
        self._app = app
        self._outlet = outlet
        self._seal = seal
        self._poll_seconds = poll_seconds
        self._over = threading.Event()

    def listen(self) -> None:
        """Connect to the signals of this process."""
        for signal, heard in (
            (signals.after_task_publish, self._sent),
            (signals.task_prerun, self._begun),
            (signals.task_success, self._succeeded),
            (signals.task_failure, self._failed),
            (signals.task_retry, self._tried_again),
            (signals.task_revoked, self._revoked),
            (signals.worker_ready, self._ready),
            (signals.worker_shutdown, self._ended),
            (signals.worker_process_shutdown, self._ended),
        ):
            signal.connect(_harmless(heard), weak=False)
        atexit.register(self._outlet.flush)

    def ask(self) -> int:
        """Send the tasks that Tidegate asks to be run again and return their number. Raises requests.RequestException."""
        calls = self._outlet.fetch(self.namespace)
        for call in calls:
            self._run_again(call)
        return len(calls)

    def _run_again(self, call: dict[str, Any]) -> None:
        """Send one task. It has an id that follows from the call's, so that a second delivery is the same task."""
        asked = {"job_id": call["job_id"], "attempt": call["attempt"]}
        task_id = str(uuid5(NAMESPACE_URL, f"urn:tidegate:call:{call['id']}"))
        known = self._seal.open(call.get("restart"))
        if known is None:
            name = str(call["pipeline"]).removeprefix(f"{self.namespace}/")
            error = ("What the task was called with is not known, or was sealed by another secret.", "")
            self._outlet.put(self._event("FAIL", name, task_id, 0, asked=asked, error=error))
            return
        name, args, kwargs, queue = known
        self._app.send_task(name, args, kwargs, task_id=task_id, headers={HEADER: asked}, **({"queue": queue} if queue else {}))

    # Signals. Celery gives more than is named here, so each takes the rest. ------------------------------------------

    def _sent(self, *, sender: str, headers: Any = None, body: Any = None, routing_key: str | None = None, **_: Any) -> None:
        """A first try waits. Of further ones the worker tells, which knows how the one before ended."""
        if not isinstance(headers, dict) or "id" not in headers or headers.get("retries") or sender.startswith("celery."):
            return
        restart = self._seal.close(sender, body[0], body[1], routing_key) if isinstance(body, list | tuple) else None
        told = self._event("OTHER", sender, headers["id"], 0, asked=headers.get(HEADER), queued=True, restart=restart)
        self._outlet.put(told)

    def _begun(self, *, task_id: str, task: Any, args: Any, kwargs: Any, **_: Any) -> None:
        """A try begins. That the one before has failed is told along, in case its own word is still under way."""
        request, retries = task.request, task.request.retries or 0
        before = [self._event("FAIL", task.name, task_id, retries - 1)] if retries else []
        queue = (request.delivery_info or {}).get("routing_key")
        restart = self._seal.close(task.name, args, kwargs, queue)
        asked = (request.headers or {}).get(HEADER)
        self._outlet.put(*before, self._event("START", task.name, task_id, retries, asked=asked, restart=restart))

    def _succeeded(self, *, sender: Any, **_: Any) -> None:
        self._outlet.put(self._event("COMPLETE", sender.name, sender.request.id, sender.request.retries or 0))

    def _failed(self, *, sender: Any, task_id: str, exception: Any = None, einfo: Any = None, **_: Any) -> None:
        error = (f"{type(exception).__name__}: {exception}", str(einfo or ""))
        self._outlet.put(self._event("FAIL", sender.name, task_id, sender.request.retries or 0, error=error))

    def _tried_again(self, *, sender: Any, request: Any, reason: Any = None, einfo: Any = None, **_: Any) -> None:
        """A try has failed and the next one waits: one message, so that nothing comes between."""
        retries, error = request.retries or 0, (f"{type(reason).__name__}: {reason}", str(einfo or ""))
        failed = self._event("FAIL", sender.name, request.id, retries, error=error)
        self._outlet.put(failed, self._event("OTHER", sender.name, request.id, retries + 1, queued=True))

    def _revoked(self, *, sender: Any, request: Any, **_: Any) -> None:
        self._outlet.put(self._event("ABORT", sender.name, request.id, request.retries or 0))

    def _ready(self, **_: Any) -> None:
        threading.Thread(target=self._keep_asking, name="tidegate-celery-asks", daemon=True).start()

    def _ended(self, **_: Any) -> None:
        self._over.set()
        self._outlet.flush()

    def _keep_asking(self) -> None:
        while not self._over.is_set():
            try:
                self.ask()
            except requests.RequestException as error:
                log.warning("tidegate: not asked (%s)", type(error).__name__)
            except Exception:
                log.exception("tidegate: what was asked for could not be sent")
            self._over.wait(self._poll_seconds)

    def _event(self, kind: str, name: str, task_id: str, retries: int, **more: Any) -> Event:
        return event(kind, self.namespace, name, task_id, retries, **more)


def _harmless(heard: Callable[..., None]) -> Callable[..., None]:
    """Let no error of ours reach a task."""

    def hear(**told: Any) -> None:
        try:
            told.pop("signal", None)
            heard(**told)
        except Exception:
            log.exception("tidegate: a signal was not told of")

    return hear
