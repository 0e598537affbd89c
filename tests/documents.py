"""Documents made for tests, byte by byte, so that none has to be shipped."""

from collections.abc import Iterator
from pathlib import Path

LINE = "The harbour master keeps the tide tables of the northern gate and writes each passage into the log. "


def pdf(pages: list[str]) -> bytes:
    """Return a PDF of one text line after another, 40 to a page at most, in Helvetica. Source: ISO 32000-1, annex H."""
    return b"".join(_pdf_parts(pages))


def long_pdf(pages: int) -> bytes:
    """Return a PDF that takes a reader a while."""
    return pdf(["\n".join(f"Page {page} line {line}. {LINE}" for line in range(40)) for page in range(1, pages + 1)])


def write(folder: Path, name: str, content: bytes | str) -> Path:
    """Write a file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _pdf_parts(pages: list[str]) -> Iterator[bytes]:
    numbers = [4 + 2 * index for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in zip(numbers, pages, strict=True):
        shown = "".join(f"({_escaped(line)}) Tj T* " for line in text.splitlines())
        stream = f"BT /F1 9 Tf 12 TL 40 780 Td {shown}ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    offset, offsets = 9, []
    yield b"%PDF-1.4\n"
    for number, body in enumerate(objects, start=1):
        part = f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
        offsets.append(offset)
        offset += len(part)
        yield part
    table = "".join(f"{place:010d} 00000 n \n" for place in offsets)
    count = len(objects) + 1
    trailer = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{offset}\n%%EOF\n"
    yield f"xref\n0 {count}\n0000000000 65535 f \n{table}{trailer}".encode()


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
