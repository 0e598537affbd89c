"""What the site needs beyond `docs/`: a first page, the order of the others, and links that lead out of `docs/` told as paths.

A hook of MkDocs; see https://www.mkdocs.org/user-guide/configuration/#hooks.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

TOP = Path(__file__).parents[1]
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")
PICTURE = re.compile(r"!\[[^\]]*\]\((?!https?:)([^)\s]+)\)")
PARTS = {
    "Learn": "tutorial",
    "Do": "how-to",
    "Look up": "reference",
    "Understand": "explanation",
    "Decisions": "decisions",
}
"""Headings of the navigation, each with its folder."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every page into the navigation: a new one needs no line anywhere."""
    docs = Path(config.docs_dir)
    parts: list[Any] = [{"Start": "index.md"}]
    for heading, folder in PARTS.items():
        pages = sorted((docs / folder).glob("*.md"), key=lambda page: (page.name != "README.md", page.name))
        parts.append({heading: [page.relative_to(docs).as_posix() for page in pages]})
    config.nav = parts
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the first page: the README, seen from within `docs/`."""
    text = (TOP / "README.md").read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "index.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Tell links out of `docs/` as paths, and leave out pictures that this working copy does not have."""
    here = posixpath.dirname(page.file.src_uri)

    def told(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(here, match[2]))
        return match[0] if files.get_file_from_path(target) else _as_path(match[1], target)

    def shown(match: re.Match[str]) -> str:
        return match[0] if files.get_file_from_path(posixpath.normpath(posixpath.join(here, match[1]))) else ""

    return LINK.sub(told, PICTURE.sub(shown, _within_the_repository(markdown, here, config)))


def _within_the_repository(markdown: str, here: str, config: MkDocsConfig) -> str:
    """Raise for a link that leads nowhere at all, so that telling it as a path hides nothing."""
    folder = TOP if here == "" else Path(config.docs_dir) / here
    for match in LINK.finditer(markdown):
        places = [folder / match[2], Path(config.docs_dir) / match[2]] if here == "" else [folder / match[2]]
        if not any(place.exists() for place in places):
            raise SystemExit(f"{here}: a link leads nowhere: {match[2]}")
    return markdown


def _as_path(label: str, target: str) -> str:
    path = re.sub(r"^(\.\./)+", "", target)
    return f"`{path}`" if label in {path, posixpath.basename(path), f"`{path}`"} else f"{label} (`{path}`)"
