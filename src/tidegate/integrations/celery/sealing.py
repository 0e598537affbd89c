"""What a task was called with, sealed by a key of the application's own: kept elsewhere, it can be neither read nor forged."""

import base64
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from kombu.utils import json as kombu_json

LIMIT = 40_000
"""Bytes of arguments that are sealed: what fits into an event. A task with more cannot be started again from Tidegate."""


class Seal:
    """Seals and opens; `secret` is any text that every process of the application knows."""

    def __init__(self, secret: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"tidegate celery restart").derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, name: str, args: Any, kwargs: Any, queue: str | None) -> str | None:
        """Return a call of a task, sealed; None when it is too long or is nothing that JSON can hold."""
        try:
            plain = kombu_json.dumps([name, list(args), dict(kwargs), queue]).encode()
        except (TypeError, ValueError, RecursionError):
            return None
        return self._fernet.encrypt(plain).decode() if len(plain) <= LIMIT else None

    def open(self, sealed: str | None) -> tuple[str, list[Any], dict[str, Any], str | None] | None:
        """Return name, arguments and queue of a sealed call; None for what was sealed by another secret, or not at all."""
        try:
            name, args, kwargs, queue = kombu_json.loads(self._fernet.decrypt((sealed or "").encode()).decode())
        except (InvalidToken, ValueError):
            return None
        return name, args, kwargs, queue
