"""The kinds of stores that a source may be in: what each needs, and how a connection to it is made.

Nothing of the surroundings is used: no credentials of the machine's own, no proxies. Without a credential a store is entered
as anybody. Where people choose the host themselves, it is resolved, checked and connected to in one go, as for web addresses.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from tidegate.outbound.address import Allowed
from tidegate.outbound.secrets import SecretUnavailable, read_secret
from tidegate.pipeline.step import Reach

WAIT_SECONDS = 15.0
"""Longest wait for one answer: bounds how long a thread outlives what was given up."""

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Store:
    """One kind of store: its file system in fsspec, the module and the optional group that bring it, and how it is opened.

    `options` makes the file system's options of a reach, the credential's parts (None without one) and the allowed hosts.
    """

    protocol: str
    module: str
    group: str
    options: Callable[[Reach, Options | None, Allowed], Options]

    @property
    def is_installed(self) -> bool:
        """Whether what it takes is there."""
        return find_spec(self.module) is not None


def read_parts(reference: str) -> Options | None:
    """Return the parts of a credential, a JSON object of texts; None without a reference. Raises SecretUnavailable."""
    if not reference:
        return None
    try:
        parts = json.loads(read_secret(reference))
    except ValueError as error:
        raise SecretUnavailable(type(error).__name__) from None
    if not isinstance(parts, dict) or not all(isinstance(part, str) for part in parts.values()):
        raise SecretUnavailable("no object of texts")
    return parts


def connect(reach: Reach, allowed: Allowed) -> tuple[Any, str]:
    """Return the file system of an address and the path in it, without any request yet. Blocks.

    Raises SecretUnavailable, KeyError for another scheme, ImportError when it is not installed.
    """
    import fsspec  # noqa: PLC0415 - few processes have a source

    scheme, _, path = reach.address.partition("://")
    store = STORES[scheme]
    made = dict(store.options(reach, read_parts(reach.credential), allowed))
    return fsspec.filesystem(store.protocol, skip_instance_cache=True, use_listings_cache=False, **made), path


def _s3(reach: Reach, parts: Options | None, allowed: Allowed) -> Options:
    from tidegate.pipeline.fetching.resolving import GuardedResolver  # noqa: PLC0415 - needs what comes with the store

    config = {
        "connect_timeout": WAIT_SECONDS, "read_timeout": WAIT_SECONDS, "retries": {"max_attempts": 2}, "proxies": {},
        "connector_args": {"resolver": GuardedResolver(allowed)},
    }  # fmt: skip
    known = {"anon": True} if parts is None else {name: parts[name] for name in ("key", "secret", "token") if name in parts}
    if parts is not None and not {"key", "secret"} <= known.keys():
        raise SecretUnavailable("no key, or no secret")
    region = {"region_name": parts["region"]} if parts and "region" in parts else {}
    return {**known, "endpoint_url": reach.endpoint or None, "config_kwargs": config, "client_kwargs": region}


def _gcs(_reach: Reach, parts: Options | None, _allowed: Allowed) -> Options:
    return {"token": "anon" if parts is None else dict(parts), "endpoint_url": "https://storage.googleapis.com"}


def _azure(_reach: Reach, parts: Options | None, _allowed: Allowed) -> Options:
    """An account is needed in any case: it is a part of the host, so nothing but letters and digits may be in it."""
    account = (parts or {}).get("account_name", "")
    if not account.isascii() or not account.isalnum():
        raise SecretUnavailable("no account_name")
    names = ("account_key", "sas_token", "tenant_id", "client_id", "client_secret")
    known = {name: (parts or {})[name] for name in names if name in (parts or {})}
    return {"account_name": account, "anon": not known, **known}


STORES: Mapping[str, Store] = {
    "s3": Store("s3", "s3fs", "s3", _s3),
    "gs": Store("gcs", "gcsfs", "gcs", _gcs),
    "az": Store("abfs", "adlfs", "azure", _azure),
}
"""By the scheme of an address."""
