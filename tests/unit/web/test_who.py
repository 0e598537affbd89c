from dataclasses import replace
from typing import Any

import pytest

from tidegate.settings import Settings
from tidegate.web.who import cookie_name, cookie_of, expired_cookie, is_local, request_id_of, session_cookie


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8750", True),
        ("http://localhost:8750", True),
        ("http://[::1]:8750", True),
        ("https://localhost", False),
        ("https://tidegate.example.org", False),
        ("http://tidegate.example.org", False),
        ("http://localhost.evil.test", False),
        ("http://127.0.0.1.evil.test", False),
        ("http://0.0.0.0:8750", False),
        ("nonsense", False),
    ],
)
def test_only_plain_http_on_this_machine_is_local(url: str, expected: bool) -> None:
    assert is_local(url) is expected


def test_a_cookie_is_bound_to_host_and_https_wherever_there_may_be_others() -> None:
    header = session_cookie(Settings(public_url="https://tidegate.example.org"), "secret").to_header(header="")
    assert header.startswith("__Host-tidegate=secret; ")
    assert all(part in header for part in ("HttpOnly", "Path=/", "SameSite=lax", "Secure", "Max-Age=604800"))
    assert "Domain" not in header
    assert cookie_name(Settings(public_url="http://tidegate.example.org")) == "__Host-tidegate"


def test_on_this_machine_the_cookie_goes_without_https() -> None:
    header = session_cookie(Settings(), "secret").to_header(header="")
    assert header.startswith("tidegate-dev=secret; ")
    assert "HttpOnly" in header
    assert "Secure" not in header


def test_an_expired_cookie_takes_the_place_of_the_session() -> None:
    settings = replace(Settings(), public_url="https://tidegate.example.org")
    header = expired_cookie(settings).to_header(header="")
    assert header.startswith(('__Host-tidegate=""; ', "__Host-tidegate=; "))
    assert "Max-Age=0" in header


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("mine=secret", "secret"),
        ("other=1; mine = secret ;last", "secret"),
        ("mine=first; mine=second", "second"),
        ("mine=a=b", "a=b"),
        ("mine=", None),
        ("not-mine=secret; mine2=secret; mine", None),
        ("", None),
    ],
)
def test_a_cookie_is_found_among_others(sent: str, expected: str | None) -> None:
    scope: Any = {"headers": [(b"host", b"here"), (b"cookie", sent.encode())]}
    assert cookie_of(scope, "mine") == expected
    scope["headers"].pop()
    assert cookie_of(scope, "mine") is None


def test_a_request_keeps_one_id() -> None:
    scope: Any = {"headers": []}
    assert request_id_of(scope) == request_id_of(scope)
