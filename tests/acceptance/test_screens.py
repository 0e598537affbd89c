"""Every page of the console has its picture, and pictures are what they say."""

import re
from pathlib import Path

import pytest
from litestar.handlers import HTTPRouteHandler

from tests.acceptance.chromium import chromium
from tidegate.console.routes import PAGES
from tools.screens.places import place
from tools.screens.table import README, SCREENS, Screen
from tools.screens.taking import Camera, NotAsExpected, views

NO_SCREENS = {
    "/": "leads to the list",
    "/sign-in/provider": "leads to the identity provider",
    "/sign-in/provider/return": "leads back from it",
    "/ingestion/changes": "a part of a page",
    "/ingestion/jobs/{id:uuid}/changes": "a part of a page",
    "/ingestion/jobs/{id:uuid}/cancel": "as the question about a retry",
    "/ingestion/batches/{id:uuid}/changes": "a part of a page",
    "/ingestion/batches/changes": "a part of a page",
    "/ingestion/causes/changes": "a part of a page",
    "/ingestion/pulse/changes": "a part of a page",
    "/ingestion/retries/{id:uuid}/changes": "a part of a page",
    "/ingestion/sources/{id:uuid}/change": "as that of a new source",
    "/ingestion/sources/{id:uuid}/scan": "as the question about a role",
    "/ingestion/sources/{id:uuid}/pause": "as the question about a role",
    "/ingestion/sources/{id:uuid}/resume": "as the question about a role",
    "/ingestion/sources/{id:uuid}/remove": "as the question about a role",
    "/admin/systems/change": "as that of a new system",
    "/admin/systems/remove": "as the question about a role",
    "/admin/channels/{id:uuid}/change": "as that of a new channel",
    "/admin/channels/{id:uuid}/remove": "as the question about a role",
    "/admin/channels/{id:uuid}/test": "as the question about a role",
}
"""Routes that need no picture, and why."""


def test_every_page_has_a_screen() -> None:
    shown = [screen.address.partition("?")[0] for screen in SCREENS]
    routes = {path for page in PAGES for path in _paths(page) if path not in NO_SCREENS}
    assert {path for path in routes if not any(_pattern(path).fullmatch(address) for address in shown)} == set()


def test_names_are_given_once() -> None:
    names = [screen.name for screen in SCREENS]
    assert sorted(set(names)) == sorted(names)
    assert README.keys() <= set(names)


def test_the_readme_shows_pictures_that_are_taken_and_small() -> None:
    images = Path(__file__).parents[2] / "docs" / "images"
    assert {path.stem for path in images.glob("*.webp")} == README.keys()
    assert {path.name for path in images.iterdir() if path.stat().st_size > 150_000} == set()


@pytest.mark.browser
@pytest.mark.slow
async def test_pictures_are_taken(cluster: str, template: str, tmp_path: Path) -> None:
    job = Screen("job", "/ingestion/jobs/{job[Chart 2207]}", whole=True)
    wrong = Screen("wrong", "/nowhere")
    async with place(cluster, template, tmp_path / "home", filled=True) as day, chromium() as browser:
        camera = Camera(browser, {"day": day})
        for size, theme in views(job):
            await camera.take(job, size, theme, tmp_path / f"{size}.{theme}.png")
        with pytest.raises(NotAsExpected):
            await camera.take(wrong, "phone", "dark", tmp_path / "wrong.png")
    assert _size(tmp_path / "wide.light.png") > (1440, 900)
    assert _size(tmp_path / "phone.dark.png") > (390, 844)
    assert (tmp_path / "wide.light.png").read_bytes() != (tmp_path / "wide.dark.png").read_bytes()
    assert not (tmp_path / "wrong.png").exists()


def _paths(page: HTTPRouteHandler) -> set[str]:
    return page.paths if "GET" in page.http_methods else set()


def _pattern(path: str) -> re.Pattern[str]:
    """Return what addresses of a route look like in the table: names of the day in the place of ids."""
    return re.compile(re.sub(r"\\\{\w+:\w+\\\}", r"(\\{[^}]+\\}|[^/{}]+)", re.escape(path)))


def _size(picture: Path) -> tuple[int, int]:
    """Width and height, where a PNG has them."""
    head = picture.read_bytes()[16:24]
    return int.from_bytes(head[:4]), int.from_bytes(head[4:])
