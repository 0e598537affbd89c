"""Which type a document is, by its content; its name is a claim that is checked, never believed."""

import zlib
from collections.abc import Mapping
from typing import Any

import puremagic

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.cage.child import Document, Report
from tidegate.pipeline.reading import kinds, ole, plain, zips
from tidegate.pipeline.step import StepFailed

HEAD_BYTES = 64 * 1024
_EXECUTABLES = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\0asm",
    b"dex\n",
)
_MAGIC = (
    (b"PK\x03\x04", kinds.ZIP),
    (b"PK\x05\x06", kinds.ZIP),
    (b"PK\x07\x08", kinds.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", kinds.OLE),
    (b"{\\rtf", kinds.RTF),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\0\x0cjP  ", "image/jp2"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"\0\x01\0\0\0", "font/ttf"),
    (b"OTTO", "font/otf"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
}
_SUPPORTED_IMAGES = (
    "image/png",
    "image/jpeg",
    "image/tiff",
    "image/gif",
    "image/bmp",
    "image/webp",
    "image/heic",
    "image/jp2",
    "image/svg+xml",
)
_READABLE = frozenset(
    {
        kinds.PDF,
        kinds.ZIP,
        kinds.RTF,
        kinds.EPUB,
        kinds.OUTLOOK,
        kinds.DOC,
        kinds.XLS,
        kinds.PPT,
        kinds.DOCX,
        kinds.XLSX,
        kinds.PPTX,
        kinds.ODT,
        kinds.ODS,
        kinds.ODP,
        ole.HWP,
        "application/gzip",
        "application/x-tar",
        "application/x-7z-compressed",
        *_SUPPORTED_IMAGES,
    }
)


def identify(document: Document, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001 - quick
    """Return {media_type}. `arguments`: name (the file's), max_expanded (bytes).

    Raises StepFailed: document_empty, document_encrypted, document_corrupt, file_expands_too_much, type_mismatch,
    unsupported_type.
    """
    if document.size == 0:
        raise StepFailed(FailureCode.DOCUMENT_EMPTY, "0 bytes")
    named = kinds.claimed(arguments["name"])
    found = _found(document, document.head(HEAD_BYTES), arguments["max_expanded"], named)
    if named is not None and not kinds.is_harmless(named, found):
        raise _contradiction(named, found)
    if not (kinds.is_textual(found) or found in _READABLE):
        raise StepFailed(FailureCode.UNSUPPORTED_TYPE, f"found {found}", found=kinds.shown(found))
    return {"media_type": _finer(named, found)}


def _contradiction(named: str, found: str) -> StepFailed:
    """A name that claims a document, with bytes of no known type under it: a damaged document. Else a lie."""
    if found == kinds.BINARY:
        code = FailureCode.UNSUPPORTED_TYPE if kinds.is_textual(named) or named not in _READABLE else FailureCode.DOCUMENT_CORRUPT
        params = {"found": kinds.BINARY} if code is FailureCode.UNSUPPORTED_TYPE else {}
        return StepFailed(code, f"named {named}, found nothing known", **params)
    return StepFailed(
        FailureCode.TYPE_MISMATCH, f"named {named}, found {found}", named=kinds.shown(named), found=kinds.shown(found)
    )


def _finer(named: str | None, found: str) -> str:
    """The name may refine what the bytes cannot tell: which markup a text is."""
    is_general = found in (kinds.PLAIN, kinds.XML, kinds.JSON, kinds.HTML)
    return named if named is not None and is_general and kinds.is_textual(named) else found


def _found(document: Document, head: bytes, max_expanded: int, named: str | None) -> str:
    media_type = _by_magic(head, named)
    if media_type == kinds.ZIP:
        with document.open() as file:
            return zips.inspect(file, max_expanded)
    if media_type == kinds.OLE:
        with document.open() as file:
            return ole.inspect(file)
    if media_type == "application/gzip":
        _measure_gzip(document, max_expanded)
    if media_type is not None:
        return media_type
    if plain.looks_textual(head, whole=document.size <= len(head)):
        return _text_kind(document, head)
    return _by_puremagic(head)


def _by_magic(head: bytes, named: str | None) -> str | None:
    if head.startswith(_EXECUTABLES) or _is_dos_program(head):
        return kinds.EXECUTABLE
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    return _by_inner_signs(head, named)


def _by_inner_signs(head: bytes, named: str | None) -> str | None:
    """Types whose sign is too short, or too far within, to be believed by itself."""
    if head[:2] == b"BM" and len(head) > 26 and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if head[257:262] == b"ustar":
        return "application/x-tar"
    return kinds.PDF if _is_pdf(head, named) else None


def _is_pdf(head: bytes, named: str | None) -> bool:
    """Other bytes may stand before the header, up to 1,024 (ISO 32000-1, H.3.4.1); only a name that says so is then believed."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"%PDF-") or (named == kinds.PDF and b"%PDF-" in head[:1024])


def _is_dos_program(head: bytes) -> bool:
    if head[:2] != b"MZ" or len(head) < 64 or b"\0" not in head[:64]:
        return False
    at = int.from_bytes(head[60:64], "little")
    return at + 4 > len(head) or head[at : at + 2] in (b"PE", b"NE", b"LE", b"LX") or b"DOS mode" in head[:512]


def _text_kind(document: Document, head: bytes) -> str:
    text = plain.decode(head) or plain.decode(head[:-1]) or plain.decode(head[:-2]) or plain.decode(head[:-3]) or ""
    if not text.strip("\ufeff \t\r\n\f\v\0\u200b\xa0") and (document.size <= len(head) or not document.bytes().strip()):
        raise StepFailed(FailureCode.DOCUMENT_EMPTY, "only white space")
    return plain.kind(text)


def _by_puremagic(head: bytes) -> str:
    """The best guess of puremagic where it knows a family that is never text; its weaker guesses are not believed."""
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        guesses = []
    for guess in guesses:
        if guess.mime_type and guess.confidence >= 0.5 and kinds.family(guess.mime_type) in ("image", "audio", "video", "font"):
            return str(guess.mime_type)
    if head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    return kinds.BINARY


def _measure_gzip(document: Document, max_expanded: int) -> None:
    """Unpack into nothing and count, since the size that gzip notes cannot be trusted; a tar inside needs no more room."""
    unpacker, total = zlib.decompressobj(wbits=31), 0
    with document.open() as file:
        pending = b""
        while block := pending or file.read(HEAD_BYTES):
            try:
                total += len(unpacker.decompress(block, HEAD_BYTES * 16))
            except zlib.error as error:
                raise StepFailed(FailureCode.DOCUMENT_CORRUPT, f"gzip: {error}") from error
            pending = unpacker.unconsumed_tail
            if total > max_expanded:
                raise StepFailed(FailureCode.FILE_EXPANDS_TOO_MUCH, "gzip", limit=max_expanded)
