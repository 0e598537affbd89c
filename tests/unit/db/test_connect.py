from psycopg.conninfo import conninfo_to_dict

from tidegate.db.connect import NOTICING, noticing


def test_a_silent_network_is_noticed_unless_the_address_says_otherwise() -> None:
    plain = conninfo_to_dict(noticing("postgresql://ada:s%40y@db.example/tide?sslmode=require"))
    assert {name: int(str(plain.pop(name))) for name in NOTICING} == NOTICING
    assert plain == {"user": "ada", "password": "s@y", "host": "db.example", "dbname": "tide", "sslmode": "require"}
    own = conninfo_to_dict(noticing("postgresql:///tide?host=/run/pg&keepalives_idle=60"))
    assert (own["keepalives_idle"], own["host"]) == ("60", "/run/pg")
