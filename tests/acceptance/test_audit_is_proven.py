"""What a person did is proven: sealed by a real sealer process, told by the API, checked offline, and on the page."""

import asyncio
import json
from pathlib import Path

import pytest

from tests import processes, story
from tests.visitors import Visitor
from tidegate.audit import offline
from tidegate.audit.vocabulary import AuditAction
from tidegate.domain.actor import Role
from tidegate.operations.door import Services, perform
from tidegate.operations.jobs import Retry


async def sealed(visitor: Visitor, event_id: object) -> bytes:
    """Wait for an event's receipt."""
    async with asyncio.timeout(20):
        while True:
            answer = await visitor.http.get(f"/api/audit/events/{event_id}/receipt")
            if answer.status_code == 200:
                return answer.content
            assert answer.json()["code"] == "not_sealed_yet"
            await asyncio.sleep(0.1)


async def test_a_retrys_receipt_and_the_whole_log_hold_offline(
    services: Services, viewer: Visitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = await story.failed(services)
    grace = await story.person(services, Role.POWER_USER, "grace")
    retried = await perform(services, grace, Retry(job_id, reason="mended"))
    async with processes.running(services.settings, "seal"):
        receipt = tmp_path / "receipt.json"
        receipt.write_bytes(await sealed(viewer, retried.audit_event_id))
        proof = tmp_path / "log.jsonl"
        proof.write_bytes((await viewer.http.post("/api/audit/exports", json={"form": "proof"})).content)
        state = (await viewer.http.get("/api/audit/seal")).json()
    key = ["--key", str(services.settings.home / "keys" / "audit-ed25519.pub")]
    assert offline.main([str(receipt), *key]) == 0
    assert "mended" in capsys.readouterr().out
    assert offline.main([str(proof), *key]) == 0
    assert state["size"] >= 2
    assert not state["is_late"]

    changed = tmp_path / "changed.json"
    changed.write_text(receipt.read_text(encoding="utf-8").replace("mended", "unread"), encoding="utf-8")
    assert offline.main([str(changed), *key]) == 1
    forged = tmp_path / "forged.jsonl"
    forged.write_text(proof.read_text(encoding="utf-8").replace("mended", "unread"), encoding="utf-8")
    assert offline.main([str(forged), *key]) == 1
    [export] = await story.events(services, action=AuditAction.AUDIT_EXPORT)
    assert export.body.after == {"form": "proof"}
    assert json.loads(receipt.read_text(encoding="utf-8"))
