"""By each means: signed to a webhook, as a note to Slack, by mail; and what stands still is told of once."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from tests import story
from tests.counterparts import SECRET, Mailbox, Receiver, mailbox
from tests.operations.telling.turns import EVERYTHING, log, run, told
from tidegate.channels.channel import ChannelKind, Event, Terms
from tidegate.channels.outbox import Outcome
from tidegate.operations import execution
from tidegate.operations.channels import AddChannel
from tidegate.operations.door import Services, perform


async def test_jobs_that_nobody_works_on_are_told_of_once(services: Services, receiver: Receiver, hook: UUID) -> None:
    await story.submitted(services, "a.txt", "b.txt")
    async with asyncio.timeout(30):
        while not receiver.arrived:
            await told(services)
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    await told(services)
    [said] = receiver.told
    assert (said["code"], said["count"]) == ("no_worker", 2)
    assert said["title"] == "2 jobs wait and no worker is alive: documents"

    await story.worker(services)
    await asyncio.sleep(0.5)
    await told(services)
    async with services.pool.connection() as connection:
        assert await (await connection.execute("SELECT FROM stuck")).fetchall() == []


async def test_a_job_without_progress_is_told_of_once(services: Services, receiver: Receiver, hook: UUID) -> None:
    hold = await story.begun(services, (await story.submitted(services)).job_ids[0])
    await execution.start_step(services, hold, 3, 5, "extract")
    await run(services, "UPDATE job SET progress_at = now() - interval '5 minutes'")
    async with asyncio.timeout(30):
        while not receiver.arrived:
            await told(services)
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    await told(services)
    assert [(said["code"], said["step"], said["count"]) for said in receiver.told] == [("no_progress", "extract", 1)]


async def test_what_cannot_be_sent_is_told_by_a_word_and_tried_again(
    services: Services, receiver: Receiver, hook: UUID, secret: str
) -> None:
    walled = replace(services, settings=replace(services.settings, allowed_hosts=()))
    await story.failed(services)
    await told(walled)
    [blocked] = await log(services, hook)
    assert (blocked.outcome, blocked.status, blocked.done_at) == (Outcome.BLOCKED_ADDRESS, None, None)
    place = Path(secret.removeprefix("file:"))
    place.unlink()
    await run(services, "UPDATE delivery SET due_at = now()")
    await told(services)
    assert [one.outcome for one in await log(services, hook)] == [Outcome.SECRET_UNAVAILABLE]
    assert receiver.arrived == []
    place.write_text(SECRET, encoding="utf-8")
    await run(services, "UPDATE delivery SET due_at = now()")
    await told(services)
    assert [(one.outcome, one.tries) for one in await log(services, hook)] == [(Outcome.DELIVERED, 3)]


async def test_slack_gets_a_note_at_the_address_that_is_a_secret(
    services: Services, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_ADDRESS", receiver.url.replace("/hook", "/slack"))
    terms = Terms(name="slack", kind=ChannelKind.SLACK, secret="env:SLACK_ADDRESS", events=[Event.FAILED], language="de")
    made = await perform(services, story.OPERATOR, AddChannel(terms))
    await story.failed(services)
    assert await told(services) == 1
    [(_, body)] = receiver.arrived
    assert list(body) == ["text"]
    assert body["text"].startswith("*1 Auftrag ist fehlgeschlagen: ")
    assert f"<{services.settings.base_url}/ingestion?attention=unresolved&amp;" in body["text"]
    assert os.environ["SLACK_ADDRESS"] not in msgspec.json.encode(await log(services, made.id)).decode()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with mailbox(tmp_path) as made:
        yield made


@pytest.fixture
def mailing(services: Services, box: Mailbox) -> Services:
    """Services that hand e-mail in at the box."""
    settings = replace(
        services.settings, smtp_host="127.0.0.1", smtp_port=box.port, smtp_security="none", smtp_from="tidegate@example.org"
    )
    return replace(services, settings=settings)


async def test_an_e_mail_says_it_in_the_channels_language(mailing: Services, box: Mailbox) -> None:
    terms = Terms(name="crew", kind=ChannelKind.EMAIL, target="crew@example.org", events=EVERYTHING, language="de")
    made = await perform(mailing, story.OPERATOR, AddChannel(terms))
    for _ in range(2):
        await story.failed(mailing)
    assert await told(mailing) == 1
    [mail] = box.mails
    [delivery] = await log(mailing, made.id)
    assert mail["Subject"] == "2 Aufträge sind fehlgeschlagen: Das Dokument ist beschädigt"
    assert (mail["To"], mail["Message-ID"]) == ("crew@example.org", f"<msg_{delivery.id.hex}@example.org>")
    assert f"{mailing.settings.base_url}/ingestion?attention=unresolved" in mail.get_content()
    assert (delivery.outcome, delivery.status) == (Outcome.DELIVERED, 250)
