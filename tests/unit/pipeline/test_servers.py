"""What addresses, host keys and answers of people's own servers are taken for."""

from collections.abc import Iterator

import pytest

from tidegate.pipeline.fetching.multistatus import BadAnswer, Multistatus
from tidegate.pipeline.fetching.servers import Entry, Place, place_of, walked
from tidegate.pipeline.fetching.sftp import read_host_key
from tidegate.pipeline.step import StepFailed

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
ANSWER = b"""<?xml version="1.0" encoding="utf-8"?>
<d:multistatus xmlns:d="DAV:" xmlns:o="http://own.example.org/ns">
<d:response><d:href>/in/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>
<d:response><d:href>http://other.example.org/in/%C3%9C.txt</d:href><d:propstat><d:prop><d:resourcetype/><d:getetag>"a&amp;b"</d:getetag>
<d:getlastmodified>Mon, 30 Nov 2026 09:00:00 GMT</d:getlastmodified><d:getcontentlength>12</d:getcontentlength>
<d:lockdiscovery><o:owner><d:href>/somebody</d:href></o:owner></d:lockdiscovery></d:prop></d:propstat>
<d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
</d:multistatus>"""


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_multistatus_is_read_in_blocks_of_any_size(size: int) -> None:
    read, told = Multistatus(), []
    for at in range(0, len(ANSWER), size):
        told += read.feed(ANSWER[at : at + size])
    read.close()
    assert [(one.href, one.is_folder) for one in told] == [("/in/", True), ("http://other.example.org/in/%C3%9C.txt", False)]
    assert told[1].told == {"etag": '"a&b"', "modified": "Mon, 30 Nov 2026 09:00:00 GMT", "size": "12"}


@pytest.mark.parametrize(
    "answer", [
        b'<!DOCTYPE m [<!ENTITY a "x">]><multistatus xmlns="DAV:"/>', b'<!DOCTYPE m SYSTEM "http://x/"><a xmlns="DAV:"/>',
        b"<multistatus/>", b'<multistatus xmlns="DAV:"><a>' + b"x" * 9000, b'<multistatus xmlns="DAV:">' + b"<a>" * 40,
        b'<multistatus xmlns="DAV:">&other;</multistatus>', b"no xml",
    ]
)  # fmt: skip
def test_an_answer_of_another_kind_is_refused_as_it_comes(answer: bytes) -> None:
    with pytest.raises(BadAnswer):
        Multistatus().feed(answer)


def test_an_answer_that_was_cut_off_is_no_answer() -> None:
    read = Multistatus()
    read.feed(ANSWER[:-5])
    with pytest.raises(BadAnswer):
        read.close()


@pytest.mark.parametrize(
    ("address", "place"), [
        ("sftp://files.example.org", Place("files.example.org", None, "")),
        ("sftp://files.example.org:2222/srv/in box/", Place("files.example.org", 2222, "/srv/in box")),
        ("webdav://[2001:db8::1]:8443/a#b?c", Place("2001:db8::1", 8443, "/a#b?c")),
    ]
)  # fmt: skip
def test_an_address_is_a_host_and_a_folder_as_it_is_called(address: str, place: Place) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize(
    "address", ["sftp:///in", "sftp://a@b/in", "sftp://a:70000/in", "sftp://a b/in", "sftp://a?b/in", "sftp://-a"]
)
def test_what_names_no_host_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no host"):
        place_of(address)


@pytest.mark.parametrize("line", [f"ssh-ed25519 {KEY}", f"ssh-ed25519 {KEY} root@files", f"files,10.0.0.1 ssh-ed25519 {KEY}"])
def test_a_host_key_is_read_as_files_and_tools_write_it(line: str) -> None:
    assert read_host_key(line) == f"ssh-ed25519 {KEY}"


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", f"ssh-rsa {KEY}", f"ssh-dss {KEY}", "ssh-ed25519 ÄÖ", f"a b ssh-ed25519 {KEY}", KEY]
)
def test_what_is_no_host_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"key|base64"):
        read_host_key(line)


def test_names_that_could_lead_elsewhere_are_left_out() -> None:
    def inside(folder: str) -> Iterator[Entry]:
        names = ("a.txt", "..", ".", "", "../../etc/passwd", "b/c", ".git") if not folder else ("d.txt",)
        yield from (Entry(name, is_folder=False, told={}) for name in names)
        if not folder:
            yield from (Entry(name, is_folder=True, told={}) for name in ("deep", "..", ".ssh"))

    assert [[path for path, _ in page] for page in walked(inside, recursive=True)] == [["a.txt"], ["deep/d.txt"]]
    assert [[path for path, _ in page] for page in walked(inside, recursive=False)] == [["a.txt"]]


def test_a_circle_of_folders_has_an_end() -> None:
    with pytest.raises(StepFailed):
        list(walked(lambda _: [Entry("a", is_folder=True, told={})], recursive=True))
