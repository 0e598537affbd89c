"""Strict checks of an ID token: OpenID Connect Core 1.0, section 3.1.3.7, and RFC 8725.

Only asymmetric signatures count. `none` and HS* are refused before any key is looked at, so a public key can never serve as
a shared secret.
"""

import hmac
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import Header

from tidegate.access.doubts import Doubt, NotProven
from tidegate.access.journeys import SUBJECT_CHARACTERS

KEY_TYPES = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
    "EdDSA": "OKP",
    "Ed25519": "OKP",
}
"""The algorithms that count, and the kind of key of each."""

LEEWAY_SECONDS = 30
"""How far the provider's clock and ours may differ."""
OLDEST_SECONDS = 600
"""A token is made when the code is redeemed, so one that is older than a sign-in may take is not ours."""
TOKEN_CHARACTERS = 16 * 1024
RSA_BITS_MIN = 2048

_REGISTRY = JWSRegistry(algorithms=list(KEY_TYPES), strict_check_header=False)
_REGISTRY.max_header_length = 4096
"""Microsoft's and other providers' headers hold certificate thumbprints and members of their own."""

Claims = Mapping[str, Any]
Keys = Sequence[Any]
"""The `keys` of a JSON Web Key Set, as they were sent."""


class UnknownKey(NotProven):
    """The key set has no key for this token: it may have been rotated since it was fetched."""

    def __init__(self) -> None:
        super().__init__(Doubt.TOKEN_KEY)


@dataclass(frozen=True)
class Expected:
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str


def proven_claims(token: object, keys: Keys, expected: Expected, *, now: float | None = None) -> Claims:
    """Return the claims of a token after every check. Raises NotProven, UnknownKey."""
    claims = _signed_claims(token, keys)
    if claims.get("iss") != expected.issuer:
        raise NotProven(Doubt.TOKEN_ISSUER)
    _check_audience(claims, expected.client_id)
    _check_times(claims, time.time() if now is None else now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(errors="replace"), expected.nonce.encode()):
        raise NotProven(Doubt.TOKEN_NONCE)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARACTERS or not _is_visible_ascii(subject):
        raise NotProven(Doubt.TOKEN_SUBJECT)
    return claims


def _signed_claims(token: object, keys: Keys) -> Claims:
    if not isinstance(token, str) or len(token) > TOKEN_CHARACTERS or not token.isascii():
        raise NotProven(Doubt.TOKEN_FORM)
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise NotProven(Doubt.TOKEN_FORM) from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES or "crit" in header or "b64" in header:
        raise NotProven(Doubt.TOKEN_ALGORITHM)
    key = _key_for(header, algorithm, keys)
    try:
        claims = json.loads(jws.deserialize_compact(token, key, registry=_REGISTRY).payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise NotProven(Doubt.TOKEN_SIGNATURE) from None
    if not isinstance(claims, dict):
        raise NotProven(Doubt.TOKEN_FORM)
    return claims


def _key_for(header: Header, algorithm: str, keys: Keys) -> RSAKey | ECKey | OKPKey:
    """Return the one key that a header names; without a name, the only one that fits. Raises NotProven, UnknownKey."""
    named = header.get("kid")
    fitting = [key for key in keys if _fits(key, algorithm) and (named is None or key.get("kid") == named)]
    if len(fitting) != 1:
        raise UnknownKey
    try:
        key = JWKRegistry.import_key({name: value for name, value in fitting[0].items() if name in _PUBLIC_MEMBERS})
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnknownKey from None
    if isinstance(key, RSAKey) and key.public_key.key_size < RSA_BITS_MIN:
        raise NotProven(Doubt.TOKEN_ALGORITHM)
    if not isinstance(key, RSAKey | ECKey | OKPKey):
        raise UnknownKey
    return key


_PUBLIC_MEMBERS = frozenset({"kty", "kid", "n", "e", "crv", "x", "y"})


def _fits(key: object, algorithm: str) -> bool:
    """Tell whether a key of the set is for signatures by this algorithm."""
    if not isinstance(key, dict) or key.get("kty") != KEY_TYPES[algorithm]:
        return False
    return bool(key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm)


def _check_audience(claims: Claims, client_id: str) -> None:
    """The token is for us, and where it is for others too, it was given to us (`azp`). Raises NotProven."""
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    if client_id not in several or (len(several) > 1 and party is None) or party not in (None, client_id):
        raise NotProven(Doubt.TOKEN_AUDIENCE)


def _check_times(claims: Claims, now: float) -> None:
    expires, issued, begins = _moment(claims.get("exp")), _moment(claims.get("iat")), _moment(claims.get("nbf", 0))
    if now >= expires + LEEWAY_SECONDS or max(issued, begins) > now + LEEWAY_SECONDS or issued < now - OLDEST_SECONDS:
        raise NotProven(Doubt.TOKEN_TIME)


def _moment(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotProven(Doubt.TOKEN_TIME)
    return float(value)


def _is_visible_ascii(text: str) -> bool:
    return text.isascii() and text.isprintable()
