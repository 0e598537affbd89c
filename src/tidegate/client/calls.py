"""Plans become methods: the same attribute returns a result on a client that waits, and an awaitable of it on one that awaits."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Generic, ParamSpec, TypeVar, overload

from tidegate.client.drivers import Awaiting, Waiting
from tidegate.client.effects import Flow, Plan

P = ParamSpec("P")
T = TypeVar("T")


class WithWaiting:
    """What waits: it has a driver that does."""

    _driver: Waiting


class WithAwaiting:
    """What awaits: it has a driver that does."""

    _driver: Awaiting


class Call(Generic[P, T]):
    """A method that comes to one result."""

    def __init__(self, plan: Callable[P, Plan[T]]) -> None:
        self._plan = plan
        self.__doc__ = plan.__doc__

    @overload
    def __get__(self, client: WithWaiting, owner: type | None = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: WithAwaiting, owner: type | None = None) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, client: None, owner: type | None = None) -> "Call[P, T]": ...
    def __get__(self, client: Any, owner: type | None = None) -> Any:
        """Return the method of this client."""
        if client is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client._driver.run(self._plan(*args, **kwargs))  # noqa: SLF001 - a method of that client

        call.__name__, call.__doc__ = self._plan.__name__, self._plan.__doc__
        return call


class Each(Generic[P, T]):
    """A method that gives results one after another."""

    def __init__(self, flow: Callable[P, Flow[T]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, client: WithWaiting, owner: type | None = None) -> Callable[P, Generator[T]]: ...
    @overload
    def __get__(self, client: WithAwaiting, owner: type | None = None) -> Callable[P, AsyncGenerator[T]]: ...
    @overload
    def __get__(self, client: None, owner: type | None = None) -> "Each[P, T]": ...
    def __get__(self, client: Any, owner: type | None = None) -> Any:
        """Return the method of this client."""
        if client is None:
            return self

        def each(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client._driver.each(self._flow(*args, **kwargs))  # noqa: SLF001 - a method of that client

        each.__name__, each.__doc__ = self._flow.__name__, self._flow.__doc__
        return each
