"""Writers of small, valid documents from plain text, without any library: for the shipped samples and for tests.

The same text always gives the same bytes. Sources: ISO 32000-1 (PDF), ECMA-376 (DOCX, XLSX), OASIS ODF 1.2, [MS-CFB].
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

LINE_POINTS, TOP_POINTS, LEFT_POINTS = 16, 780, 64
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def pdf(title: str, pages: Sequence[str]) -> bytes:
    """Return a PDF with one page for each text, its lines set in Helvetica."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title " + _pdf_string(title) + b" >>",
    ]
    for number, text in enumerate(pages):
        content = _pdf_content(text)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {6 + 2 * number} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
    return _pdf_file(objects)


def docx(paragraphs: Sequence[str]) -> bytes:
    """Return a Word document."""
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>' for text in paragraphs)
    return _office(
        "word/document.xml",
        f"{_TYPE}.wordprocessingml.document.main+xml",
        {"word/document.xml": f'{_XML}<w:document xmlns:w="{_W}"><w:body>{body}<w:sectPr/></w:body></w:document>'},
    )


def xlsx(sheet: str, rows: Sequence[Sequence[str | int]]) -> bytes:
    """Return an Excel workbook with one sheet of at most 26 columns."""
    lines = "".join(f'<row r="{number}">{_cells(number, row)}</row>' for number, row in enumerate(rows, start=1))
    rels = f'<Relationship Id="rId1" Type="{_R}/worksheet" Target="worksheets/sheet1.xml"/>'
    return _office(
        "xl/workbook.xml",
        f"{_TYPE}.spreadsheetml.sheet.main+xml",
        {
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{_S}" xmlns:r="{_R}"><sheets>'
            f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_OFFICE}/relationships">{rels}</Relationships>',
            "xl/worksheets/sheet1.xml": f'{_XML}<worksheet xmlns="{_S}"><sheetData>{lines}</sheetData></worksheet>',
        },
        {"/xl/worksheets/sheet1.xml": f"{_TYPE}.spreadsheetml.worksheet+xml"},
    )


def odt(paragraphs: Sequence[str]) -> bytes:
    """Return an OpenDocument text; its type is the first entry, stored, as ODF asks."""
    namespace = "urn:oasis:names:tc:opendocument:xmlns"
    media_type = "application/vnd.oasis.opendocument.text"
    body = "".join(f"<text:p>{escape(text)}</text:p>" for text in paragraphs)
    content = (
        f'{_XML}<office:document-content xmlns:office="{namespace}:office:1.0" xmlns:text="{namespace}:text:1.0" '
        'office:version="1.2">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    manifest = (
        f'{_XML}<manifest:manifest xmlns:manifest="{namespace}:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media_type}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return _zip({"mimetype": media_type, "content.xml": content, "META-INF/manifest.xml": manifest})


def wav(seconds: int) -> bytes:
    """Return a recording of silence: 8 bits, 1,000 samples a second."""
    data = b"\x80" * (seconds * 1000)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 1000, 1000, 1, 8)
    return struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE") + form + struct.pack("<4sI", b"data", len(data)) + data


def program() -> bytes:
    """Return the head of a DOS program with nothing that could run."""
    return (
        b"MZ".ljust(60, b"\0")
        + struct.pack("<I", 128)
        + b"This program cannot be run in DOS mode.".ljust(64, b"\0")
        + b"PE\0\0".ljust(512, b"\0")
    )


def protected_office(length: int) -> bytes:
    """Return what Office writes for a document with a password: an OLE container of two streams, [MS-OFFCRYPTO] 2.3.

    The package in it is noise: there is nothing to decrypt, with any password.
    """
    information = struct.pack("<HHI", 4, 4, 0x40) + b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><encryption/>'
    return _ole(
        {
            "EncryptionInfo": information.ljust(4096, b"\0"),
            "EncryptedPackage": struct.pack("<Q", length) + noise(max(length, 4088)),
        }
    )


def noise(length: int) -> bytes:
    """Return bytes without any pattern, the same each time."""
    return b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range((length + 31) // 32))[:length]


def png(width: int, rows: Sequence[bytes]) -> bytes:
    """Return a picture of 8-bit greys, a byte for each point."""
    raw = b"".join(b"\0" + row for row in rows)
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)
    resolution = struct.pack(">IIB", 7874, 7874, 1)  # 200 dots an inch, as a scanner notes
    parts = ((b"IHDR", head), (b"pHYs", resolution), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def _pdf_string(text: str) -> bytes:
    raw = text.encode("cp1252")
    return b"(" + raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"


def _pdf_content(text: str) -> bytes:
    lines = b"".join(_pdf_string(line) + b" Tj T*\n" for line in text.strip().splitlines())
    return f"BT /F1 11 Tf {LINE_POINTS} TL {LEFT_POINTS} {TOP_POINTS} Td\n".encode() + lines + b"ET"


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start, count = len(out), len(objects) + 1
    out += f"xref\n0 {count}\n0000000000 65535 f \n".encode() + b"".join(
        f"{offset:010} 00000 n \n".encode() for offset in offsets
    )
    out += f"trailer\n<< /Size {count} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _cells(number: int, row: Sequence[str | int]) -> str:
    made = []
    for column, value in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", row, strict=False):
        if isinstance(value, int):
            made.append(f'<c r="{column}{number}"><v>{value}</v></c>')
        else:
            made.append(f'<c r="{column}{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
    return "".join(made)


def _office(main: str, media_type: str, parts: Mapping[str, str], others: Mapping[str, str] | None = None) -> bytes:
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in {f"/{main}": media_type, **(others or {})}.items()
    )
    types = (
        f'{_XML}<Types xmlns="{_OFFICE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    root = f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="{main}"/>'
    rels = f'{_XML}<Relationships xmlns="{_OFFICE}/relationships">{root}</Relationships>'
    return _zip({"[Content_Types].xml": types, "_rels/.rels": rels, **parts})


def _zip(parts: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, text, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _ole(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file of 512-byte sectors: allocation table, directory, then the streams (4096 bytes at least each)."""
    end, free, table_sector, none = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
    chains, body, entries = [table_sector, end], b"", []
    for number, (name, data) in enumerate(sorted(streams.items(), key=lambda entry: (len(entry[0]), entry[0])), start=1):
        first, count = len(chains), (len(data) + 511) // 512
        chains += [*range(first + 1, first + count), end]
        body += data.ljust(count * 512, b"\0")
        entries.append(_ole_entry(name, 2, none, number + 1 if number < len(streams) else none, none, first, len(data)))
    directory = (_ole_entry("Root Entry", 5, none, none, 1, end, 0) + b"".join(entries)).ljust(512, b"\0")
    table = struct.pack("<128I", *chains, *[free] * (128 - len(chains)))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0, 0)
    )
    return head.ljust(512, b"\xff") + table + directory + body


def _ole_entry(name: str, kind: int, left: int, right: int, child: int, first: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return raw.ljust(64, b"\0") + struct.pack("<HBBIII16xI8x8xIQ", len(raw), kind, 1, left, right, child, 0, first, size)
