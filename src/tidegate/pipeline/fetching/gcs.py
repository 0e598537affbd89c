"""Buckets of Google Cloud Storage by its JSON API: listed by the store's own pages, and read in one go.

Requests go to the address that was checked, those for a token too, and no redirect is followed.
"""

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tidegate.outbound.address import Allowed, session
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.answers import PLAIN, Reader, asked, decoded, size_of
from tidegate.pipeline.fetching.keeping import kept
from tidegate.pipeline.fetching.objects import PAGE
from tidegate.pipeline.fetching.servers import WAIT_SECONDS, Page
from tidegate.pipeline.fetching.tokens import Tokens
from tidegate.pipeline.step import Reach

SERVER = "https://storage.googleapis.com"
TOKENS = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/devstorage.read_only"
ASSERTED_SECONDS = 3600
PAGE_BYTES = 32 * 1024 * 1024
"""What is read of one page: names have 1,024 bytes at most."""

_TOLD = "nextPageToken,items(name,md5Hash,generation)"

Parts = Mapping[str, str]


class _Object(msgspec.Struct):
    """An object as it is listed; the store tells no hash of one that was put together out of others."""

    name: str
    md5Hash: str = ""  # noqa: N815
    generation: str = ""


class _Listed(msgspec.Struct):
    items: list[_Object] = []
    nextPageToken: str = ""  # noqa: N815


@contextmanager
def entered(reach: Reach, parts: Parts | None, allowed: Allowed) -> Iterator["Bucket"]:
    """Yield the bucket of an address, without any request yet. See `stores.Kind`. Raises SecretUnavailable."""
    bucket, _, folder = reach.address.partition("://")[2].rstrip("/").partition("/")
    objects = f"{(reach.endpoint or SERVER).rstrip('/')}/storage/v1/b/{quote(bucket, safe='')}/o"
    yield Bucket(client(reach, parts, allowed), objects, f"{folder}/" if folder else "")


class Bucket:
    """A bucket, whose objects are at the address `objects` and begin with `prefix`."""

    def __init__(self, client: requests.Session, objects: str, prefix: str) -> None:
        self._client, self._objects, self._prefix = client, objects, prefix

    def pages(self, *, recursive: bool) -> Iterator[Page]:
        """See `Store`. Raises StepFailed."""
        more: dict[str, Any] = {} if recursive else {"delimiter": "/"}
        while True:
            listed = self._listed({"prefix": self._prefix, "maxResults": PAGE, "fields": _TOLD, **more})
            yield [(one.name.removeprefix(self._prefix), _version(one)) for one in listed.items]
            if not listed.nextPageToken:
                return
            more["pageToken"] = listed.nextPageToken

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[Reader, int | None]]:
        """See `Store`. Raises StepFailed."""
        place = f"{self._objects}/{quote(f'{self._prefix}{path}', safe='')}"
        with asked(self._client, "GET", place, params={"alt": "media"}, headers=PLAIN) as answer:
            yield Reader(answer), size_of(answer)

    def _listed(self, query: Mapping[str, Any]) -> _Listed:
        with asked(self._client, "GET", self._objects, params=query, headers=PLAIN) as answer:
            return decoded(answer, PAGE_BYTES, _Listed, "list of objects")


@kept
def client(reach: Reach, parts: Parts | None, allowed: Allowed) -> requests.Session:
    """Return a session that is let in by a credential, as anybody without one. Raises SecretUnavailable."""
    made = session(allowed, WAIT_SECONDS)
    if parts is not None:
        url, says = _grant(parts)
        if not url.startswith("https://") and not reach.endpoint.startswith("http://"):
            raise SecretUnavailable("a token_uri without encryption")
        made.auth = Tokens(session(allowed, WAIT_SECONDS), url, says).sign
    return made


def _version(one: _Object) -> Mapping[str, Any]:
    """Return the hash of the content: generation and etag change with the storage class and with notes on the object, too."""
    return {"md5Hash": one.md5Hash} if one.md5Hash else {"generation": one.generation}


def _grant(parts: Parts) -> tuple[str, Callable[[], Mapping[str, str]]]:
    """Return where a token is asked for and by what: a service account's key, or what lets a person in anew."""
    url = parts.get("token_uri", TOKENS)
    if not urlsplit(url).hostname:
        raise SecretUnavailable("no token_uri")
    if {"client_email", "private_key"} <= parts.keys():
        key, grant = _read_key(parts["private_key"]), "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return url, lambda: {"grant_type": grant, "assertion": _assertion(key, parts, url)}
    names = ("refresh_token", "client_id", "client_secret")
    if not set(names) <= parts.keys():
        raise SecretUnavailable("no service account")
    return url, lambda: {"grant_type": "refresh_token", **{name: parts[name] for name in names}}


def _read_key(text: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SecretUnavailable("no private key") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SecretUnavailable("no key of RSA")
    return key


def _assertion(key: rsa.RSAPrivateKey, parts: Parts, url: str) -> str:
    """Return what a service account says of itself (RFC 7523), to whom and for how long, signed."""
    now = int(time.time())
    head = {"alg": "RS256", "typ": "JWT", "kid": parts.get("private_key_id", "")}
    said = {"iss": parts["client_email"], "scope": SCOPE, "aud": url, "iat": now, "exp": now + ASSERTED_SECONDS}
    text = ".".join(_packed(msgspec.json.encode(one)) for one in (head, said))
    return f"{text}.{_packed(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
