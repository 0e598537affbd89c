"""Buckets of S3, Google and Azure, by fsspec's file systems, whose options we make ourselves from a closed list."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from tidegate.outbound.address import Allowed, checked_address
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.objects import PAGE
from tidegate.pipeline.step import Reach

WAIT_SECONDS = 15.0
"""Longest wait for one answer: bounds how long a thread outlives what was given up."""

WINDOW_BYTES = 4 * 1024 * 1024
"""What is asked for at once of an object."""

CLIENTS = 16
"""Clients that a process keeps: one for each source, as it is reached now, with its connections."""

Parts = Mapping[str, str]
Options = Mapping[str, Any]
Page = list[tuple[str, Mapping[str, Any]]]


@contextmanager
def entered(reach: Reach, parts: Parts | None, allowed: Allowed) -> Iterator["Bucket"]:
    """Yield the bucket of an address. See `stores.Kind`."""
    _check_endpoint(reach, allowed)
    scheme, _, base = reach.address.rstrip("/").partition("://")
    kind = BucketOfS3 if scheme == "s3" else Bucket
    yield kind(client(reach, parts, allowed), base)


def client(reach: Reach, parts: Parts | None, allowed: Allowed) -> Any:
    """Return the file system of an address, the same one for as long as nothing of these is different.

    Raises SecretUnavailable, ImportError when it is not installed.
    """
    return _client(reach, None if parts is None else tuple(sorted(parts.items())), allowed)


class Bucket:
    """A bucket by fsspec's own walk, folder by folder; `base` is its name, with the folder in it."""

    def __init__(self, fs: Any, base: str) -> None:
        self.fs, self.base = fs, base

    def pages(self, *, recursive: bool) -> Iterator[Page]:
        """See `Store`. Raises FileNotFoundError."""
        if not self.fs.isdir(self.base):
            raise FileNotFoundError
        for _, _, files in self.fs.walk(self.base, maxdepth=None if recursive else 1, detail=True, on_error="raise"):
            whole = [(str(info["name"]).removeprefix(f"{self.base}/"), info) for _, info in sorted(files.items())]
            yield from (whole[at : at + PAGE] for at in range(0, len(whole), PAGE))

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[Any, int | None]]:
        """See `Store`."""
        with self.fs.open(f"{self.base}/{path}", "rb", cache_type="readahead", block_size=WINDOW_BYTES) as source:
            yield source, source.size


class BucketOfS3(Bucket):
    """A bucket of S3, by the store's own pages: a bucket of millions never lies in memory."""

    def pages(self, *, recursive: bool) -> Iterator[Page]:
        """See `Store`."""
        bucket, _, folder = self.base.partition("/")
        prefix = f"{folder}/" if folder else ""
        more: dict[str, Any] = {} if recursive else {"Delimiter": "/"}
        while True:
            answer = self.fs.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=PAGE, **more)
            yield [(str(one["Key"]).removeprefix(prefix), one) for one in answer.get("Contents", [])]
            if not answer.get("IsTruncated"):
                return
            more["ContinuationToken"] = answer["NextContinuationToken"]


@lru_cache(maxsize=CLIENTS)
def _client(reach: Reach, parts: tuple[tuple[str, str], ...] | None, allowed: Allowed) -> Any:
    import fsspec  # noqa: PLC0415 - few processes have a source

    protocol, options = FILE_SYSTEMS[reach.address.partition("://")[0]]
    made = options(reach, None if parts is None else dict(parts), allowed)
    return fsspec.filesystem(protocol, skip_instance_cache=True, use_listings_cache=False, **made)


def _check_endpoint(reach: Reach, allowed: Allowed) -> None:
    """Refuse a host written as a number that may not be connected to: no resolver is asked for those. Raises InvalidIPAddress."""
    if reach.endpoint:
        parts = urlsplit(reach.endpoint)
        checked_address(allowed, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def _s3(reach: Reach, parts: Parts | None, allowed: Allowed) -> Options:
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


def _gcs(_reach: Reach, parts: Parts | None, _allowed: Allowed) -> Options:
    return {"token": "anon" if parts is None else dict(parts), "endpoint_url": "https://storage.googleapis.com"}


def _azure(_reach: Reach, parts: Parts | None, _allowed: Allowed) -> Options:
    """An account is needed in any case: it is a part of the host, so nothing but letters and digits may be in it."""
    account = (parts or {}).get("account_name", "")
    if not account.isascii() or not account.isalnum():
        raise SecretUnavailable("no account_name")
    names = ("account_key", "sas_token", "tenant_id", "client_id", "client_secret")
    known = {name: (parts or {})[name] for name in names if name in (parts or {})}
    return {"account_name": account, "anon": not known, **known}


FILE_SYSTEMS: Mapping[str, tuple[str, Callable[[Reach, Parts | None, Allowed], Options]]] = {
    "s3": ("s3", _s3), "gs": ("gcs", _gcs), "az": ("abfs", _azure)
}  # fmt: skip
"""By the scheme of an address: the name of the file system in fsspec, and what makes its options."""
