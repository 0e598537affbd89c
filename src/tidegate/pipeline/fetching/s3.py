"""Buckets of S3 by s3fs, whose options we make ourselves, listed by the store's own pages."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tidegate.outbound.address import Allowed, checked_address
from tidegate.outbound.secrets import SecretUnavailable
from tidegate.pipeline.fetching.keeping import kept
from tidegate.pipeline.fetching.objects import PAGE
from tidegate.pipeline.step import Reach

WAIT_SECONDS = 15.0
"""Longest wait for one answer: bounds how long a thread outlives what was given up."""

WINDOW_BYTES = 4 * 1024 * 1024
"""What is asked for at once of an object."""

Parts = Mapping[str, str]
Page = list[tuple[str, Mapping[str, Any]]]


@contextmanager
def entered(reach: Reach, parts: Parts | None, allowed: Allowed) -> Iterator["Bucket"]:
    """Yield the bucket of an address. See `stores.Kind`."""
    _check_endpoint(reach, allowed)
    yield Bucket(client(reach, parts, allowed), reach.address.partition("://")[2].rstrip("/"))


class Bucket:
    """A bucket; `base` is its name, with the folder in it. One of millions of objects never lies in memory."""

    def __init__(self, fs: Any, base: str) -> None:
        self.fs, self.base = fs, base

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

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[Any, int | None]]:
        """See `Store`."""
        with self.fs.open(f"{self.base}/{path}", "rb", cache_type="readahead", block_size=WINDOW_BYTES) as source:
            yield source, source.size


@kept
def client(reach: Reach, parts: Parts | None, allowed: Allowed) -> Any:
    """Return the file system of an address. Raises SecretUnavailable, ImportError when it is not installed."""
    import fsspec  # noqa: PLC0415 - few processes have a source

    return fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False, **_options(reach, parts, allowed))


def _check_endpoint(reach: Reach, allowed: Allowed) -> None:
    """Refuse a host written as a number that may not be connected to: no resolver is asked for those. Raises InvalidIPAddress."""
    if reach.endpoint:
        parts = urlsplit(reach.endpoint)
        checked_address(allowed, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def _options(reach: Reach, parts: Parts | None, allowed: Allowed) -> Mapping[str, Any]:
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
