# ruff: noqa: T201 - a report is printed
"""Runs the whole corpus through the documents pipeline and prints what became of it.

PYTHONPATH=. python tests/unit/pipeline/corpus_report.py /path/to/corpus
"""

import argparse
import asyncio
import csv
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from faults.reading import read
from tidegate.pipeline import registry
from tidegate.pipeline.step import Ingested, StepFailed
from tidegate.pipeline.tools import Tools, build_tools
from tidegate.settings import Settings

GOOD = {
    "text": {"ok"},
    "encrypted": {"document_encrypted"},
    "empty": {"document_empty"},
    "unsupported": {"unsupported_type"},
    "corrupt": {"document_corrupt"},
    "ocr": {"ok", "document_empty"},
}


@dataclass(frozen=True)
class Row:
    """One document: its label, what became of it, and the detail behind a failure."""

    path: str
    expected: str
    confidence: str
    got: str
    detail: str
    seconds: float


async def one(tools: Tools, corpus: Path, entry: dict[str, str], scratch: Path) -> Row:
    """Run one document."""
    path = corpus / entry["path"]
    began = time.perf_counter()
    try:
        result = await read(tools, path, corpus, scratch)
        assert isinstance(result, Ingested)
        got, detail = "ok", f"{result.characters} characters, {len(result.chunks)} chunks, {result.media_type}"
    except StepFailed as failure:
        got, detail = failure.failure.code, failure.diagnostic
    except Exception as error:  # noqa: BLE001 - any other is what we look for
        got, detail = "internal", f"{type(error).__name__}: {error}"
    return Row(entry["path"], entry["expected"], entry["confidence"], got, detail, time.perf_counter() - began)


async def run(corpus: Path, languages: str) -> tuple[list[Row], float]:
    """Run all documents, two at a time."""
    registry.load()
    with tempfile.TemporaryDirectory() as home, (corpus / "manifest.csv").open() as manifest:
        tools = build_tools(Settings(home=Path(home), concurrency=2, ocr_languages=languages))
        slots = asyncio.Semaphore(2)

        async def limited(entry: dict[str, str]) -> Row:
            async with slots:
                return await one(tools, corpus, entry, Path(home))

        began = time.perf_counter()
        rows = await asyncio.gather(*map(limited, csv.DictReader(manifest)))
        seconds = time.perf_counter() - began
        print(f"cut off from the network: {tools.cages.isolated}")
        await tools.close()
    return rows, seconds


def main() -> int:
    """Print the table and the misses; 1 when anything was internal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--languages", default="eng", help="Tesseract languages; 'none' for no OCR")
    given = parser.parse_args()
    rows, seconds = asyncio.run(run(given.corpus, given.languages))
    table: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        table[row.expected, row.confidence][row.got] += 1
    for key in sorted(table):
        print(
            f"{key[0]:12} {key[1]:7} {sum(table[key].values()):4}  "
            + ", ".join(f"{code} {count}" for code, count in table[key].most_common())
        )
    for row in rows:
        if row.got not in GOOD[row.expected]:
            print(f"  miss: {row.expected} ({row.confidence}) → {row.got}: {row.path}: {row.detail[-200:]!r}")
    print(
        f"{len(rows)} documents in {seconds:.1f} s; slowest: "
        + ", ".join(f"{row.seconds:.1f} s {Path(row.path).name}" for row in sorted(rows, key=lambda r: -r.seconds)[:3])
    )
    return int(any(row.got == "internal" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
