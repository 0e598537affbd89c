"""Sources in a store that speaks S3: a real server of it, real requests, a worker's own way to fetch what was found."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import s3fs

from tests import story
from tests.counterparts import bucket_server
from tests.operations.sources.places import by_hand, counts, jobs_of, scanned
from tidegate.domain.failures import FailureCode
from tidegate.operations import scanning
from tidegate.operations.door import Services, perform
from tidegate.operations.sources import RemoveSource
from tidegate.outbound.address import Allowed
from tidegate.pipeline.fetching import remote
from tidegate.pipeline.fetching.s3 import client
from tidegate.pipeline.fetching.stores import read_parts
from tidegate.pipeline.step import Reach, StepFailed
from tidegate.sources.source import Terms

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HERE = Allowed(("127.0.0.1/32",))
MANY = 1200


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with bucket_server() as url:
        yield url


@pytest.fixture
def store(server: str) -> Iterator[s3fs.S3FileSystem]:
    """A client of the store that fills it, in a bucket of its own."""
    fs = s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=server, skip_instance_cache=True)
    fs.mkdir("harbour")
    yield fs
    fs.rm("harbour", recursive=True)


@pytest.fixture
def credential(tmp_path: Path) -> str:
    place = tmp_path / "bucket.json"
    place.write_text(json.dumps({"key": KEY, "secret": SECRET}), encoding="utf-8")
    return f"file:{place}"


def bucket(server: str, credential: str, **more: object) -> Terms:
    return Terms(name="bucket", address="s3://harbour/in", endpoint=server, credential=credential, **more)  # type: ignore[arg-type]


async def test_objects_are_found_by_pages_and_again_only_when_they_changed(
    services: Services, server: str, store: s3fs.S3FileSystem, credential: str
) -> None:
    store.pipe({f"harbour/in/{number:05}.txt": f"tide {number}".encode() for number in range(MANY)})
    store.pipe("harbour/elsewhere/x.txt", b"x")
    store.pipe("harbour/in-between.txt", b"x")
    source = await by_hand(services, bucket(server, credential))
    assert counts(await scanned(services, source)) == (MANY, MANY, 0, None)
    store.pipe("harbour/in/00000.txt", b"turned")
    store.pipe("harbour/in/00001.txt", b"tide 1")
    store.pipe("harbour/in/deep/new.pdf", b"%PDF")
    store.rm("harbour/in/00002.txt")
    again = await scanned(services, source)
    assert counts(again) == (MANY, 2, MANY - 2, None)
    found = await jobs_of(services, again.batch_id)
    assert {job.name for job in found} == {"00000.txt", "new.pdf"}
    assert {job.source_kind for job in found} == {"remote"}
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT source_locator, source_root FROM job LIMIT 5000")).fetchall()
    assert {root for _, root in rows} == {str(source)}
    assert not any(part in locator for locator, _ in rows for part in (KEY, SECRET, server))


async def test_without_its_folders_a_bucket_is_read_at_its_top(
    services: Services, server: str, store: s3fs.S3FileSystem, credential: str
) -> None:
    store.pipe({"harbour/in/a.txt": b"a", "harbour/in/deep/b.txt": b"b", "harbour/in/c.pdf": b"c"})
    source = await by_hand(services, bucket(server, credential, recursive=False, pattern="*.txt"))
    assert counts(await scanned(services, source)) == (1, 1, 0, None)


async def test_a_worker_reaches_an_object_by_what_its_source_says_now(
    services: Services, server: str, store: s3fs.S3FileSystem, credential: str
) -> None:
    store.pipe("harbour/in/a.txt", b"the tide " * 300_000)
    source = await by_hand(services, bucket(server, credential))
    reach = await scanning.reach_of(services, str(source))
    assert reach is not None
    async with remote.streamed(reach, "s3://harbour/in/a.txt", HERE, 30) as found:
        assert found.size == 2_700_000
        async with aclosing(aiter(found)) as blocks:  # type: ignore[type-var]
            assert b"".join([block async for block in blocks]) == b"the tide " * 300_000
    for locator in ("s3://harbour/elsewhere.txt", "s3://harbour/in/../secret.txt", "s3://harbour/into.txt", "/etc/passwd"):
        with pytest.raises(StepFailed) as refused:
            async with remote.streamed(reach, locator, HERE, 30):
                pass
        assert refused.value.failure.code is FailureCode.SOURCE_FORBIDDEN
    with pytest.raises(StepFailed) as missing:
        async with remote.streamed(reach, "s3://harbour/in/none.txt", HERE, 30):
            pass
    assert missing.value.failure.code is FailureCode.SOURCE_NOT_FOUND
    await perform(services, story.OPERATOR, RemoveSource(source))
    assert await scanning.reach_of(services, str(source)) is None
    assert await scanning.reach_of(services, "no id") is None


async def test_what_goes_wrong_is_told_by_a_code(
    services: Services, server: str, store: s3fs.S3FileSystem, credential: str
) -> None:
    nowhere = Terms(name="nowhere", address="s3://no-such-bucket", endpoint=server, credential=credential)
    assert counts(await scanned(services, await by_hand(services, nowhere))) == (0, 0, 0, "source_not_found")
    lost = bucket(server, "env:NO_SUCH_VARIABLE")
    assert counts(await scanned(services, await by_hand(services, lost))) == (0, 0, 0, "source_auth_expired")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{closed.getsockname()[1]}"
    away = Terms(name="away", address="s3://harbour", endpoint=silent, credential=credential)
    assert counts(await scanned(services, await by_hand(services, away))) == (0, 0, 0, "source_unreachable")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_host_that_is_not_allowed_is_not_connected_to(
    services: Services, server: str, store: s3fs.S3FileSystem, credential: str, host: str
) -> None:
    strict = replace(services, settings=replace(services.settings, allowed_hosts=()))
    port = server.rpartition(":")[2]
    source = await by_hand(strict, bucket(f"http://{host}:{port}", credential))
    assert counts(await scanned(strict, source)) == (0, 0, 0, "source_blocked_address")


def test_a_store_s_own_resolver_gives_the_checked_address_alone(server: str, store: s3fs.S3FileSystem, credential: str) -> None:
    """Past the first look at the endpoint, which sees names and numbers alike, the connection itself is checked."""
    store.pipe("harbour/in/a.txt", b"a")
    reach = Reach("s3://harbour/in", f"http://localhost:{server.rpartition(':')[2]}", credential)
    fs = client(reach, read_parts(credential), Allowed(()))
    with pytest.raises(StepFailed) as refused, remote.translated():
        fs.call_s3("list_objects_v2", Bucket="harbour")
    assert refused.value.failure.code is FailureCode.SOURCE_BLOCKED_ADDRESS
    allowed = client(reach, read_parts(credential), Allowed(("localhost",)))
    assert allowed.call_s3("list_objects_v2", Bucket="harbour")["KeyCount"] == 1


def test_nothing_of_the_machine_s_own_is_used(server: str, store: s3fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "HTTP_PROXY": "http://127.0.0.1:9"}.items():
        monkeypatch.setitem(os.environ, name, value)
    store.pipe("harbour/in/a.txt", b"a")
    fs = client(Reach("s3://harbour/in", server), None, HERE)
    assert fs.anon
    assert fs.call_s3("list_objects_v2", Bucket="harbour")["KeyCount"] == 1


def test_where_no_version_is_told_the_content_is(server: str, store: s3fs.S3FileSystem, credential: str) -> None:
    store.pipe({"harbour/in/a.txt": b"same", "harbour/in/b.txt": b"same", "harbour/in/c.txt": b"other"})
    reach = Reach("s3://harbour/in", server, credential)
    a, b, c = (remote.content_version(reach, f"s3://harbour/in/{name}.txt", 100, HERE) for name in "abc")
    assert a == b != c


def test_a_client_is_kept_for_as_long_as_nothing_about_its_source_is_different(server: str, tmp_path: Path) -> None:
    place = tmp_path / "bucket.json"
    place.write_text(json.dumps({"key": KEY, "secret": SECRET}), encoding="utf-8")
    reach = Reach("s3://harbour/in", server, f"file:{place}")
    kept = client(reach, read_parts(reach.credential), HERE)
    assert client(reach, read_parts(reach.credential), Allowed(("127.0.0.1/32",))) is kept
    assert client(reach, read_parts(reach.credential), Allowed(())) is not kept
    assert client(replace(reach, endpoint="https://s3.example.org"), read_parts(reach.credential), HERE) is not kept
    place.write_text(json.dumps({"key": KEY, "secret": "a new one"}), encoding="utf-8")
    assert client(reach, read_parts(reach.credential), HERE) is not kept
