"""Signatures of webhooks as Standard Webhooks 1.0 has them: who holds the secret can tell that a call is ours and fresh.

What is signed is `id.timestamp.body`; a header names one or more signatures, so that a secret can be changed without a gap.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

VERSION = "v1"
PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
"""How far a timestamp may be off: what the standard's own libraries take."""

SECRET_BYTES = range(24, 65)
"""Sizes of a secret that the standard allows."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


class BadSecret(ValueError):
    """A secret that is no `whsec_` and base64 of 24 to 64 bytes. Its message never holds the secret."""


class BadSignature(ValueError):
    """A call that is not signed by the secret, or too old or too new; deliberately not told which."""


def decode_secret(text: str) -> bytes:
    """Return the key of a secret as people hand it over, `whsec_` and base64. Raises BadSecret."""
    try:
        key = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret("not base64") from None
    if len(key) not in SECRET_BYTES:
        raise BadSecret("a secret has 24 to 64 bytes")
    return key


def sign(key: bytes, id: str, timestamp: int, body: bytes) -> str:
    """Return one signature, `v1,` and base64; `timestamp` is in seconds since 1970."""
    mac = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(mac).decode()}"


def headers(keys: Sequence[bytes], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers of a call, with one signature for each key."""
    return {ID: id, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(sign(key, id, timestamp, body) for key in keys)}


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Accept a call that is signed by `key` at about `now`; header names in lower case. Raises BadSignature."""
    id, told = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not id or not (told.isascii() and told.isdecimal()) or abs(now - int(told)) > TOLERANCE_SECONDS:
        raise BadSignature
    right = sign(key, id, int(told), body).encode()
    given = headers.get(SIGNATURE, "").encode().split(b" ")
    if not any(hmac.compare_digest(right, one) for one in given):
        raise BadSignature
