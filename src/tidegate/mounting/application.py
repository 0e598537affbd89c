"""The application that a host mounts: it opens its pool when it is first needed, and closes it whatever the host does.

A task of its own holds what is open. It ends when the host forwards the end of its lifespan, or leaves our context, or calls
`aclose`; failing all of these, when the event loop ends, which cancels every task.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self, cast

from litestar import Litestar
from litestar.types import ASGIApp, LifeSpanReceive, LifeSpanSend, Receive, Scope, Send

from tidegate import settings as configuration
from tidegate import wiring
from tidegate.operations.hosted import SignIn
from tidegate.settings import Settings
from tidegate.web.prefix import Prefixed


def asgi(settings: Settings | None = None, *, sign_in: SignIn | None = None, entrance: str = "/") -> "Application":
    """Return the console and the API as one ASGI application, for a host to mount under any prefix.

    `settings` are those of TIDEGATE_* by default. With `sign_in` the host tells who asks; whom it does not know is led to
    `entrance`, a page of the host, with `next` in the query. Raises SettingError.
    """
    return Application(settings or configuration.load(), sign_in, entrance)


class Application:
    """See `asgi`."""

    def __init__(self, settings: Settings, sign_in: SignIn | None, entrance: str) -> None:
        self._settings = settings
        self._sign_in = sign_in
        self._entrance = entrance if sign_in is not None else None
        self._holder: asyncio.Task[None] | None = None
        self._opened: asyncio.Future[ASGIApp] | None = None
        self._closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI has it: requests, and the host's lifespan where it is forwarded."""
        match str(scope["type"]):
            case "http":
                await (await self.open())(scope, receive, send)
            case "lifespan":
                await self._live(cast(LifeSpanReceive, receive), cast(LifeSpanSend, send))
            case _:
                await send({"type": "websocket.close", "code": 1000, "reason": None})

    async def open(self) -> ASGIApp:
        """Open the pool if it is not open, and return what answers requests. Raises what `wiring.running` raises."""
        if self._holder is None or self._holder.done() or self._opened is None:
            self._opened, self._closing = asyncio.get_running_loop().create_future(), asyncio.Event()
            self._holder = asyncio.create_task(self._hold(self._opened, self._closing), name="tidegate mounted")
        return await asyncio.shield(self._opened)

    async def aclose(self) -> None:
        """End streams and close the pool; harmless when nothing is open."""
        self._closing.set()
        if self._holder is not None:
            await asyncio.wait([self._holder])

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def _hold(self, opened: "asyncio.Future[ASGIApp]", closing: asyncio.Event) -> None:
        """Keep everything open until told to close, or cancelled."""
        try:
            async with wiring.running(self._settings, name="tidegate mounted") as services:
                app: Litestar = wiring.asgi(services, self._sign_in)
                async with app.lifespan():
                    opened.set_result(Prefixed(app, self._entrance))
                    await closing.wait()
        except Exception as error:
            if opened.done():
                raise
            opened.set_exception(error)

    async def _live(self, receive: LifeSpanReceive, send: LifeSpanSend) -> None:
        await receive()
        try:
            await self.open()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        with contextlib.suppress(asyncio.CancelledError):
            await self.aclose()
        await send({"type": "lifespan.shutdown.complete"})
