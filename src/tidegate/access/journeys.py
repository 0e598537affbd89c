"""The way to an identity provider and back, and what comes of it: apart from the provider itself, whose libraries are heavy."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

from tidegate.access.credentials import new_secret

SUBJECT_CHARACTERS = 255
"""Of an identity's `sub`; the standard's own limit, OpenID Connect Core 1.0, section 2."""


@dataclass(frozen=True)
class Journey:
    """One way to the provider and back. All that must not be guessed comes from one secret, which only the browser keeps.

    The database knows the secret's hash, so neither it nor an address in a log gives `verifier` or `nonce` away.
    """

    secret: str

    @classmethod
    def new(cls) -> "Journey":
        """Begin one: 256 random bits."""
        return cls(new_secret())

    @property
    def state(self) -> str:
        """What the provider gives back with the browser."""
        return self._part("state")

    @property
    def nonce(self) -> str:
        """What the ID token must hold."""
        return self._part("nonce")

    @property
    def verifier(self) -> str:
        """What redeems the code: 43 characters (RFC 7636, 4.1)."""
        return self._part("verifier")

    @property
    def challenge(self) -> str:
        """The verifier's S256 form, which the browser carries."""
        return _base64url(hashlib.sha256(self.verifier.encode()).digest())

    def _part(self, name: str) -> str:
        return _base64url(hmac.digest(self.secret.encode(), b"tidegate sign-in " + name.encode(), "sha256"))


@dataclass(frozen=True)
class Answer:
    """What the browser brought back from the provider; empty where it brought nothing."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True)
class Identity:
    """Who was proven to be there. `login` and `display_name` are wishes for a new account, never a key."""

    issuer: str
    subject: str
    login: str
    display_name: str


class IdentityProvider(Protocol):
    """The provider that people may sign in with."""

    @property
    def issuer(self) -> str:
        """Its own name for itself, an address."""

    async def address_for(self, journey: Journey, redirect_uri: str) -> str:
        """Return where to send the browser. Raises NotProven."""

    async def prove(self, journey: Journey, answer: Answer, redirect_uri: str) -> Identity:
        """Return who came back, after every check. Raises NotProven."""


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
