"""What administrators do about sources: through the one door, on record, and never with a credential in the database."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import psycopg
import pytest

from tests import story
from tests.operations.sources.places import by_hand
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Conflict, Forbidden, Invalid, NotFound
from tidegate.operations import sources
from tidegate.operations.door import Command, Services, perform
from tidegate.operations.sources import ChangeSource, CreateSource, PauseSource, RemoveSource, ResumeSource, ScanSource
from tidegate.sources.source import Terms

BUCKET = Terms(
    name="bucket", address="s3://harbour/in/", endpoint="https://s3.example.org", credential="env:BUCKET", every_seconds=60
)


async def test_a_source_is_made_changed_paused_resumed_and_removed_each_on_record(services: Services) -> None:
    asking = await story.person(services, Role.ADMIN)
    made = await perform(services, asking, CreateSource(BUCKET, "the archive"))
    [known] = await sources.list_sources(services, asking.actor)
    kept = msgspec.structs.replace(BUCKET, address="s3://harbour/in")
    assert (known.id, known.terms, known.last) == (made.id, kept, None)
    assert known.next_at is not None

    other = msgspec.structs.replace(kept, pattern="*.pdf", every_seconds=None)
    changed = await perform(services, asking, ChangeSource(made.id, other))
    paused = await perform(services, asking, PauseSource(made.id))
    resumed = await perform(services, asking, ResumeSource(made.id))
    asked = await perform(services, asking, ScanSource(made.id, "now"))
    found = await sources.get_source(services, asking.actor, made.id)
    assert (found.terms, found.next_at) == (other, None)
    assert found.last is not None
    assert (found.last.id, found.last.scheduled, found.last.started_at) == (asked.scan_id, False, None)
    removed = await perform(services, asking, RemoveSource(made.id, "not needed"))
    assert await sources.list_sources(services, asking.actor) == []
    acts: tuple[Command[object], ...] = (
        ChangeSource(made.id, BUCKET), PauseSource(made.id), ResumeSource(made.id), ScanSource(made.id), RemoveSource(made.id)
    )  # fmt: skip
    for act in acts:
        with pytest.raises(NotFound):
            await perform(services, asking, act)
    told = await story.events(services, target_id=made.id)
    done = (removed, asked, resumed, paused, changed, made)
    assert [event.id for event in told] == [one.audit_event_id for one in done]
    assert told[-1].body.after == {
        "name": "bucket", "kind": "s3", "pipeline": "documents", "pattern": None, "recursive": True, "credential": "env:BUCKET",
        "host_key": None, "every_seconds": 60, "paused": False,
    }  # fmt: skip


async def test_others_are_refused_and_that_is_on_record(services: Services, terms: Terms) -> None:
    id = await by_hand(services, terms)
    power, viewer = await story.person(services, Role.POWER_USER), await story.person(services, Role.VIEWER)
    acts: Mapping[AuditAction, Command[object]] = {
        AuditAction.SOURCE_CREATE: CreateSource(terms),
        AuditAction.SOURCE_CHANGE: ChangeSource(id, terms),
        AuditAction.SOURCE_PAUSE: PauseSource(id),
        AuditAction.SOURCE_RESUME: ResumeSource(id),
        AuditAction.SOURCE_REMOVE: RemoveSource(id),
    }
    for action, act in acts.items():
        with pytest.raises(Forbidden):
            await perform(services, power, act)
        [denied] = await story.events(services, action=action, outcome=AuditOutcome.DENIED)
        assert denied.body.actor.id == power.actor.id
    with pytest.raises(Forbidden):
        await perform(services, viewer, ScanSource(id))
    await perform(services, power, ScanSource(id))


async def test_where_a_source_is_stays_with_those_who_manage_it(services: Services) -> None:
    id = await by_hand(services, BUCKET)
    viewer = await story.person(services, Role.VIEWER)
    seen = await sources.get_source(services, viewer.actor, id)
    assert (seen.address, seen.endpoint, seen.credential, seen.kind) == ("s3://", "", "", "s3")
    assert [one.address for one in await sources.list_sources(services, viewer.actor)] == ["s3://"]
    assert (await sources.get_source(services, story.OPERATOR.actor, id)).credential == "env:BUCKET"


HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OF_SFTP: Mapping[str, object] = {"endpoint": "", "host_key": HOST_KEY}


async def test_servers_of_people_s_own_are_kept_as_they_are_called(services: Services) -> None:
    told = f"[files.example.org]:2222 {HOST_KEY} root@files"
    for number, (address, key) in enumerate((
        ("sftp://files.example.org:2222/srv/in box/", told), ("webdav://[2001:db8::1]:8443/remote.php/dav/files/anna", ""),
        ("webdav+http://nas/in", ""),
    )):  # fmt: skip
        id = await by_hand(services, Terms(name=str(number), address=address, credential="env:SHARE", host_key=key))
        kept = await sources.get_source(services, story.OPERATOR.actor, id)
        assert (kept.address, kept.host_key) == (address.rstrip("/"), HOST_KEY if key else "")
        viewer = await story.person(services, Role.VIEWER)
        seen = await sources.get_source(services, viewer.actor, id)
        assert (seen.address, seen.host_key, seen.credential) == (f"{kept.kind}://", "", "")


async def test_a_cloud_s_server_may_be_another_one(services: Services) -> None:
    for number, (address, endpoint) in enumerate((
        ("az://harbour/in", "https://harbour.blob.core.chinacloudapi.cn"), ("az://harbour/in", "http://10.0.0.4:10000/devstoreaccount1"),
        ("gs://harbour/in", "https://storage-harbour.p.googleapis.com"),
    )):  # fmt: skip
        id = await by_hand(services, Terms(name=str(number), address=address, endpoint=endpoint))
        assert (await sources.get_source(services, story.OPERATOR.actor, id)).endpoint == endpoint


def lacking(module: str) -> None:
    """Find nothing, as where no part of its name is there."""
    if "." in module:
        raise ModuleNotFoundError(module)


@pytest.mark.parametrize("address", ["az://harbour", "s3://harbour"])
async def test_what_is_not_installed_is_told_when_a_source_is_made(
    services: Services, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("tidegate.pipeline.fetching.stores.find_spec", lacking)
    with pytest.raises(Invalid) as refused:
        await by_hand(services, Terms(name="harbour", address=address))
    assert refused.value.code == "source_not_installed"


COPIED = (
    "INSERT INTO source SELECT gen_random_uuid(), 'other', address, endpoint, pipeline, pattern, recursive, credential,"
    " every_seconds, paused, actor, next_at, created_at, removed_at, audit_event_id, host_key FROM source"
)

WRONG: tuple[tuple[Mapping[str, object], str], ...] = (
    ({"name": " "}, "bad_source_name"),
    ({"name": "a\nb"}, "bad_source_name"),
    ({"pipeline": "nowhere"}, "unknown_pipeline"),
    ({"pattern": "*" * 201}, "bad_source_pattern"),
    ({"every_seconds": 1}, "bad_source_interval"),
    ({"every_seconds": 10**8}, "bad_source_interval"),
    ({"address": "relative/path"}, "bad_source_address"),
    ({"address": "s3://"}, "bad_source_address"),
    ({"address": "s3://key:secret@bucket/a"}, "bad_source_address"),
    ({"address": "s3://bucket/../other"}, "bad_source_address"),
    ({"address": "file:///etc"}, "bad_source_address"),
    ({"address": "memory://bucket"}, "bad_source_address"),
    ({"address": "/etc", "endpoint": "", "credential": ""}, "bad_source_folder"),
    ({"address": "/no/such", "endpoint": "", "credential": ""}, "bad_source_folder"),
    ({"address": "/etc"}, "folder_needs_none"),
    ({"credential": "AKIA:hunter2"}, "bad_source_credential"),
    ({"credential": "env:TIDEGATE_SMTP_PASSWORD"}, "bad_source_credential"),
    ({"endpoint": "ftp://s3.example.org"}, "bad_source_endpoint"),
    ({"endpoint": "https://me:pass@s3.example.org"}, "bad_source_endpoint"),
    ({"endpoint": "https://[::1"}, "bad_source_endpoint"),
    ({"endpoint": "https://s3.example.org/account"}, "bad_source_endpoint"),
    ({"address": "gs://bucket", "endpoint": "https://gcs.example.org/account"}, "bad_source_endpoint"),
    ({"address": "az://bucket", "endpoint": "https://blobs.example.org/account/more"}, "bad_source_endpoint"),
    ({"address": "az://bucket", "endpoint": "https://blobs.example.org/account?sig=1"}, "bad_source_endpoint"),
    ({"host_key": HOST_KEY}, "bad_source_host_key"),
    ({"address": "sftp://anna@files.example.org/in", **OF_SFTP}, "bad_source_address"),
    ({"address": "sftp://files.example.org:99999/in", **OF_SFTP}, "bad_source_address"),
    ({"address": "sftp://files.example.org/in/../..", **OF_SFTP}, "bad_source_address"),
    ({"address": "sftp://files.example.org/in", **OF_SFTP, "host_key": ""}, "bad_source_host_key"),
    ({"address": "sftp://files.example.org/in", **OF_SFTP, "host_key": "ssh-ed25519 AAAA"}, "bad_source_host_key"),
    (
        {"address": "sftp://files.example.org/in", **OF_SFTP, "host_key": HOST_KEY.replace("ssh-ed25519", "ssh-rsa")},
        "bad_source_host_key",
    ),
    ({"address": "sftp://files.example.org/in", **OF_SFTP, "host_key": "SHA256:0123"}, "bad_source_host_key"),
    ({"address": "webdav://files.example.org/in"}, "bad_source_endpoint"),
    ({"address": "webdav://files.example.org/in", "endpoint": "", "host_key": HOST_KEY}, "bad_source_host_key"),
    ({"address": "webdav://", "endpoint": ""}, "bad_source_address"),
    ({"address": "/etc", "endpoint": "", "credential": "", "host_key": HOST_KEY}, "folder_needs_none"),
)


async def test_terms_that_cannot_be_kept_are_refused(services: Services, folder: Path) -> None:
    for wrong, code in WRONG:
        with pytest.raises(Invalid) as refused:
            await perform(services, story.OPERATOR, CreateSource(msgspec.structs.replace(BUCKET, **wrong)))
        assert refused.value.code == code, wrong
    await by_hand(services, BUCKET)
    with pytest.raises(Conflict) as taken:
        await by_hand(services, BUCKET)
    assert taken.value.code == "source_name_taken"


async def test_the_database_takes_no_source_without_its_event_and_no_credential(services: Services) -> None:
    await by_hand(services, BUCKET)
    async with services.pool.connection() as connection:
        for statement in (
            "UPDATE source SET address = 's3://elsewhere'",
            "UPDATE source SET credential = 'AKIA:hunter2'",
            "UPDATE source SET paused = true, next_at = NULL",
            COPIED,
        ):
            with pytest.raises(psycopg.errors.IntegrityError):
                await connection.execute(statement.encode())
        await connection.execute("UPDATE source SET next_at = now()")
