"""Sources over the API: an administrator keeps them, a power user has them scanned, a viewer sees how they stand."""

from pathlib import Path

from tests.acceptance.conftest import ClientAs
from tests.operations.sources.places import files
from tidegate.domain.actor import Role
from tidegate.operations.door import Services
from tidegate.operations.scanning import scan_next

ALL = "/api/v1/sources"


async def test_a_source_is_kept_over_the_api(client_as: ClientAs, services: Services, inbox: Path) -> None:
    files(inbox, 3)
    ada, paul, vera = [(await client_as(role)).http for role in (Role.ADMIN, Role.POWER_USER, Role.VIEWER)]
    terms = {"name": "inbox", "address": str(inbox), "every_seconds": 3600, "pattern": "*.txt"}
    made = await ada.post(ALL, json={**terms, "reason": "the scanner writes here"})
    assert made.status_code == 201
    one = f"{ALL}/{made.json()['id']}"
    assert (await ada.post(ALL, json=terms)).json()["code"] == "source_name_taken"
    assert (await paul.post(ALL, json=terms)).status_code == 403
    assert await scan_next(services)
    seen = (await vera.get(one)).json()
    assert (seen["address"], seen["credential"], seen["paused"]) == ("/", "", False)
    assert {name: seen["last"][name] for name in ("seen", "submitted", "unchanged", "skipped", "code")} == {
        "seen": 3, "submitted": 3, "unchanged": 0, "skipped": 0, "code": None
    }  # fmt: skip
    assert (await ada.get(ALL)).json()["items"][0]["address"] == str(inbox)

    assert (await vera.post(f"{one}/scans", json={})).status_code == 403
    asked = await paul.post(f"{one}/scans", json={"reason": "now"})
    assert asked.status_code == 202
    assert (await paul.post(f"{one}/scans", json={})).json()["code"] == "scan_not_over"
    assert await scan_next(services)
    page = (await vera.get(f"{one}/scans", params={"page_size": 1})).json()
    assert (page["items"][0]["id"], page["items"][0]["unchanged"]) == (asked.json()["scan_id"], 3)
    older = (await vera.get(f"{one}/scans", params={"page_token": page["next_page_token"]})).json()
    assert [scan["submitted"] for scan in older["items"]] == [3]

    assert (await ada.post(f"{one}/pause", json={})).status_code == 200
    assert (await ada.post(f"{one}/pause", json={})).json()["code"] == "already_so"
    assert (await ada.post(f"{one}/resume", json={})).status_code == 200
    assert (await ada.put(one, json={**terms, "every_seconds": None})).status_code == 200
    assert (await ada.get(one)).json()["every_seconds"] is None
    assert (await ada.delete(one, params={"reason": "moved"})).status_code == 200
    assert (await vera.get(one)).status_code == 404
