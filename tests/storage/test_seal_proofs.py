"""What leaves the sealed log: receipts, exports, and content that expires; each verified by what an auditor has."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from tests import story
from tests.storage.sealing import as_sealer, one_round, verified, write_event, write_events
from tidegate.audit import merkle, retention, seal
from tidegate.audit.browse import AuditFilter
from tidegate.audit.checkpoint import read
from tidegate.audit.keys import Signer, new_signer
from tidegate.audit.lines import read_all
from tidegate.audit.receipt import verify_receipt
from tidegate.audit.verify import verify
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.db.connect import transaction
from tidegate.domain.actor import ANONYMOUS, Role
from tidegate.domain.ids import new_id
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tidegate.operations import reading, sealing
from tidegate.operations.door import Asking, Services, perform
from tidegate.operations.jobs import Retry
from tidegate.operations.sealing import ExportForm

ACTOR = story.OPERATOR.actor


@pytest.fixture
def signer() -> Signer:
    return new_signer()


async def taken(services: Services, form: ExportForm, asking: Asking = story.OPERATOR) -> bytes:
    return b"".join([block async for block in sealing.export_log(services, asking, form, reason="the yearly audit")])


async def test_a_retrys_receipt_proves_it_offline_and_nothing_else(services: Services, signer: Signer) -> None:
    grace = await story.person(services, Role.POWER_USER, "grace")
    job_id = await story.failed(services)
    retried = await perform(services, grace, Retry(job_id, reason="the scanner is mended"))
    with pytest.raises(Conflict, match="not_sealed_yet"):
        await sealing.get_receipt(services, ACTOR, retried.audit_event_id)
    await one_round(services, signer)
    text = (await sealing.get_receipt(services, ACTOR, retried.audit_event_id)).write()
    await write_events(services, 50)
    await one_round(services, signer)
    assert (await sealing.get_receipt(services, ACTOR, retried.audit_event_id)).write() == text

    proven = verify_receipt(text, signer.trusted)
    assert proven.is_valid
    assert proven.event["actor"]["name"] == "grace"
    assert proven.event["reason"] == "the scanner is mended"
    assert "grace: ingestion.retry, allowed" in "\n".join(proven.lines())
    assert not verify_receipt(text.replace("mended", "broken"), signer.trusted).is_valid
    assert not verify_receipt(text, new_signer(signer.origin).trusted).is_valid
    value = json.loads(text)
    assert not verify_receipt(json.dumps({**value, "index": value["index"] - 1}), signer.trusted).is_valid
    assert not verify_receipt(json.dumps({**value, "proof": value["proof"][:-1]}), signer.trusted).is_valid


async def test_every_event_has_a_receipt(services: Services, signer: Signer) -> None:
    for count in (1, 2, 7, 13):
        await write_events(services, count)
        await one_round(services, signer)
    events = await story.events(services)
    assert len(events) == 23
    for event in events:
        receipt = await sealing.get_receipt(services, ACTOR, event.id)
        assert verify_receipt(receipt.write(), signer.trusted).is_valid
        assert json.loads(receipt.payload)["id"] == str(event.id)


async def test_two_checkpoints_are_proven_consistent_from_the_stored_tree(services: Services, signer: Signer) -> None:
    notes = []
    for count in (3, 5, 30):
        await write_events(services, count)
        sealed = await one_round(services, signer)
        assert sealed is not None
        notes.append(read(sealed.note))
    async with as_sealer(services) as connection:
        for old, new in ((notes[0], notes[1]), (notes[0], notes[2]), (notes[1], notes[2])):
            proof = await seal.hashes_of(connection, merkle.consistency_ranges(old.size, new.size))
            assert merkle.proves_consistency(old.size, new.size, old.root, new.root, proof)


async def test_unknown_events_and_strangers_get_no_receipt(services: Services) -> None:
    with pytest.raises(NotFound):
        await sealing.get_receipt(services, ACTOR, new_id())
    with pytest.raises(Unauthenticated):
        await sealing.get_receipt(services, ANONYMOUS, new_id())


async def test_the_exported_proof_is_verified_offline(services: Services, signer: Signer) -> None:
    await story.failed(services)
    await write_events(services, 20)
    sealed = await one_round(services, signer)
    assert sealed is not None
    await write_events(services, 2)
    text = (await taken(services, ExportForm.PROOF)).decode()
    report = verify(read_all(text.splitlines()), signer.trusted, [sealed.note])
    assert (report.findings, report.size, report.unsealed) == ([], 21, 3)
    assert not verify(read_all(text.replace('"allowed"', '"denied"', 1).splitlines()), signer.trusted).is_sound
    assert not verify(read_all(text.splitlines()[:-2]), signer.trusted).is_sound


@pytest.mark.parametrize("form", ExportForm)
async def test_each_export_is_on_record_allowed_or_denied(services: Services, form: ExportForm) -> None:
    await taken(services, form)
    with pytest.raises(Unauthenticated):
        await taken(services, form, Asking(ANONYMOUS))
    events = await story.events(services, action=AuditAction.AUDIT_EXPORT)
    assert [(event.body.outcome, event.body.reason) for event in events] == [
        (AuditOutcome.DENIED, "the yearly audit"),
        (AuditOutcome.ALLOWED, "the yearly audit"),
    ]


async def test_a_proof_is_of_the_whole_log(services: Services) -> None:
    with pytest.raises(Invalid):
        await anext(sealing.export_log(services, story.OPERATOR, ExportForm.PROOF, AuditFilter(outcome=AuditOutcome.DENIED)))
    assert await story.events(services) == []


async def test_exports_for_other_tools_hold_every_event(services: Services) -> None:
    async with transaction(services.pool) as connection:
        await write_event(connection, "=HYPERLINK(1)")
    events = [json.loads(line) for line in (await taken(services, ExportForm.OCSF)).splitlines()]
    assert [event["type"] for event in events] == ["tidegate.audit.audit.export", "tidegate.audit.ingestion.cancel"]
    assert all(event["data"]["class_uid"] == 6003 for event in events)
    rows = list(csv.DictReader(io.StringIO((await taken(services, ExportForm.CSV)).decode())))
    assert [row["reason"] for row in rows] == ["the yearly audit", "the yearly audit", "'=HYPERLINK(1)"]


async def test_the_state_tells_what_is_not_sealed(services: Services, signer: Signer) -> None:
    await write_events(services, 3)
    state = await sealing.get_state(services, ACTOR)
    assert (state.size, state.unsealed, state.checkpoint, state.is_late) == (0, 3, None, False)
    sealed = await one_round(services, signer)
    assert sealed is not None
    state = await sealing.get_state(services, ACTOR)
    assert (state.size, state.unsealed, state.checkpoint, state.lag_seconds) == (3, 0, sealed.note, 0.0)
    report = await sealing.verify_log(services, ACTOR, signer.trusted, [sealed.note])
    assert report.is_sound


# Retention ---------------------------------------------------------------------------------------------------------


async def test_expired_content_is_gone_its_hash_kept_and_the_log_sound(
    services: Services, owner_url: str, signer: Signer
) -> None:
    await story.submitted(services, "secret.txt")
    await write_events(services, 9)
    sealed = await one_round(services, signer)
    assert sealed is not None
    await write_events(services, 2)
    expired = await expire(owner_url, datetime.now(UTC) + timedelta(minutes=1))
    assert (expired.events, expired.last_index) == (10, 9)
    assert not (await verified(services, signer)).is_sound  # until the record of the expiry is sealed itself
    await one_round(services, signer)
    report = await verified(services, signer, sealed.note)
    assert (report.findings, report.size, report.expired) == ([], 13, 10)
    assert "10 events are expired" in "\n".join(report.lines())

    events = await story.events(services)
    assert len(events) == 13
    assert [event.body.actor.name for event in events].count("expired") == 10
    with pytest.raises(Conflict, match="event_expired"):
        await sealing.get_receipt(services, ACTOR, events[-1].id)
    again = await expire(owner_url, datetime.now(UTC) + timedelta(minutes=1))
    assert (again.events, again.last_index) == (2, 11)
    await one_round(services, signer)
    assert (await verified(services, signer, sealed.note)).expired == 12


async def test_what_is_not_sealed_or_not_old_enough_does_not_expire(services: Services, owner_url: str, signer: Signer) -> None:
    await write_events(services, 3)
    assert (await expire(owner_url, datetime.now(UTC) + timedelta(minutes=1))).events == 0
    await one_round(services, signer)
    assert (await expire(owner_url, datetime.now(UTC) - timedelta(minutes=1))).events == 0
    assert await story.events(services, action=AuditAction.AUDIT_EXPIRE) == []


async def test_only_the_owner_lets_content_expire_and_never_without_a_record(
    services: Services, owner_url: str, signer: Signer
) -> None:
    await write_events(services, 3)
    await one_round(services, signer)
    async with services.pool.connection() as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            await retention.expire(connection, ACTOR, datetime.now(UTC) + timedelta(minutes=1), "mine")
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        with pytest.raises(errors.IntegrityConstraintViolation, match="without its audit event"):
            await owner.execute("SELECT expire_audit_payloads(0, 2, %s)", (UUID(int=0),))
    assert (await verified(services, signer)).is_sound


async def test_a_retention_needs_a_reason_and_a_term(services: Services, owner_url: str) -> None:
    for days, reason in ((0, "tidy"), (30, " ")):
        with pytest.raises(Invalid):
            await sealing.expire_content(owner_url, ACTOR, days, reason)
    assert (await sealing.expire_content(owner_url, ACTOR, 30, "tidy")).events == 0
    assert (await reading.list_audit_events(services, ACTOR, AuditFilter())).events == []


async def test_a_refused_retention_is_on_record(services: Services, owner_url: str) -> None:
    grace = await story.person(services, Role.POWER_USER, "grace")
    with pytest.raises(Forbidden):
        await sealing.expire_content(owner_url, grace.actor, 30, "to hide it")
    [event] = await story.events(services, action=AuditAction.AUDIT_EXPIRE)
    assert (event.body.outcome, event.body.actor.name, event.body.reason) == (AuditOutcome.DENIED, "grace", "to hide it")


async def expire(owner_url: str, before: datetime) -> retention.Expired:
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        return await retention.expire(connection, ACTOR, before, "two years are over")
