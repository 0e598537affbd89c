"""The catalogue: complete, typed, and closed to free text."""

import re

import pytest

from tidegate.domain.failures import (
    CATALOGUE,
    MEDIA_TYPE_NAMES,
    Failure,
    FailureCode,
    Kind,
    ParamType,
    Value,
    safe_media_type,
    show_bytes,
)

SAMPLES: dict[ParamType, Value] = {
    Kind.BYTES: 1536,
    Kind.SECONDS: 120,
    Kind.COUNT: 1_000_000,
    Kind.MEDIA_TYPE: "application/pdf",
    Kind.STATUS: 503,
}


def test_every_code_has_an_entry_and_no_entry_is_left_over() -> None:
    assert set(CATALOGUE) == set(FailureCode)


@pytest.mark.parametrize("code", FailureCode)
def test_every_message_is_whole_with_and_without_parameters(code: FailureCode) -> None:
    entry = CATALOGUE[code]
    full = Failure(code, {name: SAMPLES[kind] for name, kind in entry.params.items()})
    for text in (Failure(code).message, full.message, entry.cause, entry.remedy, entry.fixer.value):
        assert text
        assert not re.search(r"[{}]|Traceback|Exception|None", text)
    assert bool(entry.params) == bool(entry.detailed)
    assert set(re.findall(r"{(\w+)}", entry.detailed)) == set(entry.params)


@pytest.mark.parametrize(
    "params",
    [{"limit": "/etc/passwd"}, {"limit": -1}, {"limit": True}, {"path": 3}, {"limit": 1, "text": "secret"}, {"limit": 1.5}],
)
def test_free_text_and_unknown_parameters_are_refused(params: dict[str, Value]) -> None:
    with pytest.raises(ValueError, match="takes no such parameter"):
        Failure(FailureCode.FILE_TOO_LARGE, params)


def test_a_media_type_of_somebody_elses_is_refused_and_made_safe() -> None:
    with pytest.raises(ValueError, match="takes no such parameter"):
        Failure(FailureCode.UNSUPPORTED_TYPE, {"found": "text/<script>"})
    assert safe_media_type("text/<script>") == "application/octet-stream"
    assert safe_media_type("audio/x-secret-name") == "audio/x-other"
    assert all(safe_media_type(name) == name for name in MEDIA_TYPE_NAMES)


def test_detailed_messages() -> None:
    assert (
        Failure(FailureCode.FILE_TOO_LARGE, {"limit": 256 * 1024 * 1024}).message
        == "The file is larger than the limit of 256 MiB."
    )
    mismatch = Failure(FailureCode.TYPE_MISMATCH, {"named": "application/pdf", "found": "text/html"})
    assert mismatch.message == "The name says PDF, but the content is HTML page."


AUTOMATIC = {
    FailureCode.SOURCE_UNREACHABLE: 5, FailureCode.RATE_LIMITED: 5,
    FailureCode.PROVIDER_UNAVAILABLE: 5, FailureCode.STORAGE_UNAVAILABLE: 5,
    FailureCode.OCR_FAILED: 2, FailureCode.WORKER_LOST: 2, FailureCode.SOURCE_CHANGED: 1, FailureCode.PARSE_TIMEOUT: 1,
    FailureCode.OUT_OF_MEMORY: 1, FailureCode.INTERNAL: 1,
}  # fmt: skip


@pytest.mark.parametrize("code", FailureCode)
def test_the_automatic_retries_are_those_of_the_policy_and_come_to_an_end(code: FailureCode) -> None:
    entry = CATALOGUE[code]
    assert entry.automatic == AUTOMATIC.get(code, 0)
    delays = [entry.backoff(n) for n in range(entry.automatic)]
    assert all(delay is not None and 0 <= delay <= 900 for delay in delays)
    assert delays == sorted(delays, key=lambda delay: delay or 0)
    assert entry.backoff(entry.automatic) is None


def test_what_a_plain_retry_may_not_follow() -> None:
    assert {code for code in FailureCode if not CATALOGUE[code].by_person} == {
        FailureCode.MALWARE_DETECTED, FailureCode.QUARANTINED, FailureCode.CANCELLED,
    }  # fmt: skip


@pytest.mark.parametrize(("size", "shown"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 * 1024**4, "5 TiB")])
def test_sizes_in_words(size: int, shown: str) -> None:
    assert show_bytes(size) == shown
