"""The server's configuration files, written anew before each start; `local.conf` beside them is the administrator's.

They lie outside the data folder and belong to us, so that a server run for root can read but not change its own rules.
"""

import os
from pathlib import Path

from tidegate.embedded.account import Account, own_name

PORT = 5432
"""Only a part of the socket's file name: no network port is opened."""

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": 200,
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "posix",
    "max_parallel_workers_per_gather": 0,  # keyed look-ups gain nothing, and containers have little shared memory
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",  # online base backups stay possible
    "min_wal_size": "80MB",
    "max_wal_size": "1GB",
    "checkpoint_completion_target": 0.9,
    "random_page_cost": 1.1,
    "idle_in_transaction_session_timeout": "5min",
    "log_min_messages": "log",  # server events and fatal errors; a client's errors may carry its data
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",  # without DETAIL, which repeats row values
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "datestyle": "iso, ymd",
    "lc_messages": "C",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "default_text_search_config": "pg_catalog.simple",
}

HBA = "local all all peer map=tidegate\n"
"""Local socket only, and the kernel vouches for who is on its other end. `peer` holds even if the folder's mode does not."""


def write(folder: Path, sockets: Path, account: Account) -> Path:
    """Write the files into `folder` and return the main one."""
    main = folder / "postgresql.conf"
    values = {
        **SETTINGS,
        "hba_file": folder / "access.conf",
        "ident_file": folder / "people.conf",
        "unix_socket_directories": sockets,
    }
    lines = [f"{name} = {_quoted(str(value))}" for name, value in values.items()]
    local = ["include 'local.conf'"] if (folder / "local.conf").exists() else []
    _write(main, "\n".join([*lines, *local, ""]), account)
    _write(folder / "access.conf", HBA, account)
    _write(folder / "people.conf", f'tidegate "{own_name()}" all\n', account)
    return main


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _write(path: Path, text: str, account: Account) -> None:
    path.write_text(text, encoding="utf-8")
    if account.is_other:
        os.chown(path, -1, account.gid)
    path.chmod(0o640 if account.is_other else 0o600)
