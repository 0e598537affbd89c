"""OLE containers, the old Office formats: which program's, and whether a password protects them.

Sources: [MS-CFB] (read by olefile), [MS-OFFCRYPTO] 2.3 (EncryptedPackage), [MS-DOC] 2.5.2 (FibBase.fEncrypted),
[MS-XLS] 2.4.117 (FilePass), [MS-PPT] 2.3.2 (CurrentUserAtom.headerToken).
"""

import struct
from typing import BinaryIO

import olefile

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.reading.kinds import DOC, OLE, OUTLOOK, PPT, XLS
from tidegate.pipeline.step import StepFailed

HWP = "application/x-hwp"
RECORDS = 200
"""FilePass stands right after the first records of a workbook, so a bounded look is enough."""

_ENCRYPTED_STREAMS = ("EncryptedPackage", "EncryptionInfo", "\tDRMContent", "\x09DRMViewerContent")
_FIB_ENCRYPTED = 0x0100
_BOF, _FILEPASS, _EOF = (0x0809, 0x0009, 0x0209, 0x0409), 0x002F, 0x000A
_PPT_ENCRYPTED = 0xF3D1C4DF


def inspect(file: BinaryIO) -> str:
    """Return the media type of an OLE container. Raises StepFailed: document_corrupt, document_encrypted."""
    try:
        with olefile.OleFileIO(file) as container:
            media_type = _type(container)
            if _is_encrypted(container, media_type):
                raise StepFailed(FailureCode.DOCUMENT_ENCRYPTED, f"an encrypted {media_type}")
            return media_type
    except (OSError, ValueError, IndexError, KeyError, TypeError, struct.error, RecursionError) as error:
        raise StepFailed(FailureCode.DOCUMENT_CORRUPT, f"{type(error).__name__}: {error}") from error


def _type(container: olefile.OleFileIO) -> str:
    for stream, media_type in (
        ("WordDocument", DOC),
        ("Workbook", XLS),
        ("Book", XLS),
        ("PowerPoint Document", PPT),
        ("__properties_version1.0", OUTLOOK),
        ("FileHeader", HWP),
    ):
        if container.exists(stream):
            return media_type
    return OLE


def _is_encrypted(container: olefile.OleFileIO, media_type: str) -> bool:
    if any(container.exists(stream) for stream in _ENCRYPTED_STREAMS):
        return True
    if media_type == DOC:
        fib = _start(container, "WordDocument", 12)
        return len(fib) == 12 and bool(struct.unpack_from("<H", fib, 10)[0] & _FIB_ENCRYPTED)
    if media_type == XLS:
        return _has_filepass(_start(container, "Workbook" if container.exists("Workbook") else "Book", 65536))
    if media_type == PPT:
        user = _start(container, "Current User", 16) if container.exists("Current User") else b""
        return container.exists("EncryptedSummary") or (
            len(user) == 16 and struct.unpack_from("<I", user, 12)[0] == _PPT_ENCRYPTED
        )
    return False


def _has_filepass(stream: bytes) -> bool:
    at = 0
    for _ in range(RECORDS):
        if at + 4 > len(stream):
            return False
        record, length = struct.unpack_from("<HH", stream, at)
        if (at == 0 and record not in _BOF) or record == _EOF:
            return False
        if record == _FILEPASS:
            return True
        at += 4 + length
    return False


def _start(container: olefile.OleFileIO, stream: str, count: int) -> bytes:
    with container.openstream(stream) as file:
        return bytes(file.read(count))
