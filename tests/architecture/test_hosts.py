"""No file names a package registry: what is installed is pinned by hash, where from is the machine's business."""

import re

from tests.architecture.tree import project_files, shown

NAMES = [
    ".".join(parts)
    for parts in (
        ("py" + "pi", "org"),
        ("python" + "hosted", "org"),
        ("pypi", "python", "org"),
        ("registry", "npm" + "js", "org"),
        ("ana" + "conda", "org"),
        ("conda", "ana" + "conda", "org"),
        ("packages", "cloud", "google", "com"),
        ("jfrog", "io"),
        ("pkg", "dev"),
        ("pkg", "github", "com"),
    )
]
"""Put together at run time, so that this file keeps its own rule."""
INDEX_OPTION = re.compile(r"--(?:extra-)?index" + r"-url|--find" + r"-links|--trusted" + r"-host|--index\b|/sim" + r"ple/")


def test_no_file_names_a_registry() -> None:
    wrong = {shown(path): name for path in project_files() for name in NAMES if name.encode() in path.read_bytes().lower()}
    assert wrong == {}


def test_requirements_hold_names_versions_and_hashes_only() -> None:
    for path in project_files():
        if path.parent.name == "requirements" and path.suffix == ".txt":
            text = path.read_text(encoding="utf-8")
            assert "://" not in text, shown(path)
            assert not INDEX_OPTION.search(text), shown(path)
            pins = re.findall(r"^[\w.\[\],-]+==\S+.*\\$", text, re.MULTILINE)
            lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
            assert sorted(pins) == sorted(lines), shown(path)


def test_every_requirement_has_one_version() -> None:
    for path in project_files():
        if path.parent.name == "requirements" and path.suffix == ".txt":
            names = re.findall(r"^([\w.-]+)(?:\[.*\])?==", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert sorted(set(names)) == sorted(names), shown(path)
