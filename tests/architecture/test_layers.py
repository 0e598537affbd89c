"""Higher imports lower, siblings do not import each other, and every module has its place."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import TOP


def test_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    told = subprocess.run(command, check=False, capture_output=True, text=True, cwd=TOP)
    assert told.returncode == 0, told.stdout + told.stderr
