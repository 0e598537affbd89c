"""Sources on servers of people's own: a real one that speaks WebDAV, a real one that speaks SFTP, and some that mean ill."""

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.counterparts import certified
from tests.operations.sources.places import by_hand, content, counts, failure, files, jobs_of, scanned, written
from tests.shares import PASSWORD, USER, Answered, SftpServer, answering, dav_server, sftp_server
from tidegate.domain.failures import FailureCode
from tidegate.operations import scanning
from tidegate.operations.door import Services
from tidegate.pipeline.step import Reach
from tidegate.sources.source import Terms

ODD = "Gezeiten & 50% #1? ä.txt"
LARGE = os.urandom(5_000_000)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """The folder that is served, `in` within it."""
    place = tmp_path / "share"
    (place / "in").mkdir(parents=True)
    return place


@pytest.fixture
def sftp(share: Path) -> Iterator[SftpServer]:
    with sftp_server(share) as server:
        yield server


@pytest.fixture
def dav(share: Path) -> Iterator[str]:
    with dav_server(share) as at:
        yield at


@pytest.fixture(params=["sftp", "webdav"])
def terms(request: pytest.FixtureRequest, tmp_path: Path) -> Terms:
    """A source by either."""
    credential = written(tmp_path, user=USER, password=PASSWORD)
    if request.param == "sftp":
        server: SftpServer = request.getfixturevalue("sftp")
        return Terms(name="share", address=f"sftp://{server.at}/in", credential=credential, host_key=server.host_key)
    return Terms(name="share", address=f"webdav+http://{request.getfixturevalue('dav')}/in", credential=credential)


def touched(path: Path, content: bytes, seconds: int) -> None:
    """Write a file as if some seconds later: both sides tell times in whole seconds."""
    path.write_bytes(content)
    os.utime(path, (path.stat().st_mtime + seconds,) * 2)


async def test_files_are_found_once_and_again_when_they_changed(services: Services, share: Path, terms: Terms) -> None:
    files(share / "in", 6)
    (share / "in" / "deep" / "deeper").mkdir()
    (share / "in" / "deep" / "deeper" / ODD).write_text("high water", encoding="utf-8")
    (share / "in" / ".hidden.txt").write_text("no", encoding="utf-8")
    (share / "in" / ".git").mkdir()
    (share / "in" / ".git" / "config.txt").write_text("no", encoding="utf-8")
    (share / "elsewhere.txt").write_text("no", encoding="utf-8")
    source = await by_hand(services, terms)
    first = await scanned(services, source)
    assert counts(first) == (7, 7, 0, None)
    assert ODD in {job.name for job in await jobs_of(services, first.batch_id)}
    assert counts(await scanned(services, source)) == (7, 0, 7, None)
    touched(share / "in" / "0000.txt", b"turned", 5)
    again = await scanned(services, source)
    assert counts(again) == (7, 1, 6, None)
    assert [job.name for job in await jobs_of(services, again.batch_id)] == ["0000.txt"]
    async with services.pool.connection() as connection:
        rows = await (await connection.execute("SELECT source_locator || source_root FROM job LIMIT 100")).fetchall()
    assert not any(part in told for (told,) in rows for part in (USER, PASSWORD))


async def test_without_its_folders_it_is_read_at_its_top(services: Services, share: Path, terms: Terms) -> None:
    files(share / "in", 4)
    flat = msgspec.structs.replace(terms, recursive=False, pattern="*.txt")
    assert counts(await scanned(services, await by_hand(services, flat))) == (2, 2, 0, None)


async def test_an_object_is_read_whole_and_none_beside_its_source(services: Services, share: Path, terms: Terms) -> None:
    (share / "in" / ODD).write_bytes(LARGE)
    (share / "in" / "empty.txt").touch()
    (share / "elsewhere.txt").write_text("no", encoding="utf-8")
    reach = await scanning.reach_of(services, str(await by_hand(services, terms)))
    assert reach is not None
    assert await content(reach, f"{reach.address}/{ODD}") == (len(LARGE), LARGE)
    assert await content(reach, f"{reach.address}/empty.txt") == (0, b"")
    for locator in (f"{reach.address}/../elsewhere.txt", reach.address.replace("/in", "/elsewhere.txt"), "/etc/passwd"):
        assert await failure(reach, locator) is FailureCode.SOURCE_FORBIDDEN
    assert await failure(reach, f"{reach.address}/none.txt") is FailureCode.SOURCE_NOT_FOUND


async def test_what_goes_wrong_is_told_by_a_code(services: Services, share: Path, terms: Terms, tmp_path: Path) -> None:
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({"credential": written(tmp_path, user=USER, password="another")}, "source_auth_expired"),
        ({"credential": written(tmp_path, user="", password=PASSWORD)}, "source_auth_expired"),
        ({"credential": "env:NO_SUCH_VARIABLE"}, "source_auth_expired"),
        ({"address": terms.address.replace("/in", "/none")}, "source_not_found"),
        ({"address": terms.address.rpartition(":")[0] + ":9/in"}, "source_unreachable"),
    )
    for number, (changes, code) in enumerate(wrong):
        source = await by_hand(services, msgspec.structs.replace(terms, name=str(number), **changes))
        assert counts(await scanned(services, source)) == (0, 0, 0, code), changes


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_host_that_is_not_allowed_is_not_connected_to(services: Services, terms: Terms, host: str) -> None:
    strict = replace(services, settings=replace(services.settings, allowed_hosts=()))
    source = await by_hand(strict, msgspec.structs.replace(terms, address=terms.address.replace("127.0.0.1", host)))
    assert counts(await scanned(strict, source)) == (0, 0, 0, "source_blocked_address")


async def test_a_server_that_shows_another_key_is_told_nothing(
    services: Services, sftp: SftpServer, share: Path, tmp_path: Path
) -> None:
    files(share / "in", 2)
    with sftp_server(share) as other:
        keys = (other.host_key, other.rsa_key)
    credential = written(tmp_path, user=USER, password=PASSWORD)
    ecdsa = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + bytes(64)))
    for key in (*keys, f"ecdsa-sha2-nistp256 {base64.b64encode(ecdsa).decode()}"):
        wrong = Terms(name=key[-20:], address=f"sftp://{sftp.at}/in", credential=credential, host_key=key)
        assert counts(await scanned(services, await by_hand(services, wrong))) == (0, 0, 0, "source_not_trusted")
    assert sftp.tried == []
    right = Terms(name="right", address=f"sftp://{sftp.at}/in", credential=credential, host_key=sftp.rsa_key)
    assert counts(await scanned(services, await by_hand(services, right))) == (2, 2, 0, None)


async def test_a_private_key_opens_a_server_too(services: Services, sftp: SftpServer, share: Path, tmp_path: Path) -> None:
    files(share / "in", 2)
    told = {"user": USER, "key": sftp.private_key}
    for passphrase, expected in ((PASSWORD, (2, 2, 0, None)), ("another", (0, 0, 0, "source_auth_expired"))):
        credential = written(tmp_path, **told, passphrase=passphrase)
        terms = Terms(name=passphrase, address=f"sftp://{sftp.at}/in", credential=credential, host_key=sftp.host_key)
        assert counts(await scanned(services, await by_hand(services, terms))) == expected


async def test_links_of_a_server_are_not_followed(services: Services, sftp: SftpServer, share: Path, tmp_path: Path) -> None:
    (share / "in" / "a.txt").write_text("a", encoding="utf-8")
    (share / "in" / "round").symlink_to(share / "in")
    (share / "in" / "b.txt").symlink_to(share / "in" / "a.txt")
    credential = written(tmp_path, user=USER, password=PASSWORD)
    terms = Terms(name="share", address=f"sftp://{sftp.at}/in", credential=credential, host_key=sftp.host_key)
    assert counts(await scanned(services, await by_hand(services, terms))) == (1, 1, 0, None)


async def test_no_redirect_is_followed(services: Services, dav: str, share: Path) -> None:
    files(share / "in", 2)
    with (
        answering(lambda _method, _path: Answered(207)) as target,
        answering(lambda _method, path: Answered(302, head={"Location": f"http://{target.at}{path}"})) as server,
    ):
        terms = Terms(name="away", address=f"webdav+http://{server.at}/in")
        assert counts(await scanned(services, await by_hand(services, terms))) == (0, 0, 0, "source_not_found")
        assert await failure(Reach(terms.address), f"{terms.address}/a.txt") is FailureCode.SOURCE_NOT_FOUND
        assert server.asked == ["PROPFIND /in/", "GET /in/a.txt"]
        assert target.asked == []


TAGGED = b"<propstat><prop><getetag>1</getetag></prop></propstat></response>"
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb">]><multistatus xmlns="DAV:"><response><href>/in/&b;</href>' + TAGGED + b"</multistatus>"
OTHER = b'<multistatus xmlns="DAV:"><response><href>/out/a.txt</href>' + TAGGED + b"</multistatus>"
CUT = b'<multistatus xmlns="DAV:"><response><href>/in/a.txt</href>' + TAGGED


@pytest.mark.parametrize("body", [BOMB, OTHER, CUT, b"<html></html>", b"", b"<multistatus xmlns='DAV:'>" + b"<a>" * 100])
async def test_an_answer_that_means_ill_or_nothing_is_not_taken(services: Services, body: bytes) -> None:
    with answering(lambda _method, _path: Answered(207, body)) as server:
        terms = Terms(name="odd", address=f"webdav+http://{server.at}/in")
        assert counts(await scanned(services, await by_hand(services, terms))) == (0, 0, 0, "source_unreachable")


async def test_folders_without_end_are_left(services: Services) -> None:
    def deeper(_method: str, path: str) -> Answered:
        inner = "<propstat><prop><resourcetype><collection/></resourcetype></prop></propstat>"
        body = f'<multistatus xmlns="DAV:"><response><href>{path}a/</href>{inner}</response></multistatus>'
        return Answered(207, body.encode())

    with answering(deeper) as server:
        terms = Terms(name="round", address=f"webdav+http://{server.at}/in")
        assert counts(await scanned(services, await by_hand(services, terms))) == (0, 0, 0, "source_unreachable")
        assert len(server.asked) < 200


async def test_the_server_s_certificate_has_to_hold_for_its_name(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is for 127.0.0.1, and nobody vouches for it at first."""
    tls, _ = certified(tmp_path)
    named = replace(services, settings=replace(services.settings, allowed_hosts=("localhost", "127.0.0.1")))
    with answering(lambda _method, _path: Answered(207, b'<multistatus xmlns="DAV:"/>'), tls) as server:
        port = server.server_port
        for name, host, known, code in (
            ("unknown", "127.0.0.1", False, "source_not_trusted"), ("vouched for", "127.0.0.1", True, None),
            ("of another name", "localhost", True, "source_not_trusted"),
        ):  # fmt: skip
            if known:
                monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "mail.pem"))
            source = await by_hand(named, Terms(name=name, address=f"webdav://{host}:{port}/in"))
            assert counts(await scanned(named, source)) == (0, 0, 0, code), name
        assert server.asked == ["PROPFIND /in/"]
