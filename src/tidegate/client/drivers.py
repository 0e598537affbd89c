"""Who does what plans ask for: `Waiting` blocks its thread, `Awaiting` its task. They know HTTP, and nothing of Tidegate."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx

from tidegate.client.effects import Answer, Block, Clock, Effect, File, Flow, Give, Line, Lost, Open, Pause, Plan, Request, Send

T = TypeVar("T")
BROKEN = (httpx.TransportError, httpx.StreamError)


class _Stream:
    """The stream that is open, if one is."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self._parts: Iterator[Any] | None = None

    def take(self, response: httpx.Response) -> None:
        """Read from this response from now on."""
        self._response, self._parts = response, None

    def close(self) -> None:
        """Read no more."""
        if self._response is not None:
            self._response.close()
            self._response = None

    def line(self) -> str | Lost:
        """Return the next line."""
        return self._next(httpx.Response.iter_lines)

    def block(self) -> bytes | Lost:
        """Return the next bytes."""
        return self._next(httpx.Response.iter_bytes)

    def _next(self, parts: Callable[[httpx.Response], Iterator[T]]) -> T | Lost:
        if self._response is None:
            return Lost("NotOpen")
        try:
            if self._parts is None:
                self._parts = parts(self._response)
            found: T | Lost = next(self._parts, Lost(Lost.END))
        except BROKEN as error:
            return Lost(type(error).__name__)
        return found


class Waiting:
    """Does what plans ask for, waiting."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def run(self, plan: Plan[T]) -> T:
        """Return what a plan comes to."""
        stream, outcome = _Stream(), None
        try:
            while True:
                outcome = self._do(plan.send(outcome), stream)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            stream.close()

    def each(self, flow: Flow[T]) -> Generator[T]:
        """Yield what a flow gives; its stream is closed when nobody iterates any more."""
        stream, outcome = _Stream(), None
        try:
            while True:
                match flow.send(outcome):
                    case Give(value):
                        outcome = None
                        yield value
                    case effect:
                        outcome = self._do(effect, stream)
        except StopIteration:
            return
        finally:
            stream.close()

    def _do(self, effect: Effect, stream: _Stream) -> Any:
        match effect:
            case Send(request):
                got = self._send(request)
                return got if isinstance(got, Lost) else answer(got, got.content)
            case Open(request):
                return self._open(request, stream)
            case Line():
                return stream.line()
            case Block():
                return stream.block()
            case Pause(seconds):
                return time.sleep(seconds)
            case Clock():
                return time.monotonic()

    def _open(self, request: Request, stream: _Stream) -> Answer | Lost:
        """Open a stream in place of the one before, and return its head; of a refusal the body too."""
        stream.close()
        got = self._send(request, stream=True)
        if isinstance(got, Lost):
            return got
        stream.take(got)
        try:
            return answer(got, b"" if got.is_success else got.read())
        except BROKEN as error:
            return Lost(type(error).__name__)

    def _send(self, request: Request, *, stream: bool = False) -> httpx.Response | Lost:
        with ExitStack() as files:
            try:
                return self._http.send(self._http.build_request(**written(request, files)), stream=stream)
            except BROKEN as error:
                return Lost(type(error).__name__)


class _AsyncStream:
    """The stream that is open, if one is."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self._parts: AsyncIterator[Any] | None = None

    def take(self, response: httpx.Response) -> None:
        """Read from this response from now on."""
        self._response, self._parts = response, None

    async def close(self) -> None:
        """Read no more."""
        if self._response is not None:
            await self._response.aclose()
            self._response = None

    async def line(self) -> str | Lost:
        """Return the next line."""
        return await self._next(httpx.Response.aiter_lines)

    async def block(self) -> bytes | Lost:
        """Return the next bytes."""
        return await self._next(httpx.Response.aiter_bytes)

    async def _next(self, parts: Callable[[httpx.Response], AsyncIterator[T]]) -> T | Lost:
        if self._response is None:
            return Lost("NotOpen")
        try:
            if self._parts is None:
                self._parts = parts(self._response)
            found: T | Lost = await anext(self._parts, Lost(Lost.END))
        except BROKEN as error:
            return Lost(type(error).__name__)
        return found


class Awaiting:
    """Does what plans ask for, awaiting."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def run(self, plan: Plan[T]) -> T:
        """Return what a plan comes to."""
        stream, outcome = _AsyncStream(), None
        try:
            while True:
                outcome = await self._do(plan.send(outcome), stream)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            await stream.close()

    async def each(self, flow: Flow[T]) -> AsyncGenerator[T]:
        """Yield what a flow gives; its stream is closed when nobody iterates any more."""
        stream, outcome = _AsyncStream(), None
        try:
            while True:
                match flow.send(outcome):
                    case Give(value):
                        outcome = None
                        yield value
                    case effect:
                        outcome = await self._do(effect, stream)
        except StopIteration:
            return
        finally:
            await stream.close()

    async def _do(self, effect: Effect, stream: _AsyncStream) -> Any:
        match effect:
            case Send(request):
                got = await self._send(request)
                return got if isinstance(got, Lost) else answer(got, got.content)
            case Open(request):
                return await self._open(request, stream)
            case Line():
                return await stream.line()
            case Block():
                return await stream.block()
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case Clock():
                return time.monotonic()

    async def _open(self, request: Request, stream: _AsyncStream) -> Answer | Lost:
        """Open a stream in place of the one before, and return its head; of a refusal the body too."""
        await stream.close()
        got = await self._send(request, stream=True)
        if isinstance(got, Lost):
            return got
        stream.take(got)
        try:
            return answer(got, b"" if got.is_success else await got.aread())
        except BROKEN as error:
            return Lost(type(error).__name__)

    async def _send(self, request: Request, *, stream: bool = False) -> httpx.Response | Lost:
        with ExitStack() as files:
            try:
                return await self._http.send(self._http.build_request(**written(request, files)), stream=stream)
            except BROKEN as error:
                return Lost(type(error).__name__)


def answer(response: httpx.Response, body: bytes) -> Answer:
    """Return an answer as plans see it."""
    return Answer(response.status_code, response.headers, body)


def written(request: Request, files: ExitStack) -> dict[str, Any]:
    """Return a request as httpx takes it, its files open as long as `files` is. Raises OSError."""
    more: dict[str, Any] = {}
    if request.body is not None:
        more = {"content": request.body, "headers": {**request.headers, "Content-Type": "application/json"}}
    elif request.files:
        parts = [("files", (name, _opened(file, files))) for name, file in request.files]
        more = {"data": dict(request.fields), "files": parts}
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.query),
        "headers": dict(request.headers),
        **more,
    }


def _opened(file: File, files: ExitStack) -> Any:
    return file if isinstance(file, bytes) else files.enter_context(file.open("rb"))
