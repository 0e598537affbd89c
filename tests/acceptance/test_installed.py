"""What is built is all that is needed: from an empty folder to a proven retry, with nothing of this working copy at hand."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.command_line import Shell, wait_until
from tests.storage.embedded_users import kill_all

TOP = Path(__file__).parents[2]
SOURCE = TOP / "src"
BUILD_SECONDS = 100


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the source distribution, built once from this working copy."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, TOP)
    return folder


def run(*words: object) -> None:
    """Run a tool that must succeed."""
    done = subprocess.run(list(map(str, words)), check=False, capture_output=True, text=True, timeout=BUILD_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr


def shipped() -> set[str]:
    """Return every file of the package as it must be in what is built."""
    return {
        str(path.relative_to(SOURCE))
        for path in (SOURCE / "tidegate").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_and_the_source_hold_every_file_of_the_package(built: Path) -> None:
    [wheel], [source] = built.glob("*.whl"), built.glob("*.tar.gz")
    assert {suffix for suffix in map(suffix_of, shipped()) if suffix} >= {".py", ".sql", ".html", ".css", ".js", ".mo", ".docx"}
    assert set(zipfile.ZipFile(wheel).namelist()) >= shipped()
    with tarfile.open(source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert inside >= {f"src/{name}" for name in shipped()} | {"pyproject.toml", "LICENSE", "README.md", "requirements/run.txt"}


def suffix_of(name: str) -> str:
    """Return what a file's name ends with."""
    return Path(name).suffix


@contextmanager
def installed(wheel: Path) -> Iterator[Shell]:
    """Give a shell over a fresh environment that holds the pinned packages and the wheel, and nothing else.

    It is in /tmp itself: pytest's own folders are closed to the account that serves root.
    """
    folder = Path(tempfile.mkdtemp(prefix="tidegate-installed-", dir="/tmp"))
    folder.chmod(0o755)
    home = folder / "home"
    home.mkdir()
    try:
        python = folder / "venv" / "bin" / "python"
        run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
        install(python, "--require-hashes", "-r", TOP / "requirements" / "run.txt")
        install(python, "--no-deps", wheel)
        yield Shell(home, (str(folder / "venv" / "bin" / "tidegate"),))
    finally:
        kill_all(home)
        shutil.rmtree(folder)


def install(python: Path, *what: object) -> None:
    """Install into another environment: by uv, which links what it has already, or else by pip, which knows more indexes."""
    quick = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, *what]
    done = subprocess.run(list(map(str, quick)), check=False, capture_output=True, timeout=BUILD_SECONDS)
    if done.returncode != 0:
        run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile", "--no-deps", *what)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_an_empty_folder_becomes_a_demonstration_with_a_proven_retry(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    with installed(wheel) as home, home.start("demo", "--port", "0") as demo:
        demo.line("failed on purpose")
        demo.line("Ctrl-C stops it.")
        assert home.json("search", "flood", "gate")[0]["name"] == "storm-surge-plan.odt"
        [failed] = home.json("jobs", "--failure", "document_encrypted")["jobs"]
        assert home.json("retry", failed["id"], "--reason", "The password came")["attempt_no"] == 2
        assert wait_until(lambda: state(home, failed["id"]) == ("failed", 2))
        verified = home.run("audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr


def state(home: Shell, id: str) -> tuple[str, int]:
    """Return where a job stands, and in which attempt."""
    summary = home.json("job", id)["summary"]
    return summary["state"], summary["attempt_no"]
