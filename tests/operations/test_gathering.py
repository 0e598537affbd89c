"""What is asked for at the same moment is done at once, and nobody pays for another's trouble."""

import asyncio
from collections.abc import Mapping

import psycopg
import pytest

from tidegate.operations.gathering import LIMIT, Gathering


class Desk:
    """Doubles numbers. Together it leaves odd ones out; alone it refuses 13."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.together_calls: list[list[int]] = []
        self.alone_calls: list[int] = []
        self.open = asyncio.Event()
        self.open.set()
        self._trouble = trouble

    async def together(self, asked: list[int]) -> Mapping[int, int]:
        self.together_calls.append(asked)
        await self.open.wait()
        if self._trouble is not None:
            raise self._trouble
        return {place: 2 * number for place, number in enumerate(asked) if number % 2 == 0}

    async def alone(self, number: int) -> int:
        self.alone_calls.append(number)
        if number == 13:
            raise ZeroDivisionError
        return 2 * number


async def test_those_of_one_moment_are_served_together_and_the_rest_alone() -> None:
    desk = Desk()
    ask = Gathering(desk.together, desk.alone)
    told = await asyncio.gather(*(ask(number) for number in (2, 13, 4, 5)), return_exceptions=True)
    assert list(told[0::2]) == [4, 8]
    assert told[3] == 10
    assert isinstance(told[1], ZeroDivisionError)
    assert (desk.together_calls, desk.alone_calls) == ([[2, 13, 4, 5]], [13, 5])


async def test_one_by_itself_waits_for_nobody_and_those_who_come_meanwhile_share() -> None:
    desk = Desk()
    ask = Gathering(desk.together, desk.alone)
    assert await ask(12) == 24
    assert desk.together_calls == [[12]]
    desk.open.clear()
    first = [asyncio.create_task(ask(number)) for number in (2, 4)]
    while len(desk.together_calls) < 2:
        await asyncio.sleep(0)
    later = [asyncio.create_task(ask(number)) for number in (6, 8, 10)]
    await asyncio.sleep(0)
    desk.open.set()
    assert await asyncio.gather(*first, *later) == [4, 8, 12, 16, 20]
    assert desk.together_calls == [[12], [2, 4], [6, 8, 10]]


async def test_one_that_has_to_wait_alone_keeps_nobody_waiting() -> None:
    gate = asyncio.Event()

    async def slow(number: int) -> int:
        await gate.wait()
        return 2 * number

    ask = Gathering(Desk().together, slow)
    odd = asyncio.create_task(ask(3))
    assert list(await asyncio.gather(ask(2), ask(4))) == [4, 8]
    settled = asyncio.create_task(ask.settle())
    assert await ask(6) == 12
    assert not settled.done()
    gate.set()
    assert await odd == 6
    await settled


async def test_at_most_so_many_at_once() -> None:
    desk = Desk()
    ask = Gathering(desk.together, desk.alone)
    await asyncio.gather(*(ask(2 * number) for number in range(LIMIT + 3)))
    assert [len(call) for call in desk.together_calls] == [LIMIT, 3]


async def test_when_it_fails_together_each_is_tried_alone() -> None:
    desk = Desk(psycopg.DataError())
    ask = Gathering(desk.together, desk.alone)
    told = await asyncio.gather(ask(2), ask(13), ask(4), return_exceptions=True)
    assert list(told[0::2]) == [4, 8]
    assert isinstance(told[1], ZeroDivisionError)


async def test_a_database_that_is_away_is_told_to_all_and_not_asked_for_each() -> None:
    desk = Desk(psycopg.OperationalError())
    ask = Gathering(desk.together, desk.alone)
    told = await asyncio.gather(ask(2), ask(4), return_exceptions=True)
    assert [type(error) for error in told] == [psycopg.OperationalError] * 2
    assert desk.alone_calls == []


async def test_who_gave_up_disturbs_nobody_and_is_waited_for() -> None:
    desk = Desk()
    desk.open.clear()
    ask = Gathering(desk.together, desk.alone)
    leaving, staying = asyncio.create_task(ask(2)), asyncio.create_task(ask(4))
    while not desk.together_calls:
        await asyncio.sleep(0)
    leaving.cancel()
    settled = asyncio.create_task(ask.settle())
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert not settled.done()
    desk.open.set()
    assert await staying == 8
    await settled
