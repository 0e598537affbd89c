"""What PostgreSQL means to do: the plans of a real statement with its real parameters, as a connection of ours gets them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.adapt import PyFormat, Transformer

from tidegate.db.queries import Connection, NamedSql

SETTLED_AFTER = 6
"""PostgreSQL plans a prepared statement for its values five times, then decides whether one plan may serve all values."""

BIG = 20_000
"""Rows from which reading a table through, or sorting, is a mistake."""

_PARAMETER = re.compile(r"%\((\w+)\)[sb]")
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b(?! OF\b)")

Node = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """What the planner believes: the rows of each table; and of each partition's index, which index it is a part of."""

    rows: Mapping[str, float]
    whole: Mapping[str, str]


async def look(connection: Connection) -> Tables:
    """Return what the planner believes."""
    rows = await connection.execute("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
    whole = await connection.execute(
        "SELECT part.relname, whole.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid"
        " JOIN pg_class AS whole ON whole.oid = inhparent WHERE part.relkind = 'i'"
    )
    return Tables(dict(await rows.fetchall()), dict(await whole.fetchall()))


async def plans(
    connection: Connection, statements: NamedSql, name: str, given: Mapping[str, Any], *, planned_once: bool = False
) -> list[Node]:
    """Return the plan for these values, and the one that a prepared statement settles on; what only reads is run for them.

    `planned_once`: the one for any values instead, as attempts of a worker have it.
    """
    text = statements.text(name, given)
    names = list(dict.fromkeys(_PARAMETER.findall(text)))
    numbered = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%")
    values = [given[one] for one in names]
    settled = SETTLED_AFTER if statements.may_prepare(name, given) else 0
    plain = sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE line{}").format(_literals(values))
    run = (
        plain
        if _WRITES.search(text)
        else sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE line{}").format(_literals(values))
    )
    async with connection.transaction(force_rollback=True):
        prepare = sql.SQL("PREPARE line{} AS ").format(_types(connection, values)) + sql.SQL(numbered)
        await connection.execute(prepare)
        if planned_once:
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        first = await _plan(connection, run)
        for _ in range(settled):
            await connection.execute(plain)
        last = await _plan(connection, run) if settled else first
        await connection.execute("DEALLOCATE line")
    return [first, last]


def objections(plan: Node, tables: Tables, uses: tuple[str, ...], touches: int) -> list[str]:
    """Return what is wrong with a plan, in words."""
    nodes = list(_nodes(plan))
    used = {tables.whole.get(node["Index Name"], node["Index Name"]) for node in nodes if "Index Name" in node}
    through = [node for node in nodes if node["Node Type"] == "Seq Scan" and tables.rows.get(node["Relation Name"], 0) >= BIG]
    sorts = [int(node["Plan Rows"]) for node in nodes if "Sort" in node["Node Type"]]
    may_stop = any(node["Node Type"] == "Limit" for node in nodes)
    looked_at = max((_looked_at(node) for node in nodes if "Actual Loops" in node), default=0)
    return [
        *(
            f"does not use {one}, but {', '.join(sorted(used)) or 'no index'}"
            for one in uses
            if not used.intersection(one.split("|"))
        ),
        *(f"reads through {node['Relation Name']}" for node in through if not _is_soon_full(node, tables, may_stop=may_stop)),
        *(f"sorts {rows} rows" for rows in sorts if rows >= BIG),
        *([f"looks at {looked_at} rows"] if looked_at > touches else []),
    ]


def _is_soon_full(scan: Node, tables: Tables, *, may_stop: bool) -> bool:
    """Tell whether a scan finds what it wants at once, most rows being such: under a limit that is the quickest way."""
    return may_stop and 2 * scan["Plan Rows"] >= tables.rows[scan["Relation Name"]]


def _looked_at(node: Node) -> int:
    """Return the rows that a scan has read, kept or not."""
    if "Scan" not in node["Node Type"] or "Relation Name" not in node:
        return 0
    left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + left_out) * node["Actual Loops"])


def _nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


async def _plan(connection: Connection, explain: sql.Composed) -> Node:
    [row] = await (await connection.execute(explain)).fetchall()
    plan: Node = row[0][0]["Plan"]
    return plan


def _literals(values: list[Any]) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, values))) if values else sql.SQL("")


def _types(connection: Connection, values: list[Any]) -> sql.Composable:
    """Return the types under which the driver sends these values: statements are planned for them."""
    if not values:
        return sql.SQL("")
    transformer = Transformer(connection)
    transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
    return sql.SQL("({})").format(sql.SQL(", ").join(sql.SQL(_type(connection, oid)) for oid in transformer.types or ()))


def _type(connection: Connection, oid: int) -> str:
    known = connection.adapters.types.get(oid)
    return "unknown" if known is None else known.regtype + ("[]" if oid == known.array_oid else "")
