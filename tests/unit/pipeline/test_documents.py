"""The whole pipeline on small documents: text with its pages, clear failures, resuming, cancelling."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.pipeline import builders
from tests.unit.pipeline.conftest import MIB, MakeContext, Remembered
from tidegate.domain.failures import Code, FailureCode
from tidegate.pipeline import runner
from tidegate.pipeline.cage.pool import CageError, CagePool, Limits
from tidegate.pipeline.content import ContentStore
from tidegate.pipeline.documents import documents
from tidegate.pipeline.reading import extraction, kinds
from tidegate.pipeline.step import Ingested, StepContext, StepFailed
from tidegate.pipeline.tools import Tools
from tidegate.settings import Settings

pytestmark = pytest.mark.asyncio


async def ingested(context: StepContext) -> Ingested:
    result = await runner.run(documents, context, {}, Remembered())
    assert isinstance(result, Ingested)
    return result


async def code_of(context: StepContext) -> Code:
    with pytest.raises(StepFailed) as caught:
        await runner.run(documents, context, {}, Remembered())
    return caught.value.failure.code


def without_ocr(context: StepContext) -> StepContext:
    settings = context.tools["settings"]
    assert isinstance(settings, Settings)
    return replace(context, tools={**context.tools, "settings": replace(settings, ocr_languages="none")})


def within(context: StepContext, **limits: float) -> StepContext:
    """Give the context a cage with other limits."""
    chosen = Limits(**{"seconds": 60, "memory_bytes": 2048 * MIB, "output_bytes": 64 * MIB, **limits})  # type: ignore[arg-type]
    return replace(context, tools={**context.tools, "cages": CagePool(1, chosen)})


@pytest.mark.parametrize(
    ("name", "content", "sign", "media_type"),
    [
        ("a.txt", "Grüße aus dem Cage".encode(), "Grüße", "text/plain"),
        ("a.txt", "Grüße aus der Straße, schöne Füße".encode("latin-1"), "Grüße", "text/plain"),
        ("a.docx", builders.docx("The word."), "The word.", kinds.DOCX),
        ("a.odt", builders.odt("Open words."), "Open words.", "application/vnd.oasis.opendocument.text"),
        ("a.html", b"<html><body><p>Shown</p><script>hidden</script></body></html>", "Shown", "text/html"),
        ("a.xhtml", b"<html><body><nav><a href='x'>Only here</a></nav></body></html>", "Only here", "application/xhtml+xml"),
        ("a.md", b"# Title\n\nSome *text*.", "Some", "text/markdown"),
        ("a.eml", b"From: a@b.c\r\nTo: d@e.f\r\nSubject: Greetings\r\n\r\nThe body.", "The body.", "message/rfc822"),
        ("a.json", b'{"key": "value"}', "value", "application/json"),
        ("a.csv", b"name,size\nalpha,1\n", "alpha", "text/csv"),
        ("a.xwiki", b"= Heading =\ntext", "Heading", "text/plain"),
        ("a.man", b".TH TEST 1\n.SH NAME\ntest", "NAME", "text/plain"),
        ("a.tex", b"\\documentclass{article}\\begin{document}Typeset\\end{document}", "Typeset", "application/x-latex"),
        ("a.rtf", b"{\\rtf1\\ansi Rich text.}", "Rich text.", "application/rtf"),
        ("a.zip", builders.packed({"inner.txt": "In the archive."}), "In the archive.", "application/zip"),
    ],
)  # fmt: skip
async def test_documents_become_passages(context: MakeContext, name: str, content: bytes, sign: str, media_type: str) -> None:
    result = await ingested(context(name, content))
    assert sign in " ".join(chunk.text for chunk in result.chunks)
    assert result.media_type == media_type
    assert result.size_bytes == len(content)
    assert result.characters >= len(sign)
    assert "hidden" not in str(result.chunks)


async def test_a_pdf_has_pages(context: MakeContext) -> None:
    result = await ingested(context("a.pdf", builders.pdf("First page", "Second page", "Third page")))
    assert result.pages == 3
    assert (result.chunks[0].page_from, result.chunks[0].page_to) == (1, 3)


async def test_no_character_that_the_database_refuses_comes_out(context: MakeContext) -> None:
    result = await ingested(
        context("a.txt", b"a long enough line of text, then a zero\0byte, and then goes on for a while to be text")
    )
    assert "\0" not in result.chunks[0].text


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", builders.locked_pdf(), FailureCode.DOCUMENT_ENCRYPTED),
        ("a.pdf", b"%PDF-1.7\ncut off", FailureCode.DOCUMENT_CORRUPT),
        (
            "a.docx",
            builders.packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:broken"}),
            FailureCode.DOCUMENT_CORRUPT,
        ),
        ("a.docx", builders.docx(""), FailureCode.DOCUMENT_EMPTY),
        ("a.html", b"<html><body></body></html>", FailureCode.DOCUMENT_EMPTY),
        ("a.pdf", builders.pdf(""), FailureCode.DOCUMENT_EMPTY),
    ],
)
async def test_failures(context: MakeContext, name: str, content: bytes, code: FailureCode) -> None:
    assert await code_of(without_ocr(context(name, content))) is code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("OCR error: tesseract failed", FailureCode.OCR_FAILED),
        ("Parsing error: PDF is encrypted and requires a password", FailureCode.DOCUMENT_ENCRYPTED),
        ("Parsing error: broken", FailureCode.DOCUMENT_CORRUPT),
        ("IO error: Invalid checksum", FailureCode.DOCUMENT_CORRUPT),
        ("Parsing error: archive exceeds the compression ratio", FailureCode.FILE_EXPANDS_TOO_MUCH),
        ("Unsupported format: x/y", FailureCode.UNSUPPORTED_TYPE),
        ("Transcription error: none", FailureCode.UNSUPPORTED_TYPE),
    ],
)
async def test_each_error_of_the_parser_has_its_code(message: str, code: FailureCode) -> None:
    failed = extraction.failure(message, "application/pdf")
    assert isinstance(failed, StepFailed)
    assert (failed.failure.code, failed.diagnostic) == (code, message)


async def test_an_unknown_error_of_the_parser_stays_unknown() -> None:
    assert isinstance(extraction.failure("IO error: disk", "application/pdf"), RuntimeError)


async def test_a_picture_without_language_data_is_empty_for_us(context: MakeContext) -> None:
    assert await code_of(without_ocr(context("a.png", builders.png()))) is FailureCode.DOCUMENT_EMPTY


@pytest.mark.skipif(not extraction.tessdata(["eng"])[1], reason="no language data")
async def test_a_broken_picture_is_corrupt(context: MakeContext) -> None:
    assert await code_of(context("a.png", builders.png(200, 100)[:50])) is FailureCode.DOCUMENT_CORRUPT


@pytest.mark.skipif(not extraction.tessdata(["eng"])[1], reason="no language data")
async def test_a_blank_picture_has_no_text(context: MakeContext) -> None:
    assert await code_of(context("a.png", builders.png(200, 100))) is FailureCode.DOCUMENT_EMPTY


async def test_too_much_text_is_refused(context: MakeContext) -> None:
    made = context("a.txt", b"word " * 100_000)
    settings = replace(made.tools["settings"], parse_output_bytes=100_000)
    assert await code_of(replace(made, tools={**made.tools, "settings": settings})) is FailureCode.FILE_EXPANDS_TOO_MUCH


async def test_a_real_parser_is_stopped_at_its_limit(context: MakeContext) -> None:
    made = within(context("a.txt", b"word " * 100), seconds=0.0001)
    assert await code_of(made) is FailureCode.PARSE_TIMEOUT


async def test_a_job_resumes_after_its_last_finished_step(context: MakeContext, recorder: Remembered) -> None:
    made = context("a.txt", b"text to resume")
    broken = replace(made, tools={**made.tools, "cages": CagePool(1, Limits(10, MIB * 512, MIB), "tidegate.no_such_module")})
    with pytest.raises(CageError):
        await runner.run(documents, broken, {}, recorder)
    assert list(recorder.finished) == ["fetch"]
    Path(made.source.locator).unlink()
    again = Remembered()
    result = await runner.run(documents, replace(made, attempt_no=2), recorder.finished, again)
    assert [name for _, name in again.started] == ["identify", "extract", "chunk", "index"]
    assert isinstance(result, Ingested)
    assert result.chunks[0].text == "text to resume"


async def test_content_that_went_missing_is_a_matter_of_the_store(
    context: MakeContext, tools: Tools, recorder: Remembered
) -> None:
    made = context("a.txt", b"text")
    await runner.run(documents, made, {}, recorder)
    await tools.store.delete_prefix(f"attempts/{made.job_id}")
    with pytest.raises(StepFailed) as caught:
        await runner.run(documents, made, {"fetch": recorder.finished["fetch"]}, Remembered())
    assert caught.value.failure.code is FailureCode.STORAGE_UNAVAILABLE


async def test_a_remote_store_is_read_through_scratch(context: MakeContext) -> None:
    made = context("a.txt", b"far away")
    result = await ingested(replace(made, tools={**made.tools, "store": ContentStore("memory://pipeline-test")}))
    assert result.chunks[0].text == "far away"


async def test_cancelling_ends_promptly(context: MakeContext) -> None:
    task = asyncio.create_task(runner.run(documents, context("a.txt", b"text " * 1000), {}, Remembered()))
    await asyncio.sleep(0.05)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=1)
    assert done
