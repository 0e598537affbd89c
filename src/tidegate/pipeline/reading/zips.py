"""Zip files, measured by their directory before anything is unpacked: type, encryption, bombs.

Sources: APPNOTE.TXT 4.4.4 (bit 0: encrypted), ECMA-376 part 2 ([Content_Types].xml), OpenDocument 1.3 part 2
(mimetype, META-INF/manifest.xml), EPUB OCF 3.3 (META-INF/encryption.xml).
"""

import io
import re
import zipfile
import zlib
from typing import BinaryIO

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.reading.kinds import BINARY, DOCX, EPUB, EXECUTABLE, PPTX, XLSX, ZIP
from tidegate.pipeline.step import StepFailed

ENTRIES = 10_000
DEPTH = 3
RATIO = 200
RATIO_FROM_BYTES = 64 * 1024 * 1024
"""A ratio counts only from here: small office files of repeated XML pack better than 1 to 200, and harm nobody."""

SMALL_BYTES = 4 * 1024 * 1024
_PACKED = (".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar")
_FONT_SCRAMBLING = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")
_MAIN_PARTS = (
    (b"wordprocessingml", DOCX),
    (b"ms-word", DOCX),
    (b"spreadsheetml", XLSX),
    (b"ms-excel", XLSX),
    (b"presentationml", PPTX),
    (b"ms-powerpoint", PPTX),
)
_MAIN_PART = re.compile(rb"application/vnd\.(?:openxmlformats-officedocument\.|)([a-z-]+)[.a-zA-Z0-9]*\.(?:main\+xml|main)")
_BY_FOLDER = (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX))
_BROKEN = (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError, KeyError)


def inspect(file: BinaryIO, max_expanded: int) -> str:
    """Return the media type of a zip. Raises StepFailed: document_corrupt, document_encrypted, file_expands_too_much."""
    try:
        with zipfile.ZipFile(file) as archive:
            _measure(archive, max_expanded)
            media_type = _type(archive)
            if _is_encrypted(archive, media_type):
                raise StepFailed(FailureCode.DOCUMENT_ENCRYPTED, "an entry of the zip is encrypted")
            _measure_nested(archive, max_expanded, DEPTH)
            return media_type
    except _BROKEN as error:
        raise StepFailed(FailureCode.DOCUMENT_CORRUPT, f"{type(error).__name__}: {error}") from error


def _measure(archive: zipfile.ZipFile, max_expanded: int) -> int:
    entries = archive.infolist()
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    is_bomb = unpacked > RATIO_FROM_BYTES and unpacked > RATIO * max(packed, 1)
    if unpacked > max_expanded or len(entries) > ENTRIES or is_bomb:
        raise StepFailed(
            FailureCode.FILE_EXPANDS_TOO_MUCH, f"{len(entries)} entries, {packed} to {unpacked} B", limit=max_expanded
        )
    return unpacked


def _measure_nested(archive: zipfile.ZipFile, max_expanded: int, depth: int) -> int:
    """Return the size of all levels together; inner archives are unpacked one by one, in memory, within what is left."""
    total = _measure(archive, max_expanded)
    for entry in archive.infolist():
        if not entry.filename.lower().endswith(_PACKED):
            continue
        if depth == 0:
            raise StepFailed(
                FailureCode.FILE_EXPANDS_TOO_MUCH, f"archives within archives, over {DEPTH} deep", limit=max_expanded
            )
        try:
            with archive.open(entry) as inner, zipfile.ZipFile(io.BytesIO(inner.read(entry.file_size + 1))) as nested:
                total += _measure_nested(nested, max_expanded, depth - 1)
        except _BROKEN:
            continue
        if total > max_expanded:
            raise StepFailed(FailureCode.FILE_EXPANDS_TOO_MUCH, f"nested archives of {total} B", limit=max_expanded)
    return total


def _type(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    if "mimetype" in names:
        told = _read(archive, "mimetype").strip().decode("ascii", errors="replace")
        if re.fullmatch(r"application/[a-z0-9.+-]{1,100}", told):
            return told
    if "[Content_Types].xml" in names:
        return _office(archive, names)
    if "AndroidManifest.xml" in names or any(name.endswith((".class", ".dex")) for name in names):
        return EXECUTABLE
    if "META-INF/container.xml" in names:
        return EPUB
    iwork = any(name.endswith(".iwa") for name in names)
    return BINARY if iwork else ZIP


def _office(archive: zipfile.ZipFile, names: set[str]) -> str:
    for main in _MAIN_PART.findall(_read(archive, "[Content_Types].xml")):
        for sign, media_type in _MAIN_PARTS:
            if sign in main:
                return media_type
    return next((media_type for folder, media_type in _BY_FOLDER if any(name.startswith(folder) for name in names)), ZIP)


def _is_encrypted(archive: zipfile.ZipFile, media_type: str) -> bool:
    names = set(archive.namelist())
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        return True
    if media_type.startswith("application/vnd.oasis.opendocument") and "META-INF/manifest.xml" in names:
        return b"encryption-data" in _read(archive, "META-INF/manifest.xml")
    if media_type == EPUB and "META-INF/encryption.xml" in names:
        rules = _read(archive, "META-INF/encryption.xml")
        methods = re.findall(rb"EncryptionMethod[^>]*Algorithm=[\"']([^\"']*)", rules)
        return any(method not in _FONT_SCRAMBLING for method in methods)
    return False


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    entry = archive.getinfo(name)
    if entry.flag_bits & 1:
        return b""
    with archive.open(entry) as file:
        return file.read(SMALL_BYTES)
