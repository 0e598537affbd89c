"""Writes a picture of every screen in every view: `make screens`, into a folder of one's choice by SCREENS=…, some by ONLY=….

It starts a database, servers and a browser of its own and ends them again. `--readme` writes the pictures that the README
shows instead.
"""

import argparse
import asyncio
import fnmatch
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from tests.acceptance.chromium import chromium
from tests.databases import make_template, running_cluster
from tools.screens.places import close_database, place
from tools.screens.table import README, SCREENS
from tools.screens.taking import Camera, views

IMAGES = Path(__file__).parents[2] / "docs" / "images"


@asynccontextmanager
async def camera() -> AsyncIterator[Camera]:
    """Give a camera on all places."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-screens-")))
        cluster = await stack.enter_async_context(running_cluster(folder))
        template = await make_template(cluster)
        places = {
            name: await stack.enter_async_context(place(cluster, template, folder / f"home-{number}", filled=name == "day"))
            for number, name in enumerate(("day", "first day", "away"))
        }
        await close_database(cluster, places["away"].server)
        yield Camera(await stack.enter_async_context(chromium()), places)


async def take_all(folder: Path, only: str) -> int:
    """Write `name.size.theme.png` for each screen whose name fits; return their number."""
    taken = 0
    async with camera() as at:
        for screen in SCREENS:
            for size, theme in views(screen) if fnmatch.fnmatch(screen.name, only) else ():
                await at.take(screen, size, theme, folder / f"{screen.name}.{size}.{theme}.png")
                taken += 1
    return taken


async def take_for_readme(folder: Path) -> int:
    """Write what the README shows, in a form that is small."""
    async with camera() as at:
        for screen in SCREENS:
            if screen.name in README:
                size, theme = README[screen.name]
                await at.take(screen, size, theme, folder / f"{screen.name}.webp", type="webp", quality=90)
    return len(README)


def main() -> int:
    """Take the pictures and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m tools.screens", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/screens"))
    parser.add_argument("--only", default="*", help="names of screens, with * for any letters")
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()  # one database is away on purpose, at length
    folder = IMAGES if chosen.readme else chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    taken = asyncio.run(take_for_readme(folder) if chosen.readme else take_all(folder, chosen.only))
    print(f"{taken} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
