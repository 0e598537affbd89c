"""What administrators do about channels: through the one door, on record, and never with a secret in the database."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import psycopg
import pytest

from tests import story
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.channels.channel import LANGUAGES as TOLD_IN
from tidegate.channels.channel import ChannelKind, Event, Terms
from tidegate.channels.outbox import Outcome
from tidegate.console.language import LANGUAGES
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Forbidden, Invalid, NotFound
from tidegate.operations import channels
from tidegate.operations.channels import AddChannel, ChangeChannel, RemoveChannel, SendTest
from tidegate.operations.door import Command, Services, perform

HOOK = Terms(
    name="on call", kind=ChannelKind.WEBHOOK, target="https://hooks.example.org/s3cr3t-path", secret="env:HOOK_SECRET",
    events=[Event.FAILED, Event.STUCK],
)  # fmt: skip


async def test_a_channel_is_made_changed_tested_and_removed_each_on_record(services: Services) -> None:
    asking = await story.person(services, Role.ADMIN)
    made = await perform(services, asking, AddChannel(HOOK, "the night shift"))
    [known] = await channels.list_channels(services, asking.actor)
    assert (known.id, known.terms) == (made.id, HOOK)

    quiet = msgspec.structs.replace(HOOK, quiet_from="22:00", quiet_to="07:00", zone="Europe/Berlin", paused=True)
    changed = await perform(services, asking, ChangeChannel(made.id, quiet))
    assert (await channels.get_channel(services, asking.actor, made.id)).terms == quiet
    tested = await perform(services, asking, SendTest(made.id))
    [delivery] = await channels.list_deliveries(services, asking.actor, made.id)
    assert (delivery.id, delivery.event, delivery.done_at) == (tested.delivery_id, Event.TEST, None)
    removed = await perform(services, asking, RemoveChannel(made.id, "not needed"))
    assert await channels.list_channels(services, asking.actor) == []
    for act in (ChangeChannel(made.id, HOOK), SendTest(made.id), RemoveChannel(made.id)):
        with pytest.raises(NotFound):
            await perform(services, asking, act)
    async with services.pool.connection() as connection:
        row = await (await connection.execute("SELECT outcome, done_at IS NOT NULL FROM delivery")).fetchone()
    assert row == (Outcome.DROPPED.value, True)

    told = await story.events(services, target_id=made.id)
    assert [event.id for event in told] == [done.audit_event_id for done in (removed, tested, changed, made)]
    assert (told[-1].body.reason, told[0].body.reason) == ("the night shift", "not needed")
    assert told[2].body.after == {
        "name": "on call", "kind": "webhook", "target": "hooks.example.org", "secret": "env:HOOK_SECRET",
        "events": "failed stuck", "language": "en", "quiet": "22:00-07:00 Europe/Berlin", "window_seconds": 60, "paused": True,
    }  # fmt: skip


async def test_others_are_refused_and_that_is_on_record(services: Services) -> None:
    id = (await perform(services, story.OPERATOR, AddChannel(HOOK))).id
    asking = await story.person(services, Role.POWER_USER)
    acts: Mapping[AuditAction, Command[object]] = {
        AuditAction.CHANNEL_ADD: AddChannel(HOOK),
        AuditAction.CHANNEL_CHANGE: ChangeChannel(id, HOOK),
        AuditAction.CHANNEL_REMOVE: RemoveChannel(id),
        AuditAction.CHANNEL_TEST: SendTest(id),
    }
    for action, act in acts.items():
        with pytest.raises(Forbidden):
            await perform(services, asking, act)
        [denied] = await story.events(services, action=action, outcome=AuditOutcome.DENIED)
        assert denied.body.actor.id == asking.actor.id
    with pytest.raises(Forbidden):
        await channels.list_channels(services, asking.actor)
    with pytest.raises(Forbidden):
        await channels.list_deliveries(services, asking.actor, id)
    assert (await channels.get_channel(services, story.OPERATOR.actor, id)).terms == HOOK


WRONG: tuple[tuple[Mapping[str, object], str], ...] = (
    ({"name": " "}, "bad_channel_name"),
    ({"name": "a\nb"}, "bad_channel_name"),
    ({"events": []}, "bad_channel_events"),
    ({"events": [Event.TEST]}, "bad_channel_events"),
    ({"language": "tlh"}, "bad_channel_language"),
    ({"window_seconds": 0}, "bad_channel_window"),
    ({"target": "ftp://example.org/"}, "bad_channel_address"),
    ({"target": "https://ada:pass@example.org/"}, "bad_channel_address"),
    ({"target": "https://[::1"}, "bad_channel_address"),
    ({"secret": "whsec_aGFyYm91cg=="}, "bad_channel_secret"),
    ({"secret": "env:TIDEGATE_SMTP_PASSWORD"}, "bad_channel_secret"),
    ({"kind": ChannelKind.SLACK}, "slack_address_is_secret"),
    ({"kind": ChannelKind.EMAIL, "secret": ""}, "bad_channel_mail"),
    ({"kind": ChannelKind.EMAIL, "target": "a@example.org\nBcc: b@example.org", "secret": ""}, "bad_channel_mail"),
    ({"kind": ChannelKind.EMAIL, "target": "a@example.org"}, "mail_has_no_secret"),
    ({"kind": ChannelKind.EMAIL, "target": "a@example.org", "secret": ""}, "no_mail_server"),
    ({"quiet_from": "22:00"}, "bad_channel_quiet"),
    ({"quiet_from": "22:00", "quiet_to": "22:00"}, "bad_channel_quiet"),
    ({"quiet_from": "25:00", "quiet_to": "07:00"}, "bad_channel_quiet"),
    ({"zone": "Mars/Olympus"}, "bad_channel_zone"),
    ({"zone": "UTC\x00"}, "bad_channel_zone"),
)


async def test_terms_that_cannot_be_kept_are_refused(services: Services) -> None:
    for wrong, code in WRONG:
        with pytest.raises(Invalid) as refused:
            await perform(services, story.OPERATOR, AddChannel(msgspec.structs.replace(HOOK, **wrong)))
        assert refused.value.code == code
    assert await channels.list_channels(services, story.OPERATOR.actor) == []
    mailing = replace(services, settings=replace(services.settings, smtp_host="localhost", smtp_from="t@example.org"))
    mail = Terms(name="all", kind=ChannelKind.EMAIL, target="crew@example.org", events=[Event.FAILED])
    made = await perform(mailing, story.OPERATOR, AddChannel(mail))
    assert (await channels.get_channel(services, story.OPERATOR.actor, made.id)).terms == mail


async def test_the_database_takes_no_channel_without_its_event_and_no_secret(services: Services) -> None:
    made = await perform(services, story.OPERATOR, AddChannel(HOOK))
    async with services.pool.connection() as connection:
        for statement in (
            "UPDATE channel SET target = 'https://elsewhere.example.org/'",
            "UPDATE channel SET secret = 'whsec_aGFyYm91cg=='",
            "UPDATE channel SET quiet_to = '07:00'",
        ):
            with pytest.raises(psycopg.errors.IntegrityError):
                await connection.execute(statement.encode())
    assert (await channels.get_channel(services, story.OPERATOR.actor, made.id)).terms == HOOK


def test_messages_speak_the_languages_of_the_console() -> None:
    assert set(TOLD_IN) == set(LANGUAGES)
