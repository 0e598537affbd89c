"""Where databases of tests lie: in memory where there is enough of it, since each test makes a database of some 660 files."""

import os
import shutil
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 8 * 1024**3


def home_of_databases() -> str:
    """Return the folder to make a database's home in: anybody may pass through it, as the account that serves root has to."""
    fits = os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ENOUGH_BYTES
    return str(IN_MEMORY) if fits else "/tmp"
