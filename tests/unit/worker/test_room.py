"""Whoever must be alone waits for the others, keeps new ones out, and lets them in again."""

import asyncio

from tidegate.worker.room import Room


async def test_one_who_is_alone_meets_nobody() -> None:
    room, inside, met = Room(), set[int](), list[tuple[int, ...]]()

    async def attempt(number: int, *, alone: bool) -> None:
        async with room.alone() if alone else room.shared():
            inside.add(number)
            for _ in range(3):
                await asyncio.sleep(0)
                if alone:
                    met.append(tuple(inside))
            inside.discard(number)

    await asyncio.gather(*(attempt(number, alone=number % 4 == 0) for number in range(20)))
    assert set(met) == {(0,), (4,), (8,), (12,), (16,)}


async def test_others_share_and_a_waiter_that_gives_up_keeps_nobody_out() -> None:
    room = Room()
    async with room.shared(), room.shared():
        lonely = asyncio.create_task(_enter(room))
        await asyncio.sleep(0)
        lonely.cancel()
        await asyncio.wait({lonely})
        async with asyncio.timeout(1), room.shared():
            pass


async def _enter(room: Room) -> None:
    async with room.alone():
        raise AssertionError
