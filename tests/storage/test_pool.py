"""The pool gives out connections that hold, and asks the server only about those that it has reason to doubt."""

import psycopg

from tests.databases import address
from tidegate.db.connect import open_pool
from tidegate.domain.ids import new_id


async def test_a_connection_that_was_cut_is_not_given_out(owner_url: str) -> None:
    pool = await open_pool(owner_url, name="cut", size=4)
    try:
        async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as other:
            for _ in range(5):
                async with pool.connection() as connection:
                    pid = connection.info.backend_pid
                await other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
                async with pool.connection() as connection:
                    assert connection.info.backend_pid != pid
                    await connection.execute("SELECT 1")
    finally:
        await pool.close()


async def test_a_quiet_connection_is_given_out_unasked(owner_url: str) -> None:
    pool = await open_pool(owner_url, name="quiet", size=1)
    try:
        async with pool.connection() as connection:
            await connection.execute("SELECT 41 AS n")
        async with pool.connection() as connection, await psycopg.AsyncConnection.connect(address(owner_url)) as other:
            found = await other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", (connection.info.backend_pid,))
            assert await found.fetchall() == [("SELECT 41 AS n",)]
    finally:
        await pool.close()


async def test_a_statement_by_key_is_planned_once_where_asked_for(owner_url: str) -> None:
    """By itself PostgreSQL plans it for its values, five times at least, and each time where the partitions are many."""
    planned = {}
    for planned_once in (False, True):
        pool = await open_pool(owner_url, name="plans", size=1, planned_once=planned_once)
        try:
            async with pool.connection() as connection:
                for _ in range(20):
                    await connection.execute("UPDATE job SET progress_done = 1 WHERE id = %s", (new_id(),))
                found = await connection.execute(
                    "SELECT custom_plans > 0 FROM pg_prepared_statements WHERE statement LIKE 'UPDATE job%'"
                )
                planned[planned_once] = await found.fetchall()
        finally:
            await pool.close()
    assert planned == {False: [(True,)], True: [(False,)]}
