"""Types by content: lies, encryption, bombs and emptiness are told before anything is read."""

import gzip
import zipfile

import pytest

from tests.unit.pipeline import builders
from tests.unit.pipeline.conftest import MIB, MakeContext
from tidegate.domain.failures import FailureCode
from tidegate.pipeline.documents import fetch, identify
from tidegate.pipeline.reading import kinds
from tidegate.pipeline.step import StepFailed

pytestmark = pytest.mark.asyncio

EXE = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(200)
MP3 = b"ID3\x03\0\0\0\0\0\x0a" + bytes(100)


async def found(context: MakeContext, name: str, content: bytes) -> str:
    made = context(name, content)
    fetched = await fetch.run(made)
    return str((await identify.run(context(name, content, results={"fetch": fetched})))["media_type"])


async def failure(context: MakeContext, name: str, content: bytes) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        await found(context, name, content)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", builders.pdf("x"), kinds.PDF),
        ("a", builders.pdf("x"), kinds.PDF),
        ("a.pdf", b"HTTP/1.1 200 OK\r\n\r\n" + builders.pdf("x"), kinds.PDF),
        ("a.docx", builders.docx(), kinds.DOCX),
        ("a.doc", builders.docx(), kinds.DOCX),
        ("a.zip", builders.docx(), kinds.DOCX),
        ("a.odt", builders.odt(), kinds.ODT),
        ("a.doc", builders.ole({"WordDocument": builders.word_stream(encrypted=False)}), kinds.DOC),
        ("a.xls", builders.ole({"Workbook": builders.workbook_stream(encrypted=False)}), kinds.XLS),
        (
            "a.ppt",
            builders.ole({"PowerPoint Document": b"", "Current User": builders.current_user_stream(encrypted=False)}),
            kinds.PPT,
        ),
        ("a.msg", builders.ole({"__properties_version1.0": b""}), kinds.OUTLOOK),
        ("a.zip", builders.packed({"a.txt": "x"}), kinds.ZIP),
        ("a.png", builders.png(), "image/png"),
        ("a.jpg", builders.png(), "image/png"),
        ("a.rtf", b"{\\rtf1 hello}", kinds.RTF),
        ("a.doc", b"{\\rtf1 hello}", kinds.RTF),
        ("a.html", b"<!DOCTYPE html><html><body>x</body></html>", kinds.HTML),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", kinds.HTML),
        ("a.eml", b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\n\r\nbody", kinds.EMAIL),
        ("a", b"From: a@b.c\nTo: d@e.f\nSubject: x\n\nbody", kinds.EMAIL),
        ("a.json", b'{"a": 1}', kinds.JSON),
        ("a.jats", b'<?xml version="1.0"?><article/>', "application/x-jats+xml"),
        ("a.csv", b"a,b\n1,2\n", "text/csv"),
        ("a.xwiki", b"= Title =", kinds.PLAIN),
        ("README.noext", b"hello", kinds.PLAIN),
        ("a.txt", "Grüße, wie geht es Ihnen? Über die Straße".encode("latin-1"), kinds.PLAIN),
        ("a.txt", "wide".encode("utf-16"), kinds.PLAIN),
        ("a.txt", b"MZ is how this sentence begins, and it goes on for more than sixty-four bytes, as text does.", kinds.PLAIN),
        ("a.txt", ("ü" * 40_000).encode(), kinds.PLAIN),
        ("a.txt", b"x" + ("ü" * 40_000).encode(), kinds.PLAIN),
    ],
)
async def test_types(context: MakeContext, name: str, content: bytes, media_type: str) -> None:
    assert await found(context, name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content", "named", "shown"),
    [
        ("a.pdf", EXE, "application/pdf", "application/x-executable"),
        ("a.pdf", builders.packed({"a": "b"}), "application/pdf", "application/zip"),
        ("a.pdf", b"<html><body>not found</body></html>", "application/pdf", "text/html"),
        ("a.docx", b"just text", kinds.DOCX, "text/plain"),
        ("a.docx", builders.packed({"a": "b"}), kinds.DOCX, "application/zip"),
        ("a.txt", b"\x7fELF" + bytes(100), "text/plain", "application/x-executable"),
        ("a.jpg", builders.pdf("x"), "image/jpeg", "application/pdf"),
        ("a.docx", MP3, kinds.DOCX, "audio/mpeg"),
    ],
)
async def test_lies(context: MakeContext, name: str, content: bytes, named: str, shown: str) -> None:
    failed = await failure(context, name, content)
    assert failed.failure.code is FailureCode.TYPE_MISMATCH
    assert failed.failure.params == {"named": named, "found": shown}


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("a.exe", EXE, "application/x-executable"), ("a", EXE, "application/x-executable"), ("a.mp3", MP3, "audio/mpeg"),
        ("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(99), "video/x-other"),
        ("a.wav", b"RIFF\0\0\0\0WAVEfmt " + bytes(50), "audio/wav"),
        ("a.ttf", b"\0\x01\0\0\0" + bytes(100), "font/x-other"), ("a.bin", bytes(range(256)) * 4, "application/octet-stream"),
        ("a.jar", builders.packed({"A.class": b"\xca\xfe\xba\xbe"}), "application/x-executable"),
        ("a.ole", builders.ole({"Unknown": b"x"}), "application/x-ole-storage"),
    ],
)  # fmt: skip
async def test_unsupported(context: MakeContext, name: str, content: bytes, shown: str) -> None:
    failed = await failure(context, name, content)
    assert failed.failure.code is FailureCode.UNSUPPORTED_TYPE
    assert failed.failure.params == {"found": shown}


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf\n", b" " * 200_000, "\u00a0\n".encode()])
async def test_empty(context: MakeContext, content: bytes) -> None:
    assert (await failure(context, "a.txt", content)).failure.code is FailureCode.DOCUMENT_EMPTY


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", builders.ole({"EncryptionInfo": b"", "EncryptedPackage": b""})),
        ("a.doc", builders.ole({"WordDocument": builders.word_stream(encrypted=True)})),
        ("a.xls", builders.ole({"Workbook": builders.workbook_stream(encrypted=True)})),
        ("a.ppt", builders.ole({"PowerPoint Document": b"", "Current User": builders.current_user_stream(encrypted=True)})),
        ("a.zip", builders.locked_zip()),
        ("a.odt", builders.odt(encrypted=True)),
    ],
)
async def test_encrypted(context: MakeContext, name: str, content: bytes) -> None:
    assert (await failure(context, name, content)).failure.code is FailureCode.DOCUMENT_ENCRYPTED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", builders.docx()[:200]),
        ("a.zip", b"PK\x03\x04" + bytes(100)),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20)),
        ("a.pdf", bytes(range(256))),
        ("a.gz", b"\x1f\x8b\x08" + b"\xff" * 100),
    ],
)
async def test_corrupt(context: MakeContext, name: str, content: bytes) -> None:
    assert (await failure(context, name, content)).failure.code is FailureCode.DOCUMENT_CORRUPT


def nested(depth: int) -> bytes:
    inner = builders.packed({"a.txt": "x"})
    for _ in range(depth):
        inner = builders.packed({"inner.zip": inner})
    return inner


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", builders.bomb(17 * MIB)),
        ("a.docx", builders.bomb(17 * MIB)),
        ("a.zip", builders.packed({"inner.zip": builders.bomb(15 * MIB), "other.zip": builders.bomb(2 * MIB)})),
        ("a.zip", nested(5)),
        ("a.zip", builders.packed({f"{number}": b"" for number in range(10_001)}, zipfile.ZIP_STORED)),
        ("a.gz", gzip.compress(bytes(17 * MIB))),
    ],
    ids=["plain", "as docx", "two inside", "deep", "many", "gzip"],
)
async def test_bombs(context: MakeContext, name: str, content: bytes) -> None:
    failed = await failure(context, name, content)
    assert failed.failure.code is FailureCode.FILE_EXPANDS_TOO_MUCH
    assert failed.failure.params == {"limit": 16 * MIB}


async def test_a_zip_within_the_limits_passes(context: MakeContext) -> None:
    assert await found(context, "a.zip", nested(2)) == kinds.ZIP
