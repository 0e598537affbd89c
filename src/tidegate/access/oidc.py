"""Signing in at an identity provider: OpenID Connect, authorization code with PKCE (S256), state and nonce.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer), RFC 9700 (best practice).
"""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tidegate.access.doubts import Doubt, NotProven
from tidegate.access.id_tokens import Claims, Expected, Keys, UnknownKey, proven_claims
from tidegate.access.journeys import Answer, Identity, Journey
from tidegate.access.provider_answers import Json, get_json, is_safe_address, post_form

SCOPES = "openid profile email"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
DISCOVERY = "/.well-known/openid-configuration"
KEPT_SECONDS = 3600.0
"""How long a discovery document and a key set are believed without asking again."""
CLIENT_AUTHENTICATION = ("client_secret_basic", "client_secret_post")
NAME_CHARACTERS = 128


@dataclass
class _Kept:
    value: Any
    until: float


class Provider:
    """The one configured provider, with what it publishes kept for an hour."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._kept: dict[str, _Kept] = {}

    async def address_for(self, journey: Journey, redirect_uri: str) -> str:
        """Return where to send the browser. Raises NotProven."""
        endpoint: str = (await self._published())["authorization_endpoint"]
        asked = {
            "response_type": "code", "client_id": self._client_id, "redirect_uri": redirect_uri, "scope": SCOPES,
            "state": journey.state, "nonce": journey.nonce, "code_challenge": journey.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def prove(self, journey: Journey, answer: Answer, redirect_uri: str) -> Identity:
        """Redeem the code and return whose it is, after every check. Raises NotProven. The state was compared before."""
        published = await self._published()
        named = answer.issuer or (None if not published.get("authorization_response_iss_parameter_supported") else "")
        if named is not None and named != self.issuer:
            raise NotProven(Doubt.PROVIDER_MISMATCH)
        if answer.error or not answer.code:
            raise NotProven(Doubt.PROVIDER_REFUSED)
        token = (await self._redeem(published, journey, answer.code, redirect_uri)).get("id_token")
        return _identity(self.issuer, await self._claims(token, journey.nonce))

    async def _redeem(self, published: Json, journey: Journey, code: str, redirect_uri: str) -> Json:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "client_id": self._client_id,
            "code_verifier": journey.verifier,
        }  # fmt: skip
        headers: dict[str, str] = {}
        if self._client_secret:
            supported = published.get("token_endpoint_auth_methods_supported") or CLIENT_AUTHENTICATION[:1]
            if "client_secret_basic" in supported:
                headers["Authorization"] = _basic(self._client_id, self._client_secret)
            else:
                form["client_secret"] = self._client_secret
        return await post_form(published["token_endpoint"], form, headers)

    async def _claims(self, token: object, nonce: str) -> Claims:
        expected = Expected(self.issuer, self._client_id, nonce)
        try:
            return proven_claims(token, await self._keys(), expected)
        except UnknownKey:
            return proven_claims(token, await self._keys(fresh=True), expected)

    async def _published(self) -> Json:
        """Return the discovery document. Raises NotProven when it is another issuer's, or names unsafe addresses."""
        found: Json | None = self._known("discovery")
        if found is None:
            found = await get_json(self.issuer.rstrip("/") + DISCOVERY)
            if found.get("issuer") != self.issuer:
                raise NotProven(Doubt.PROVIDER_MISMATCH)
            if not all(is_safe_address(found.get(name)) for name in ENDPOINTS):
                raise NotProven(Doubt.PROVIDER_UNUSABLE)
            self._keep("discovery", found)
        return found

    async def _keys(self, *, fresh: bool = False) -> Keys:
        """Return the provider's keys; `fresh` fetches them again, as after a rotation."""
        found: Keys | None = None if fresh else self._known("keys")
        if found is None:
            found = (await get_json((await self._published())["jwks_uri"])).get("keys")
            if not isinstance(found, list):
                raise NotProven(Doubt.PROVIDER_UNUSABLE)
            self._keep("keys", found)
        return found

    def _known(self, name: str) -> Any:
        kept = self._kept.get(name)
        return kept.value if kept and kept.until > time.monotonic() else None

    def _keep(self, name: str, value: object) -> None:
        self._kept[name] = _Kept(value, time.monotonic() + KEPT_SECONDS)


def _identity(issuer: str, claims: Mapping[str, Any]) -> Identity:
    mailbox = _text(claims.get("email")).partition("@")[0]
    login = _text(claims.get("preferred_username")) or mailbox
    return Identity(issuer, claims["sub"], login, _text(claims.get("name")) or login)


def _text(value: object) -> str:
    """Return a claim as a short printable text, '' for anything else."""
    return "".join(filter(str.isprintable, value))[:NAME_CHARACTERS].strip() if isinstance(value, str) else ""


def _basic(name: str, secret: str) -> str:
    """Return the header of HTTP Basic, both parts form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote(name, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
