"""What docs/how-to/sources.md says is done as it stands there, on a real home, with a real folder and a real store."""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import s3fs

from tests.acceptance.command_line import Shell, shell
from tests.acceptance.test_documented_retry import bash
from tests.clouds import ACCOUNT, ACCOUNT_KEY, AzureBlobs, GoogleBlobs, azurite, google
from tests.counterparts import bucket_server
from tests.operations.sources.places import files
from tests.shares import PASSWORD, SftpServer, dav_server, sftp_server

KEY_THERE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "sources.md"


@pytest.fixture
def home() -> Iterator[Shell]:
    with shell(held=True) as made:
        yield made


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that stands for /srv/inbox and for /etc/tidegate."""
    made = Path(tempfile.mkdtemp(prefix="tidegate-source-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server() -> Iterator[str]:
    with bucket_server() as url:
        fs = s3fs.S3FileSystem(key="k", secret="s", endpoint_url=url, skip_instance_cache=True)
        fs.mkdir("harbour")
        fs.pipe({"harbour/incoming/tides.txt": b"High water at nine.", "harbour/other.txt": b"no"})
        yield url


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """What a server of people's own serves."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "berths.txt").write_text("Berth four is closed.", encoding="utf-8")
    return tmp_path


def commands(*replaced: tuple[str, str], about: str = "servers") -> list[str]:
    """The blocks of commands of the page, those about dropbox, clouds or servers, with what only a reader has replaced."""
    page = PAGE.read_text(encoding="utf-8")
    for written, here in replaced:
        assert written in page
        page = page.replace(written, here)
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    of = {"dropbox://": "dropbox", "gs://": "clouds", "az://": "clouds"}
    return [block for block in blocks if next((of[scheme] for scheme in of if scheme in block), "servers") == about]


def on_servers(place: Path, server: str, sftp: SftpServer, dav: str) -> list[str]:
    """The blocks about folders, S3 and servers of people's own."""
    return commands(
        ("/srv/inbox", str(place)), ("/etc/tidegate", str(place)), ("https://s3.example.org", server),
        ("sftp://files.example.org/srv/in ", f"sftp://{sftp.at}/in "), (KEY_THERE, sftp.host_key),
        ("webdav://cloud.example.org/remote.php/dav/files/anna/Inbox", f"webdav+http://{dav}/in"),
        ("correct horse battery staple", PASSWORD), ("an app password", PASSWORD),
    )  # fmt: skip


def ended(home: Shell, id: str, n: int) -> dict[str, Any]:
    """Wait for the end of the `n`-th scan of a source and return it."""
    until = time.monotonic() + 60
    while True:
        scans = home.json("sources", "log", id)
        if len(scans) == n and scans[0]["ended_at"]:
            return scans[0]  # type: ignore[no-any-return]
        assert time.monotonic() < until, scans
        time.sleep(0.3)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_the_page_adds_is_scanned_looked_at_and_removed(home: Shell, place: Path, server: str, share: Path) -> None:
    files(place, 3)
    settings = {"TIDEGATE_ALLOWED_HOSTS": "127.0.0.1/32"}
    with sftp_server(share) as sftp, dav_server(share) as dav:
        *sources, acts = on_servers(place, server, sftp, dav)
        for block in sources:
            done = bash(home, block, **settings)
            assert done.returncode == 0, done.stderr
        archive, cloud, shared, inbox = home.json("sources", "list")
        assert (archive["name"], archive["every_seconds"], inbox["every_seconds"]) == ("Archive", 3600, 900)
        with home.start("work", TIDEGATE_FOLDER_ROOTS=str(place), **settings):
            submitted = {one["name"]: ended(home, one["id"], 1)["submitted"] for one in (archive, cloud, shared, inbox)}
            assert submitted == {"Archive": 1, "Cloud": 1, "Files": 1, "Inbox": 3}
            for line in acts.splitlines():
                done = bash(home, line.replace("ID", archive["id"]), **settings)
                assert done.returncode == 0, (line, done.stderr)
                if " scan " in line:
                    assert ended(home, archive["id"], 2)["unchanged"] == 1
                if " resume " in line:
                    ended(home, archive["id"], 3)
    assert [source["name"] for source in home.json("sources", "list")] == ["Cloud", "Files", "Inbox"]
    jobs = home.json("jobs", "--source", "remote")["jobs"]
    assert sorted((job["name"], job["state"]) for job in jobs) == [("berths.txt", "succeeded")] * 2 + [("tides.txt", "succeeded")]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_the_page_adds_of_clouds_is_scanned(home: Shell, place: Path) -> None:
    settings = {"TIDEGATE_ALLOWED_HOSTS": "127.0.0.1/32"}
    with google() as door, azurite() as blob_server:
        scans, letters = GoogleBlobs(door, "harbour-scans"), AzureBlobs(blob_server, "letters")
        for blobs in (scans, letters):
            blobs.put("incoming/tides.txt", f"High water at nine, by {blobs.scheme}.".encode())
        scans.close()
        (place / "google.json").write_text(json.dumps(scans.parts), encoding="utf-8")
        blocks = commands(
            ("/etc/tidegate", str(place)), ("harbourfiles", ACCOUNT), ("bm90IGEga2V5IGF0IGFsbA==", ACCOUNT_KEY),
            ("gs://harbour-scans/incoming ", f"gs://harbour-scans/incoming --endpoint {door.url} "),
            ("az://letters/incoming ", f"az://letters/incoming --endpoint {blob_server} "), about="clouds",
        )  # fmt: skip
        assert len(blocks) == 2
        for block in blocks:
            done = bash(home, block, **settings)
            assert done.returncode == 0, done.stderr
        sources = home.json("sources", "list")
        with home.start("work", **settings):
            assert {one["name"]: ended(home, one["id"], 1)["submitted"] for one in sources} == {"Letters": 1, "Scans": 1}


@pytest.mark.slow
def test_what_the_page_adds_of_dropbox_is_kept(home: Shell, place: Path) -> None:
    """Only Dropbox is at the address of Dropbox, so it is not scanned here: tests/operations/sources/test_dropbox.py does."""
    [block] = commands(("/etc/tidegate", str(place)), about="dropbox")
    done = bash(home, block)
    assert done.returncode == 0, done.stderr
    [source] = home.json("sources", "list")
    assert (source["name"], source["address"], source["every_seconds"]) == ("Mail room", "dropbox://Mail room/Incoming", 3600)
    assert "e5f6" not in json.dumps(source)
