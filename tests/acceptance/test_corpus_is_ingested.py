"""The whole corpus through the command line: every document comes to its right end, and its words are found."""

import asyncio
import csv
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import processes
from tidegate.settings import Settings

CORPUS = Path(os.environ.get("TIDEGATE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")).resolve()
CODES = {
    "encrypted": {"document_encrypted"},
    "empty": {"document_empty"},
    "unsupported": {"unsupported_type"},
    "corrupt": {"document_corrupt"},
    "ocr": {"", "document_empty", "unsupported_type"},
}
"""What a document of each label may come to; '' is success. A scan without text, or without a decoder, says so."""

TEXT_SHARE = 0.98


async def command(settings: Settings, *arguments: str) -> tuple[int, Any]:
    """Run `tidegate … --json` and return its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tidegate", *arguments, "--json",
        env=processes.environment(settings), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, told = await process.communicate()
    assert out, told.decode()
    return process.returncode or 0, json.loads(out)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")
async def test_the_corpus(settings: Settings) -> None:
    manifest = list(csv.DictReader((CORPUS / "manifest.csv").read_text(encoding="utf-8").splitlines()))
    status, result = await command(settings, "ingest", str(CORPUS / "files"), "--wait")
    assert (result["submitted"], status) == (len(manifest), 1)
    assert result["succeeded"] + result["failed"] == len(manifest)
    assert "internal" not in result["failures"]

    ended = await ends(settings)
    by_label: dict[tuple[str, str], Counter[str]] = {}
    for row in manifest:
        by_label.setdefault((row["expected"], row["confidence"]), Counter())[ended[str(CORPUS / row["path"])]] += 1
    for (label, _), codes in by_label.items():
        if label in CODES:
            assert set(codes) <= CODES[label], (label, codes)
    sure = by_label["text", "high"]
    assert sure[""] / sure.total() >= TEXT_SHARE, sure

    for phrase, kind in SEARCHES:
        _, hits = await command(settings, "search", phrase)
        assert any(hit["media_type"] == kind for hit in hits), (phrase, kind)


SEARCHES = [
    ('"LayoutParser"', "application/pdf"),
    ('"Lorem ipsum dolor sit amet"', "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ('"html"', "text/html"),
]


async def ends(settings: Settings) -> dict[str, str]:
    """Return each file's failure code, '' for success, as the ledger has it."""
    async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
        rows = await (await connection.execute("SELECT source_locator, coalesce(failure_code, ''), state FROM job")).fetchall()
    assert {state for _, _, state in rows} == {"succeeded", "failed"}
    return {locator: code for locator, code, _ in rows}
