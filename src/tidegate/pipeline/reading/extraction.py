"""The text of a document, by xberg; plain text files that it does not know are decoded here."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xberg
from xberg.progress import ProgressEvent
from xberg.progress import extract as extract_with_progress

from tidegate.domain.failures import FailureCode
from tidegate.pipeline.cage.child import Document, Report
from tidegate.pipeline.reading import kinds, plain
from tidegate.pipeline.step import StepFailed, Unit

PAGE_BREAK = "\n\n"
TITLE_CHARACTERS = 500
PAGES_SHARE = 0.9
"""Pages that hold less than this part of the whole are not used: some formats give notes and headers outside of them."""

_MARKUP = (kinds.HTML, "application/xhtml+xml")
_ENCRYPTED = ("encrypted", "password")
_EXPANDS = (
    "compression ratio",
    "security limit",
    "archive size",
    "too many files",
    "nesting depth",
    "max_content_size",
    "content size",
    "zip bomb",
)


def extract(document: Document, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Return {media_type, text, page_starts, title, characters}; `page_starts` are offsets into the text, or None.

    `arguments`: name, media_type, seconds, max_expanded, max_output (bytes), languages (list of Tesseract's).
    Raises StepFailed: document_empty, document_corrupt, document_encrypted, unsupported_type, ocr_failed,
    file_expands_too_much.
    """
    media_type: str = arguments["media_type"]
    data = document.bytes()
    title, pages = _read(data, arguments, report)
    if not any(page.strip() for page in pages) and kinds.is_textual(media_type) and media_type != kinds.EMAIL:
        pages = [_as_text(data, media_type)]
    text, starts = _joined(pages)
    if not text.strip():
        raise StepFailed(FailureCode.DOCUMENT_EMPTY, "no text was found")
    if len(text.encode()) > arguments["max_output"]:
        raise StepFailed(FailureCode.FILE_EXPANDS_TOO_MUCH, f"{len(text)} characters of text", limit=arguments["max_output"])
    return {
        "media_type": media_type,
        "text": text,
        "page_starts": starts if len(pages) > 1 or _has_pages(media_type) else None,
        "title": _clean(title or "").strip()[:TITLE_CHARACTERS] or None,
        "characters": len(text),
    }


def _has_pages(media_type: str) -> bool:
    return media_type in (kinds.PDF, kinds.PPTX, kinds.PPT)


def _read(data: bytes, arguments: Mapping[str, Any], report: Report) -> tuple[str | None, list[str]]:
    media_type: str = arguments["media_type"]
    is_picture = media_type.startswith("image/") and not kinds.is_textual(media_type)
    folder, languages = tessdata(arguments["languages"])
    try:
        if not is_picture:
            title, pages = _by_xberg(data, arguments, report, _config(arguments))
            if media_type != kinds.PDF or any(page.strip() for page in pages) or not languages:
                return title, pages
        if is_picture and not languages:
            return None, []
        return _by_xberg(data, arguments, report, _config(arguments, folder, languages))
    except RuntimeError as error:
        if kinds.is_textual(media_type):
            return None, [_as_text(data, media_type)]
        raise failure(str(error), media_type) from error


def _by_xberg(
    data: bytes, arguments: Mapping[str, Any], report: Report, config: xberg.ExtractionConfig
) -> tuple[str | None, list[str]]:
    media_type: str = arguments["media_type"]
    name = Path(arguments["name"]).name
    given = None if kinds.is_textual(media_type) else media_type
    source = xberg.ExtractInput(kind="bytes", bytes=data, mime_type=given, filename=name)

    def note(event: ProgressEvent) -> None:
        report(event.completed, event.total, Unit.PAGES)

    answer = asyncio.run(extract_with_progress(source, config, note))
    if not answer.results:
        raise RuntimeError(answer.errors[0].message if answer.errors else "Parsing error: nothing came back")
    found = answer.results[0]
    pages = [_clean(page.content) for page in found.pages or []]
    content = _clean(found.content)
    if sum(map(_letters, pages)) < PAGES_SHARE * _letters(content):
        pages = [content]
    return found.metadata.title, pages


def _config(
    arguments: Mapping[str, Any], folder: Path | None = None, languages: list[str] | None = None
) -> xberg.ExtractionConfig:
    """Nothing that downloads, nothing that caches; OCR only when languages are given."""
    ocr = _ocr(folder, languages) if folder and languages else None
    return xberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=ocr is None,
        ocr=ocr,
        ocr_embedded_images=False,
        output_format="plain",
        pages=xberg.PageConfig(extract_pages=True),
        tree_sitter=xberg.TreeSitterConfig(enabled=False),
        concurrency=xberg.ConcurrencyConfig(max_threads=1, max_concurrent_ocr=1),
        extraction_timeout_secs=int(arguments["seconds"]) + 1,
        max_archive_depth=2,
        security_limits=xberg.SecurityLimits(
            max_archive_size=arguments["max_expanded"],
            max_content_size=max(arguments["max_output"] * 2, 100 * 1024 * 1024),
            max_compression_ratio=1000,
        ),
    )


def _ocr(folder: Path, languages: list[str]) -> xberg.OcrConfig:
    """Tesseract alone: the default falls back on PaddleOCR, which would download its models."""
    stages = [xberg.OcrPipelineStage(backend="tesseract", language=languages)]
    pipeline = xberg.OcrPipelineConfig(stages=stages, quality_thresholds=xberg.OcrQualityThresholds())
    return xberg.OcrConfig(backend="tesseract", language=languages, tessdata_path=str(folder), pipeline=pipeline)


def tessdata(wanted: list[str]) -> tuple[Path | None, list[str]]:
    """Return the folder of Tesseract's language data and those of the wanted languages that are in it. Never downloads."""
    told = os.environ.get("TESSDATA_PREFIX")
    debian = sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    places = [*([Path(told)] if told else []), *debian, Path("/usr/share/tessdata"), Path("/usr/local/share/tessdata")]
    for place in places:
        present = [language for language in wanted if (place / f"{language}.traineddata").is_file()]
        if present:
            return place, present
    return None, []


def _as_text(data: bytes, media_type: str) -> str:
    text = plain.decode(data)
    if text is None:
        raise StepFailed(FailureCode.DOCUMENT_CORRUPT, "neither xberg nor a charset fits this text")
    return _clean(plain.visible(text) if media_type in _MARKUP else text)


def _joined(pages: list[str]) -> tuple[str, list[int]]:
    starts, at = [], 0
    for page in pages:
        starts.append(at)
        at += len(page) + len(PAGE_BREAK)
    return PAGE_BREAK.join(pages), starts


def _letters(text: str) -> int:
    return sum(map(len, text.split()))


def _clean(text: str) -> str:
    """Take out what PostgreSQL's text cannot hold: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", errors="replace").decode() if "\0" in text or not text.isascii() else text


def failure(message: str, media_type: str) -> BaseException:
    """Tell xberg's errors apart by their prefix, the only sign they carry; an unknown one stays a RuntimeError."""
    prefix, told = message.partition(":")[0].lower(), message.lower()
    if prefix in ("parsing error", "validation error") and any(sign in told for sign in _ENCRYPTED):
        return StepFailed(FailureCode.DOCUMENT_ENCRYPTED, message)
    if prefix.startswith("security") or any(sign in told for sign in _EXPANDS):
        return StepFailed(FailureCode.FILE_EXPANDS_TOO_MUCH, message)
    if prefix in ("unsupported format", "transcription error", "missing dependency") or "nomatchingdecoderinstalled" in told:
        return StepFailed(FailureCode.UNSUPPORTED_TYPE, message, found=kinds.shown(media_type))
    if prefix == "ocr error":
        return StepFailed(FailureCode.OCR_FAILED, message)
    if prefix in ("parsing error", "validation error", "image processing error") or "invalid checksum" in told:
        return StepFailed(FailureCode.DOCUMENT_CORRUPT, message)
    return RuntimeError(message)
