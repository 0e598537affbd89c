"""Secrets that people and programs prove themselves with: argon2id for passwords, 256 random bits for tokens.

Tokens are kept as SHA-256: they are random, so a slow hash would add nothing. Source: OWASP ASVS 5.0, 6.5 and 7.2.
"""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher()
"""argon2id with the library's defaults (RFC 9106, low-memory profile: 64 MiB, 3 passes, 4 lanes)."""

API_TOKEN_PREFIX = "tdg_"
PASSWORD_MIN = 12
PASSWORD_MAX = 256


@cache
def _nobodys_hash() -> str:
    """Return a hash that no password has, made at first need: it takes as long as a sign-in."""
    return HASHER.hash(secrets.token_urlsafe(16))


def new_secret(prefix: str = "") -> str:
    """Return a fresh secret of 256 random bits, URL-safe."""
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """Return what the database keeps of a token."""
    return hashlib.sha256(secret.encode()).digest()


def hash_password(password: str) -> str:
    """Return the argon2id string of a password (takes about 50 ms: call it in a thread)."""
    return HASHER.hash(password)


def password_holds(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one; equally slow when the person has none (call it in a thread)."""
    try:
        HASHER.verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
