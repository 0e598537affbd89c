"""The client does what administrators and auditors do, waiting and awaiting: against a real server and a real sealer."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from tests import processes, story, visitors
from tests.acceptance.conftest import LiveServer
from tests.acceptance.reaching import Reach, Way
from tests.acceptance.test_client import blocks
from tidegate.audit.keys import new_signer
from tidegate.audit.report import Tampering
from tidegate.audit.vocabulary import AuditAction
from tidegate.client import AsyncClient, Client, Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from tidegate.domain.actor import Permission, Role
from tidegate.domain.ids import new_id
from tidegate.domain.lifecycle import State
from tidegate.operations.door import Services, perform
from tidegate.operations.external.systems import ClaimRuns
from tidegate.operations.jobs import Retry

HOOK = {"name": "crew", "kind": "webhook", "target": "https://example.org/hook", "secret": "env:HOOK", "events": ["failed"]}


@pytest.fixture(params=[Client, AsyncClient], ids=["waiting", "awaiting"])
async def reach(request: pytest.FixtureRequest, live_server: LiveServer) -> AsyncIterator[Reach]:
    async with contextlib.AsyncExitStack() as stack:
        yield Reach(live_server, request.param, stack)


async def sealed(way: Way, services: Services) -> None:
    """Wait until everything on record is sealed."""
    async with asyncio.timeout(60), processes.running(services.settings, "seal"):
        while (seal := await way.do("seal")).unsealed or not seal.size:
            await asyncio.sleep(0.1)


async def test_it_looks_through_the_audit_log(reach: Reach) -> None:
    services = reach.server.services
    viewer, power_user = await reach.by(Role.VIEWER), await reach.by(Role.POWER_USER)
    id = await story.failed(services)
    retried = await power_user.do("retry", id, reason="new export")
    with pytest.raises(Forbidden):
        await viewer.do("retry", id)
    [event] = (await viewer.do("audit", action="ingestion.retry", outcome="allowed", target=id)).items
    assert (event.id, event.reason, event.target.id) == (retried.audit_event_id, "new export", id)
    assert (event.actor.kind, event.actor.role, (event.after or {})["attempt"]) == ("token", "power_user", 2)
    assert (await viewer.do("audit_event", event.id)) == event
    assert [one.outcome for one in await viewer.all("audit_events", target=id, actor=event.actor.id)] == ["allowed"]
    assert [one.outcome for one in await viewer.all("audit_events", action="ingestion.retry")] == ["denied", "allowed"]
    page = await viewer.do("audit", page_size=1)
    assert (await viewer.do("audit", page_size=1, page_token=page.next_page_token)).items != page.items
    with pytest.raises(Invalid):
        await viewer.do("audit", action="no.action")
    with pytest.raises(NotFound):
        await viewer.do("audit_event", new_id())


async def test_it_walks_the_whole_log(reach: Reach) -> None:
    services = reach.server.services
    way = await reach.by(Role.VIEWER)
    for _ in range(205):
        await story.submitted(services)
    found = [event.id for event in await way.all("audit_events", action="ingestion.submit")]
    assert (len(found), len(set(found)), found) == (205, 205, sorted(found, reverse=True))


async def test_it_proves_an_event_and_the_whole_log(reach: Reach, tmp_path: Path) -> None:
    services = reach.server.services
    way = await reach.by(Role.VIEWER)
    grace = await story.person(services, Role.POWER_USER)
    retried = await perform(services, grace, Retry(await story.failed(services), reason="line\u2028break"))
    with pytest.raises(Conflict) as caught:
        await way.do("receipt", retried.audit_event_id)
    assert caught.value.code == "not_sealed_yet"
    await sealed(way, services)
    receipt = json.loads(await way.do("receipt", retried.audit_event_id))
    assert json.loads(receipt["payload"])["reason"] == "line\u2028break"

    keys = (services.settings.home / "keys" / "audit-ed25519.pub").read_text(encoding="utf-8").split()
    checkpoint = (await way.do("seal")).checkpoint
    report = await way.do("verify_audit", *keys, expected=[checkpoint], reason="weekly")
    assert (report.is_sound, report.keys_are_trusted, report.expected) == (True, True, 1), report.lines()
    assert report.size > receipt["index"]
    proof = b"".join(await way.all("export_audit", None, reason="to keep"))
    assert (proof.count(b'"type":"event"'), proof.endswith(b"}\n")) == (report.size, True)
    table = b"".join(await way.all("export_audit", None, form="csv")).decode()
    assert "line\u2028break" in table
    exports = await story.events(services, action=AuditAction.AUDIT_EXPORT)
    assert [event.body.reason for event in exports] == [None, "to keep", "weekly"]


async def test_it_finds_what_was_changed_and_trusts_no_other_key(reach: Reach) -> None:
    services = reach.server.services
    way = await reach.by(Role.VIEWER)
    await story.submitted(services)
    await sealed(way, services)
    stranger = str(new_signer().key)
    assert {finding.kind for finding in (await way.do("verify_audit", stranger)).findings} >= {Tampering.FORGED_SIGNATURE}
    async with await psycopg.AsyncConnection.connect(services.url) as connection:
        await connection.execute("SET session_replication_role = replica")
        changed = await connection.execute(
            "UPDATE audit_event SET payload = replace(payload, 'ingestion.submit', 'ingestion.cancel')"
        )
        assert changed.rowcount
    report = await way.do("verify_audit")
    assert (report.is_sound, Tampering.EDITED in {finding.kind for finding in report.findings}) == (False, True)
    narrow = await reach.of(await visitors.token(services, await story.person(services, Role.VIEWER), Permission.JOB_READ))
    with pytest.raises(Forbidden):
        await narrow.do("verify_audit")
    with pytest.raises(ValueError, match="verifier key"):
        await way.do("verify_audit", "no key")


async def test_it_gives_accounts_and_takes_them_back(reach: Reach) -> None:
    services = reach.server.services
    way = await reach.by(Role.ADMIN)
    made = await way.do("add_person", "ana", role="viewer", display_name="Ana")
    assert (made.role, bool(made.link_secret)) == ("viewer", True)
    with pytest.raises(Conflict):
        await way.do("add_person", "ana", role="viewer")
    assert (await way.do("change_role", made.id, "power_user", reason="covers for Bo")).role == "power_user"
    assert not (await way.do("set_content_right", made.id, reads_content=False, reason="not needed")).reads_content
    assert "/sign-in/link?token=" in (await way.do("issue_link", made.id)).link
    assert (await way.do("disable_person", made.id, reason="left")).disabled
    detail = await way.do("person", made.id)
    assert (detail.account.login, detail.account.disabled, detail.account.reads_content) == ("ana", True, False)
    assert [(grant.role, grant.reason) for grant in detail.roles] == [("power_user", "covers for Bo"), ("viewer", None)]
    assert not (await way.do("disable_person", made.id, disabled=False)).disabled
    row = next(person for person in await way.all("people") if person.id == made.id)
    assert (row.display_name, row.role, row.disabled, row.sessions, row.tokens) == ("Ana", "power_user", False, 0, 0)
    with pytest.raises(NotFound):
        await way.do("person", new_id())
    with pytest.raises(Forbidden) as caught:
        await (await reach.by(Role.POWER_USER)).all("people")
    assert caught.value.facts["needs"] == "admin"
    [event] = await story.events(services, action=AuditAction.ROLE_CHANGE)
    assert (event.body.reason, event.body.actor.kind) == ("covers for Bo", "token")


async def test_it_ends_sessions_and_tokens_its_own_too(reach: Reach) -> None:
    services = reach.server.services
    way = await reach.by(Role.ADMIN)
    grace = await story.person(services, Role.POWER_USER)
    await visitors.session(services, grace)
    token = await reach.of(await visitors.token(services, grace, Permission.TOKEN_MANAGE, Permission.SESSION_MANAGE))
    [session] = await way.do("sessions", grace.actor.id)
    [held] = await way.do("tokens", grace.actor.id)
    assert (held.name, sorted(held.scopes or ())) == ("tests", ["session:manage", "token:manage"])
    assert [one.id for one in await token.do("sessions")] == [session.id]
    assert [one.id for one in await token.do("tokens")] == [held.id]
    assert (await way.do("revoke_session", session.id, reason="lost phone")).id == session.id
    assert await token.do("sessions") == []
    await token.do("revoke_token", held.id, reason="done")
    with pytest.raises(NotSignedIn):
        await token.do("tokens")
    with pytest.raises(NotFound):
        await way.do("revoke_token", held.id)
    [event] = await story.events(services, action=AuditAction.SESSION_REVOKE)
    assert event.body.reason == "lost phone"


async def test_it_sets_who_is_told(reach: Reach) -> None:
    services = reach.server.services
    way = await reach.by(Role.ADMIN)
    made = await way.do("add_channel", **HOOK, reason="nights")
    await way.do("change_channel", made.id, **HOOK, quiet_from="22:00", quiet_to="06:00", paused=True)
    channel = await way.do("channel", made.id)
    assert (channel.name, channel.events, channel.quiet_from, channel.paused) == ("crew", ["failed"], "22:00", True)
    assert await way.do("channels") == [channel]
    tested = await way.do("test_channel", made.id, reason="a look")
    [delivery] = await way.each("deliveries", made.id)
    assert (delivery.id, delivery.event, delivery.n) == (tested.delivery_id, "test", 1)
    await way.do("remove_channel", made.id, reason="no more")
    assert await way.do("channels") == []
    with pytest.raises(Invalid) as caught:
        await way.do("add_channel", **{**HOOK, "secret": "whsec_itself"})
    assert caught.value.code
    [event] = await story.events(services, action=AuditAction.CHANNEL_REMOVE)
    assert event.body.reason == "no more"


async def test_it_sets_how_other_systems_are_asked(reach: Reach) -> None:
    services = reach.server.services
    way = await reach.by(Role.ADMIN)
    await way.do("set_system", "airflow://prod", url="https://example.org/run", secret="env:ONE")
    changed = await way.do("set_system", "airflow://prod", url="https://example.org/run", secret="env:TWO", reason="rotated")
    await perform(services, story.OPERATOR, ClaimRuns("celery://shop"))
    called, comes = await way.do("systems")
    assert (called.namespace, called.url, called.secret_ref) == ("airflow://prod", "https://example.org/run", "env:TWO")
    assert (comes.namespace, comes.url, comes.polled_at is None) == ("celery://shop", None, False)
    await way.do("remove_system", "celery://shop", reason="gone")
    assert await way.do("systems") == [called]
    with pytest.raises(NotFound):
        await way.do("remove_system", "celery://shop")
    event = await way.do("audit_event", changed.audit_event_id)
    assert (event.reason, event.after) == ("rotated", {"namespace": "airflow://prod", "host": "example.org"})


async def test_it_looks_at_the_pulse_pipelines_retries_and_diagnostics(reach: Reach) -> None:
    services = reach.server.services
    way = await reach.by(Role.ADMIN)
    id = await story.failed(services)
    pulse = await way.do("pulse", window="1h", pipeline="documents")
    assert (pulse.window, pulse.total.failed, pulse.total.failure_share, len(pulse.bars)) == ("1h", 1, 1.0, 12)
    assert [(one.pipeline, one.failed) for one in pulse.pipelines] == [("documents", 1)]
    assert len(pulse.workers) == 1
    documents = next(one for one in await way.do("pipelines") if one.name == "documents")
    assert (documents.registered, documents.jobs[State.FAILED], documents.external) == (True, 1, False)
    assert "index" in [step.name for step in documents.steps]
    reference = (await way.do("get", id)).job.failure.reference
    opened = await way.do("diagnostic", reference, reason="what broke")
    assert (opened.job_id, opened.reference, bool(opened.detail)) == (id, reference, True)
    asked = await way.do("retry_many", reason="again", ids=[id])
    assert [retry.id for retry in await way.all("retries_of_many")] == [asked.id]


# The page. -------------------------------------------------------------------------------------------------------------


async def test_the_program_of_administrators_runs(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = live_server.services
    token = await visitors.token(services, await story.person(services, Role.ADMIN, "ana"))
    monkeypatch.setenv("TIDEGATE_SERVER", live_server.url)
    monkeypatch.setenv("TIDEGATE_TOKEN", token)
    monkeypatch.chdir(tmp_path)
    async with AsyncClient() as client:
        await sealed(Way(client), services)
    public = services.settings.home / "keys" / "audit-ed25519.pub"
    (tmp_path / "audit-ed25519.pub").write_bytes(public.read_bytes())
    await asyncio.to_thread(exec, blocks()[3], {"__name__": "__main__"})
    lines = capsys.readouterr().out.splitlines()
    assert "ana admin" in lines
    assert "The audit log is sound." in lines
    assert any(line.endswith(" 0 failed") for line in lines)
    assert len((tmp_path / "checkpoint.txt").read_text(encoding="utf-8")) > 100
