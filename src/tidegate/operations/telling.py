"""The notifier: reads what happened, gathers it by cause into messages for the channels, and delivers them.

Reading, gathering and the mark of how far was read are one transaction; so a process that dies in the middle loses and doubles
nothing. Any process may do it and several do: one at a time reads, and each message is sent by whoever claims it.
"""

import asyncio
import time
from collections.abc import Sequence

import structlog

from tidegate.channels import outbox
from tidegate.channels.channel import Channel, Event, list_channels
from tidegate.channels.letters import LetterWriter
from tidegate.channels.outbox import Claimed, Outcome, Told
from tidegate.channels.sending import Sending
from tidegate.db.connect import transaction
from tidegate.db.queries import Connection
from tidegate.ledger import news
from tidegate.ledger.news import News
from tidegate.operations.door import Services
from tidegate.operations.turns import keep_turning
from tidegate.outbound.mail import MailServer, Security
from tidegate.outbound.sending import Sender, next_wait
from tidegate.settings import Settings

LOOK_SECONDS = 10.0
"""How often what stands still is looked for; more often where `stuck_seconds` is short."""

AT_ONCE = 8
"""Messages that one process sends at the same time."""

log = structlog.get_logger("tidegate.telling")


async def keep_telling(services: Services) -> None:
    """Tell whatever happens, until cancelled. The database may go away: the next turn goes on."""
    write = services.write_letter
    if write is None:
        return
    sending = sending_of(services.settings)

    async def turn() -> bool:
        await gather(services)
        return await send_due(services, sending, write) == AT_ONCE

    await keep_turning(turn, log, "telling_failed")


def sending_of(settings: Settings) -> Sending:
    """Return the means of sending that the settings give."""
    mail = None
    if settings.smtp_host:
        mail = MailServer(
            settings.smtp_host, settings.smtp_port, Security(settings.smtp_security), settings.smtp_user,
            settings.smtp_secret(), settings.smtp_from,
        )  # fmt: skip
    return Sending(Sender(settings.allowed_hosts), mail)


async def gather(services: Services) -> bool:
    """Turn what happened since the last turn into messages; False while another process does it."""
    stuck_seconds = services.settings.stuck_seconds
    async with transaction(services.pool) as connection:
        turn = await news.take_turn(connection, min(LOOK_SECONDS, stuck_seconds / 3))
        if turn is None:
            return False
        happened = await news.read_news(connection, turn)
        if turn.look:
            happened += await news.read_stuck(connection, stuck_seconds)
            await outbox.forget(connection)
        if happened:
            await _gather(connection, happened, await list_channels(connection))
        return True


async def send_due(services: Services, sending: Sending, write: LetterWriter) -> int:
    """Send the messages that are due, some at once, and return how many were tried."""
    async with transaction(services.pool) as connection:
        claimed = await outbox.claim(connection, AT_ONCE)
    await asyncio.gather(*(_deliver(services, sending, write, one) for one in claimed))
    return len(claimed)


async def _gather(connection: Connection, happened: Sequence[News], channels: Sequence[Channel]) -> None:
    """Write messages in one order of rows, whoever writes them."""
    for channel in channels:
        for one in happened:
            if not channel.paused and one.event in channel.events and one.last_at >= channel.created_at:
                await outbox.gather(connection, channel.id, _told(one), channel.window_seconds)


async def _deliver(services: Services, sending: Sending, write: LetterWriter, claimed: Claimed) -> None:
    begun = time.monotonic()
    letter = write(claimed, claimed.language, services.settings.base_url)
    outcome, status, final = await sending.send(claimed, letter)
    wait = None if final else next_wait(claimed.tries)
    if wait is not None:
        wait *= services.settings.retry_delay_scale
    async with transaction(services.pool) as connection:
        await outbox.settle(connection, claimed, outcome, status, int((time.monotonic() - begun) * 1000), wait)
    if outcome is not Outcome.DELIVERED:
        log.warning(
            "message_not_delivered", delivery=str(claimed.id), outcome=outcome.value, status=status, again=wait is not None
        )


def _told(one: News) -> Told:
    return Told(
        event=Event(one.event), reason=one.reason, pipeline=one.pipeline, step=one.step, source_kind=one.source_kind, n=one.n,
        first_at=one.first_at, last_at=one.last_at,
    )  # fmt: skip
