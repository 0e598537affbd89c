"""xberg called bare, in processes that are started and warm: what `bench_ingest` compares with."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.pool import Pool
from pathlib import Path

import xberg

from tidegate.pipeline.reading.extraction import tessdata

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}
SECONDS = 120


@contextmanager
def readers(count: int) -> Iterator[Pool]:
    """Have so many processes with xberg loaded."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # as Tidegate's readers have it: threads of several readers get in each other's way
    with multiprocessing.get_context("spawn").Pool(count, initializer=_load) as pool:
        pool.map(_wait, range(count), chunksize=1)
        yield pool


def seconds_for(pool: Pool, files: Sequence[Path]) -> float:
    """Return how long the processes take for all files, each taking the next one as soon as it is free."""
    begun = time.perf_counter()
    for _ in pool.imap_unordered(read, map(str, files), chunksize=1):
        pass
    return time.perf_counter() - begun


def read(path: str) -> int:
    """Return the number of characters that xberg finds in a file, 0 where it fails; scans are read by OCR, as Tidegate does."""
    data = Path(path).read_bytes()
    try:
        found = 0 if Path(path).suffix.lower() in PICTURES else _characters(path, data, _config(ocr=False))
        if found or Path(path).suffix.lower() not in {*PICTURES, ".pdf"}:
            return found
        return _characters(path, data, _config(ocr=True))
    except BaseException:  # noqa: BLE001 - native code panics with a BaseException
        return 0


def _characters(path: str, data: bytes, config: xberg.ExtractionConfig) -> int:
    source = xberg.ExtractInput(kind="bytes", bytes=data, filename=Path(path).name)
    answer = asyncio.run(xberg.extract(source, config))
    return len(answer.results[0].content.strip()) if answer.results else 0


def _config(*, ocr: bool) -> xberg.ExtractionConfig:
    """The same choices as Tidegate's: nothing that downloads or caches, one thread each, pages apart."""
    folder, languages = tessdata(["eng"])
    stages = [xberg.OcrPipelineStage(backend="tesseract", language=languages)]
    pipeline = xberg.OcrPipelineConfig(stages=stages, quality_thresholds=xberg.OcrQualityThresholds())
    tesseract = xberg.OcrConfig(backend="tesseract", language=languages, tessdata_path=str(folder), pipeline=pipeline)
    reads = ocr and folder is not None
    return xberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=not reads,
        ocr=tesseract if reads else None,
        ocr_embedded_images=False,
        output_format="plain",
        pages=xberg.PageConfig(extract_pages=True),
        tree_sitter=xberg.TreeSitterConfig(enabled=False),
        concurrency=xberg.ConcurrencyConfig(max_threads=1, max_concurrent_ocr=1),
        extraction_timeout_secs=SECONDS,
    )


def _load() -> None:
    """Wake xberg. It keeps what OCR found in a folder of the home, whatever `use_cache` says: here there can be none."""
    os.environ.update(HOME=os.devnull, XDG_CACHE_HOME=os.devnull)
    _characters("warm.txt", b"warm", _config(ocr=False))


def _wait(_: int) -> None:
    """Keep a process busy for a moment, so that each of them gets one of these and is there."""
    time.sleep(0.2)
