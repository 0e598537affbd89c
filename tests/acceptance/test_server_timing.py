"""What is read tells how long the server took; what is done does not."""

import re

import httpx
import pytest

from tests.visitors import Visitor

FORM = re.compile(r"app;dur=(\d+\.\d\d)")


@pytest.mark.parametrize("path", ["/ingestion", "/ingestion?state=failed", "/audit", "/no-such-page", "/api/ingestion/jobs"])
async def test_a_page_tells_its_time(power_user: Visitor, path: str) -> None:
    answer = await power_user.http.get(path)
    told = FORM.fullmatch(answer.headers["server-timing"])
    assert told is not None
    assert 0 < float(told[1]) <= 1000 * answer.elapsed.total_seconds()


async def test_the_way_to_the_sign_in_tells_it_too(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/ingestion", headers={"Accept": "text/html"})
    assert answer.is_redirect
    assert FORM.fullmatch(answer.headers["server-timing"])


async def test_an_act_tells_nothing(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.post("/sign-in", data={"login": "nobody", "password": "nothing"})
    assert answer.status_code == 401
    assert "server-timing" not in answer.headers
