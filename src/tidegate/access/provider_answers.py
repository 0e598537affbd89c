"""Asking the identity provider: blocking HTTP in threads of its own, each answer a JSON object within limits.

Redirects are not followed and no proxy variables are read, so a request goes where the configuration says. The system's
certificate store is used where there is one: a provider inside of a company often has a certificate of its own authority.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from tidegate.access.doubts import Doubt, NotProven

ANSWER_SECONDS = 10.0
"""For one whole answer: somebody is waiting in front of the sign-in page."""
PIECE_SECONDS = 5.0
ANSWER_BYTES = 256 * 1024
"""Discovery documents and key sets have some 10 kB."""
BLOCK_BYTES = 16 * 1024

Json = Mapping[str, Any]

_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="identity-provider")
"""Apart from the threads that check passwords: a provider that hangs must not stop those."""
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_safe_address(url: object) -> bool:
    """Tell whether an address may be used: https, or plain http to this very machine, in visible ASCII."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or {" ", "#"} & set(url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.username is None and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


async def get_json(url: str) -> Json:
    """Return what the provider publishes at an address. Raises NotProven."""
    return await _asked("GET", url, None, {})


async def post_form(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Json:
    """Post a form and return the answer. Raises NotProven; CODE_REFUSED for a status of 400 to 499."""
    return await _asked("POST", url, form, headers)


async def _asked(method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> Json:
    if not is_safe_address(url):
        raise NotProven(Doubt.PROVIDER_UNUSABLE)
    work = asyncio.get_running_loop().run_in_executor(_THREADS, _ask, method, url, form, headers)
    try:
        return await asyncio.wait_for(work, ANSWER_SECONDS + 1)
    except TimeoutError:
        raise NotProven(Doubt.PROVIDER_AWAY) from None


def _ask(method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> Json:
    """Blocking. The errors' own texts, which hold addresses, go no further."""
    until = time.monotonic() + ANSWER_SECONDS
    try:
        with requests.Session() as client:
            client.trust_env = False
            client.verify = ssl.get_default_verify_paths().cafile or True
            with client.request(
                method, url, data=form, headers={**_HEADERS, **headers}, stream=True, allow_redirects=False, timeout=PIECE_SECONDS
            ) as response:
                _check(response)
                body = _read(response, until)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        raise NotProven(Doubt.PROVIDER_AWAY) from None
    return _object(body)


def _check(response: requests.Response) -> None:
    status = response.status_code
    if status >= 500 or status == 429:
        raise NotProven(Doubt.PROVIDER_AWAY)
    if status >= 400 and response.request.method == "POST":
        raise NotProven(Doubt.CODE_REFUSED)
    if status != 200 or response.headers.get("Content-Encoding", "identity") != "identity":
        raise NotProven(Doubt.PROVIDER_UNUSABLE)


def _read(response: requests.Response, until: float) -> bytes:
    """Return the body as it drips in, within its limits of bytes and time. Raises NotProven."""
    body = bytearray()
    while block := response.raw.read1(BLOCK_BYTES):
        body += block
        if len(body) > ANSWER_BYTES:
            raise NotProven(Doubt.PROVIDER_UNUSABLE)
        if time.monotonic() > until:
            raise NotProven(Doubt.PROVIDER_AWAY)
    return bytes(body)


def _object(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise NotProven(Doubt.PROVIDER_UNUSABLE) from None
    if not isinstance(found, dict):
        raise NotProven(Doubt.PROVIDER_UNUSABLE)
    return found
