"""What cannot be done says why, where it can be read, and does not look as if it could."""

import pytest
from playwright.async_api import expect

from tests import story
from tests.acceptance.browsing import looking
from tests.acceptance.conftest import LiveServer
from tidegate.domain.actor import Role

pytestmark = pytest.mark.browser

OFF = "rgb(241, 243, 245)"
"""The ground of what is disabled, `--sunken` in light colours."""


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("page_of", ["/ingestion/jobs/{}", "/ingestion"])
async def test_a_tip_lies_within_the_window(live_server: LiveServer, page_of: str, width: int) -> None:
    job_id = await story.failed(live_server.services)
    viewer = await story.person(live_server.services, Role.VIEWER)
    async with looking(live_server, viewer, viewport={"width": width, "height": 800}) as page:
        await page.goto(page_of.format(job_id))
        await page.locator("#connection[data-state='live']").wait_for()
        for button in await page.locator(".off .button:visible").all():
            await button.hover()
            tip = button.locator("xpath=following-sibling::*[@role='tooltip']")
            await tip.wait_for()
            box = await tip.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["y"] >= 0
            assert box["x"] + box["width"] <= width
            await expect(button).to_have_css("background-color", OFF)
