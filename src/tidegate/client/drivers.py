"""Who does what plans ask for: `Waiting` blocks its thread, `Awaiting` its task. They know HTTP, and nothing of Tidegate."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx

from tidegate.client.effects import Answer, Clock, Effect, File, Flow, Give, Line, Lost, Open, Pause, Plan, Request, Send

T = TypeVar("T")
BROKEN = (httpx.TransportError, httpx.StreamError)


class Waiting:
    """Does what plans ask for, waiting."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def run(self, plan: Plan[T]) -> T:
        """Return what a plan comes to."""
        outcome: Any = None
        try:
            while True:
                outcome = self._do(plan.send(outcome))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def each(self, flow: Flow[T]) -> Generator[T]:
        """Yield what a flow gives; its stream is closed when nobody iterates any more."""
        lines: Iterator[str] | None = None
        response: httpx.Response | None = None
        outcome: Any = None
        try:
            while True:
                match flow.send(outcome):
                    case Give(value):
                        outcome = None
                        yield value
                    case Open(request):
                        if response is not None:
                            response.close()
                        outcome = self._send(request, stream=True)
                        response, lines = (outcome, outcome.iter_lines()) if isinstance(outcome, httpx.Response) else (None, None)
                        outcome = outcome if response is None else self._head(response)
                    case Line():
                        outcome = self._line(lines)
                    case effect:
                        outcome = self._do(effect)
        except StopIteration:
            return
        finally:
            if response is not None:
                response.close()

    def _do(self, effect: Effect) -> Any:
        match effect:
            case Send(request):
                got = self._send(request)
                return got if isinstance(got, Lost) else answer(got, got.content)
            case Pause(seconds):
                return time.sleep(seconds)
            case Clock():
                return time.monotonic()
            case _:
                raise TypeError("a plan has no stream")

    def _send(self, request: Request, *, stream: bool = False) -> httpx.Response | Lost:
        with ExitStack() as files:
            try:
                return self._http.send(self._http.build_request(**written(request, files)), stream=stream)
            except BROKEN as error:
                return Lost(type(error).__name__)

    def _head(self, response: httpx.Response) -> Answer | Lost:
        """Return the head of a stream; of a refusal the body too."""
        try:
            return answer(response, b"" if response.is_success else response.read())
        except BROKEN as error:
            return Lost(type(error).__name__)

    @staticmethod
    def _line(lines: Iterator[str] | None) -> str | Lost:
        try:
            return next(lines, Lost("End")) if lines is not None else Lost("NotOpen")
        except BROKEN as error:
            return Lost(type(error).__name__)


class Awaiting:
    """Does what plans ask for, awaiting."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def run(self, plan: Plan[T]) -> T:
        """Return what a plan comes to."""
        outcome: Any = None
        try:
            while True:
                outcome = await self._do(plan.send(outcome))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def each(self, flow: Flow[T]) -> AsyncGenerator[T]:
        """Yield what a flow gives; its stream is closed when nobody iterates any more."""
        lines: AsyncIterator[str] | None = None
        response: httpx.Response | None = None
        outcome: Any = None
        try:
            while True:
                match flow.send(outcome):
                    case Give(value):
                        outcome = None
                        yield value
                    case Open(request):
                        if response is not None:
                            await response.aclose()
                        outcome = await self._send(request, stream=True)
                        response, lines = (
                            (outcome, outcome.aiter_lines()) if isinstance(outcome, httpx.Response) else (None, None)
                        )
                        outcome = outcome if response is None else await self._head(response)
                    case Line():
                        outcome = await self._line(lines)
                    case effect:
                        outcome = await self._do(effect)
        except StopIteration:
            return
        finally:
            if response is not None:
                await response.aclose()

    async def _do(self, effect: Effect) -> Any:
        match effect:
            case Send(request):
                got = await self._send(request)
                return got if isinstance(got, Lost) else answer(got, got.content)
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case Clock():
                return time.monotonic()
            case _:
                raise TypeError("a plan has no stream")

    async def _send(self, request: Request, *, stream: bool = False) -> httpx.Response | Lost:
        with ExitStack() as files:
            try:
                return await self._http.send(self._http.build_request(**written(request, files)), stream=stream)
            except BROKEN as error:
                return Lost(type(error).__name__)

    async def _head(self, response: httpx.Response) -> Answer | Lost:
        """Return the head of a stream; of a refusal the body too."""
        try:
            return answer(response, b"" if response.is_success else await response.aread())
        except BROKEN as error:
            return Lost(type(error).__name__)

    @staticmethod
    async def _line(lines: AsyncIterator[str] | None) -> str | Lost:
        try:
            return await anext(lines, Lost("End")) if lines is not None else Lost("NotOpen")
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
