"""Sealing on a real PostgreSQL: the order of transactions that overlap, rounds cut anywhere, and what the roles may do."""

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from tests import story
from tests.storage.sealing import as_sealer, one_round, sealed_ids, verified, write_event, write_events
from tidegate.audit import checkpoint, seal
from tidegate.audit.keys import Signer, new_signer
from tidegate.audit.merkle import EMPTY_ROOT
from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.operations.door import Services


@pytest.fixture
def signer() -> Signer:
    return new_signer()


async def test_an_empty_log_is_signed_too(services: Services, signer: Signer) -> None:
    sealed = await one_round(services, signer)
    assert sealed is not None
    assert checkpoint.read(sealed.note).root == EMPTY_ROOT
    assert (await verified(services, signer, sealed.note)).is_sound


async def test_events_are_sealed_once_and_the_log_is_sound(services: Services, signer: Signer) -> None:
    notes = []
    for count in (1, 1, 5, 32, 3):
        await write_events(services, count)
        sealed = await one_round(services, signer)
        assert sealed is not None
        assert sealed.added == count
        notes.append(sealed.note)
    assert await one_round(services, signer) is None
    report = await verified(services, signer, *notes)
    assert (report.findings, report.size, report.checkpoints, report.unsealed) == ([], 42, 5, 0)


async def test_a_transaction_that_is_open_holds_back_what_came_after_it_and_loses_nothing(
    services: Services, signer: Signer
) -> None:
    await write_events(services, 2)
    async with services.pool.connection() as early, services.pool.connection() as late:
        async with early.transaction():
            first = await write_event(early)
            async with late.transaction():
                second = await write_event(late)
            sealed = await one_round(services, signer)
            assert sealed is not None
            assert sealed.added == 2
            assert await one_round(services, signer) is None
            third = await write_event(early)
        sealed = await one_round(services, signer)
    assert sealed is not None
    assert (await sealed_ids(services))[2:] == [first, third, second]
    assert (await verified(services, signer, sealed.note)).is_sound


async def test_many_transactions_that_overlap_are_sealed_in_the_order_of_their_numbers(
    services: Services, signer: Signer
) -> None:
    async def writer(number: int) -> None:
        for _ in range(15):
            async with transaction(services.pool) as connection:
                await write_event(connection)
                await asyncio.sleep(0.001 * (number % 4))
                await write_event(connection)

    async def sealing() -> None:
        while True:
            await one_round(services, signer)

    task = asyncio.create_task(sealing())
    await asyncio.gather(*map(writer, range(8)))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await one_round(services, signer)
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT id::text FROM audit_event ORDER BY xid, id")).fetchall()
    assert await sealed_ids(services) == [row[0] for row in rows]
    report = await verified(services, signer)
    assert (report.findings, report.size) == ([], 240)


async def test_a_rolled_back_transaction_leaves_no_hole(services: Services, signer: Signer) -> None:
    async with services.pool.connection() as connection:
        async with connection.transaction(force_rollback=True):
            await write_event(connection)
        await write_event(connection)
    sealed = await one_round(services, signer)
    assert sealed is not None
    assert sealed.size == 1
    assert (await verified(services, signer)).is_sound


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
async def test_rounds_smaller_than_a_transaction_come_to_its_end(services: Services, signer: Signer, batch: int) -> None:
    await write_events(services, 10)
    await write_events(services, 4)
    rounds = 0
    while (sealed := await one_round(services, signer, batch=batch)) is not None:
        rounds += 1
        if not sealed.is_full:
            break
    assert rounds == -(-14 // batch)
    report = await verified(services, signer)
    assert (report.findings, report.size) == ([], 14)


async def test_a_heartbeat_proves_the_time_at_the_same_size(services: Services, signer: Signer) -> None:
    await write_events(services, 3)
    first = await one_round(services, signer)
    assert await one_round(services, signer, heartbeat_seconds=60) is None
    second = await one_round(services, signer, heartbeat_seconds=0)
    assert first is not None
    assert second is not None
    one, two = checkpoint.check(first.note, signer.trusted), checkpoint.check(second.note, signer.trusted)
    assert one.checkpoint == two.checkpoint
    assert one.time <= two.time
    assert (await verified(services, signer)).is_sound


async def test_a_new_key_goes_on_where_the_old_one_ended(services: Services, signer: Signer) -> None:
    await write_events(services, 3)
    await one_round(services, signer)
    fresh = new_signer(signer.origin)
    both = Signer(fresh.private, signer.origin, (*signer.trusted, *fresh.trusted))
    await write_events(services, 3)
    with pytest.raises(seal.LogAltered, match="trusted key"):
        await one_round(services, fresh)
    assert await one_round(services, both) is not None
    assert (await verified(services, both)).is_sound
    assert not (await verified(services, fresh)).is_sound


async def test_a_restored_cluster_whose_counter_began_anew_is_sealed_all_the_same(
    services: Services, owner_url: str, signer: Signer
) -> None:
    await write_events(services, 3)
    sealed = await one_round(services, signer)
    assert sealed is not None
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        await owner.execute(
            "INSERT INTO audit_checkpoint (number, size, horizon, key, note) VALUES (2, 3, '9000000000', %s, %s)",
            (str(signer.key), sealed.note),
        )
    await write_events(services, 2)
    sealed = await one_round(services, signer)
    assert sealed is not None
    assert (sealed.added, sealed.size) == (2, 5)
    assert (await verified(services, signer)).is_sound


class Cut(psycopg.AsyncCursor[Any]):
    """A cursor whose connection is cut just before the statement whose turn it is."""

    left = 0

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        if Cut.left == 0:
            self.connection.pgconn.finish()
        Cut.left -= 1
        return await super().execute(*arguments, **options)


async def test_a_round_cut_between_any_two_statements_leaves_nothing_or_all(
    services: Services, owner_url: str, signer: Signer
) -> None:
    await write_events(services, 1)
    await one_round(services, signer)
    expected = 1
    for number in range(12):
        await write_events(services, 3)
        expected += 3
        Cut.left = number
        connection: Connection = await psycopg.AsyncConnection.connect(owner_url, autocommit=True, cursor_factory=Cut)
        async with connection:
            cut = False
            try:
                async with connection.transaction():
                    await seal.seal(connection, signer)
            except psycopg.OperationalError:
                cut = True
        assert cut == (number < 8)
        report = await verified(services, signer)
        assert report.findings == []
        assert report.size + report.unsealed == expected
    Cut.left = -1
    await one_round(services, signer)
    assert (await verified(services, signer)).size == expected


TABLES = ["audit_leaf", "audit_node", "audit_checkpoint"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["INSERT INTO {0} SELECT * FROM {0}", "DELETE FROM {0}", "TRUNCATE {0}"])
async def test_the_application_only_reads_the_seal(services: Services, table: str, act: str) -> None:
    async with services.pool.connection() as connection:
        await connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
        with pytest.raises(errors.InsufficientPrivilege):
            await connection.execute(sql.SQL(act).format(sql.Identifier(table)))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
async def test_the_seal_is_append_only_for_its_owner_too(owner_url: str, table: str, act: str) -> None:
    column = "size" if table == "audit_checkpoint" else "index"
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        with pytest.raises(errors.RestrictViolation, match="append-only"):
            await connection.execute(sql.SQL(act).format(sql.Identifier(table), sql.Identifier(column)))


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE audit_leaf SET index = 7",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_event SET payload = payload",
        "INSERT INTO audit_event (id, payload) VALUES (gen_random_uuid(), '{}')",
        "SELECT password_hash FROM person",
        "SELECT * FROM job",
        "SELECT expire_audit_payloads(0, 1, gen_random_uuid())",
    ],
)
async def test_the_sealer_may_do_nothing_else(services: Services, act: str) -> None:
    async with as_sealer(services) as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            await connection.execute(act.encode())


@pytest.mark.parametrize("column", ["xid", "recorded_at"])
async def test_the_application_cannot_date_an_event_back(services: Services, column: str) -> None:
    act = sql.SQL("INSERT INTO audit_event (id, payload, {0}) SELECT gen_random_uuid(), payload, {0} FROM audit_event")
    async with services.pool.connection() as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            await connection.execute(act.format(sql.Identifier(column)))


async def test_a_retry_is_in_the_sealed_log(services: Services, signer: Signer) -> None:
    await story.failed(services)
    sealed = await one_round(services, signer)
    assert sealed is not None
    [event] = await story.events(services)
    assert await sealed_ids(services) == [str(event.id)]
