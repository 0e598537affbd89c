"""Roles, database and extension, laid down by the superuser; an external database gets these from its administrator."""

from tidegate.db.queries import named_sql
from tidegate.embedded.server import Connection, Server

SQL = named_sql(__file__)
DATABASE = "tidegate"


def lay_down(server: Server, connection: Connection) -> None:
    """Make what is missing; cheap when nothing is."""
    _run(connection, "create_roles")
    if _run(connection, "database_exists") != (True,):
        _run(connection, "create_database")
    with server.connect(DATABASE) as inside:
        _run(inside, "close_to_others")
        _run(inside, "create_extension")
        _run(inside, "create_vector")


def _run(connection: Connection, name: str) -> tuple[object, ...] | None:
    cursor = connection.execute(SQL.text(name, {}).encode())
    return cursor.fetchone() if cursor.description else None
