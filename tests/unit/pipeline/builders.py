"""Small documents made by hand, honest and hostile."""

import io
import struct
import zipfile
import zlib

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_DOCUMENT = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>"
)
_SECTOR, _END, _FREE, _FAT = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def packed(entries: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of the entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def docx(text: str = "A word document.") -> bytes:
    """Return a Word document of one paragraph."""
    return packed({"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "word/document.xml": _DOCUMENT.format(text)})


def odt(text: str = "An open document.", encrypted: bool = False) -> bytes:
    """Return an OpenDocument text; its manifest may say that it is encrypted."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
        f"<text:p>{text}</text:p></office:text></office:body></office:document-content>"
    )
    secret = '<manifest:encryption-data manifest:checksum-type="SHA1/1K"/>' if encrypted else ""
    manifest = (
        f'<manifest:manifest xmlns:manifest="urn:m"><manifest:file-entry>{secret}</manifest:file-entry></manifest:manifest>'
    )
    return packed(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, "META-INF/manifest.xml": manifest}
    )


def locked_zip() -> bytes:
    """Return a zip with the encryption bit set on its entry."""
    plain = bytearray(packed({"secret.txt": "secret"}, zipfile.ZIP_STORED))
    plain[6] |= 1
    plain[plain.index(b"PK\x01\x02") + 8] |= 1
    return bytes(plain)


def bomb(size: int) -> bytes:
    """Return a small zip that unpacks to `size` zero bytes."""
    return packed({"zeros.txt": b"\0" * size})


def pdf(*pages: str) -> bytes:
    """Return a PDF with a line of text on each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, text in enumerate(pages):
        drawn = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
        resources = "/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
        objects.append(f"<</Type/Page/Parent 2 0 R{resources}/Contents {5 + 2 * number} 0 R>>".encode())
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn))
    return _pdf(objects)


def locked_pdf() -> bytes:
    """Return a PDF whose trailer asks for a password that nobody knows."""
    rule = b"<</Filter/Standard/V 2/R 3/Length 128/P -44/O<%s>/U<%s>>>" % (b"ab" * 32, b"cd" * 32)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", rule]
    return _pdf(objects, b"/Encrypt 3 0 R/ID[<%s><%s>]" % (b"01" * 16, b"01" * 16))


def _pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(made) + end % (count, table, count, trailer, len(made))


def png(width: int = 8, height: int = 8) -> bytes:
    """Return a white picture."""

    def piece(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\xff" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", header) + piece(b"IDAT", rows) + piece(b"IEND", b"")


def ole(streams: dict[str, bytes]) -> bytes:
    """Return an OLE container with the streams, each padded to the 4,096 bytes that keep it out of the mini stream."""
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    directory_sectors = (len(padded) + 1 + 3) // 4
    fat = [_FAT, *range(2, directory_sectors + 1), _END]
    entries, body = [_ole_entry("Root Entry", 5, 1, _END, 0)], b""
    for order, (name, content) in enumerate(padded.items(), start=1):
        start = len(fat)
        count = len(content) // _SECTOR
        fat += [*range(start + 1, start + count), _END]
        right = order + 1 if order < len(padded) else _FREE
        entries.append(_ole_entry(name, 2, _FREE, start, len(content), right))
        body += content
    directory = b"".join(entries).ljust(directory_sectors * _SECTOR, b"\0")
    table = struct.pack("<128I", *(fat + [_FREE] * (128 - len(fat))))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    return head + table + directory + body


def _ole_entry(name: str, kind: int, child: int, start: int, size: int, right: int = _FREE) -> bytes:
    wide = (name + "\0").encode("utf-16-le")
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(wide), kind, 1, _FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def word_stream(encrypted: bool) -> bytes:
    """Return the start of a WordDocument stream (FibBase)."""
    return struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0x0100 if encrypted else 0)


def workbook_stream(encrypted: bool) -> bytes:
    """Return the start of a Workbook stream: BOF, maybe FilePass, EOF."""
    bof = struct.pack("<HH16x", 0x0809, 16)
    return bof + (struct.pack("<HH6x", 0x002F, 6) if encrypted else b"") + struct.pack("<HH", 0x000A, 0)


def current_user_stream(encrypted: bool) -> bytes:
    """Return the start of a Current User stream (CurrentUserAtom)."""
    return struct.pack("<HHIII", 0, 0x0FF6, 20, 20, 0xF3D1C4DF if encrypted else 0xE391C05F)
