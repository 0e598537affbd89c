"""A network of hosts on one machine: namespaces of the kernel, joined by a bridge. Linux, iproute2, root.

The bridge lies in a namespace of its own, the hub, and so does the server that all hosts share. Nothing of it is seen by
the machine's own network, whose addresses, ports and firewall do not matter.
"""

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

PREFIX = "tidegate-hosts-"
MADE = Path("/run/netns")
HUB_ADDRESS = "10.0.0.1"
NETWORK = "10.0.0.0/24"
CLONE_NEWNET = 0x40000000


class NoNetwork(Exception):
    """No network can be made here; the message says why, and what to do."""


def require() -> None:
    """Raise NoNetwork where namespaces cannot be made."""
    if shutil.which("ip") is None:
        raise NoNetwork("The program `ip` is missing: install iproute2.")
    if os.geteuid() != 0:
        raise NoNetwork("Each worker gets a network of its own, which only root can make: run this as root.")


class Network:
    """Hosts by number, from 1; each has the one interface `eth0`."""

    def __init__(self) -> None:
        self._stem = f"{PREFIX}{os.getpid()}-"

    @property
    def hub(self) -> str:
        """The namespace of bridge and server."""
        return f"{self._stem}hub"

    def host(self, number: int) -> str:
        """The namespace of a host."""
        return f"{self._stem}{number}"

    def add_host(self, number: int) -> None:
        """Make a host and join it to the bridge."""
        name, port = self.host(number), f"port{number}"
        self._add(name)
        _ip(f"link add eth0 netns {name} type veth peer name {port} netns {self.hub}")
        _ip(f"-n {self.hub} link set {port} master bridge up")
        _ip(f"-n {name} address add 10.0.0.{number + 1}/24 dev eth0")
        self.restore(number)

    def cut(self, number: int) -> None:
        """Take a host's link down: nothing arrives, nothing is closed."""
        _ip(f"-n {self.host(number)} link set eth0 down")

    def restore(self, number: int) -> None:
        """Bring a host's link up."""
        _ip(f"-n {self.host(number)} link set eth0 up")

    def _add(self, name: str) -> None:
        _ip(f"netns add {name}")
        _ip(f"-n {name} link set lo up")

    def make_hub(self) -> None:
        """Make the bridge."""
        self._add(self.hub)
        _ip(f"-n {self.hub} link add bridge type bridge")
        _ip(f"-n {self.hub} address add {HUB_ADDRESS}/24 dev bridge")
        _ip(f"-n {self.hub} link set bridge up")


@contextmanager
def made() -> Iterator[Network]:
    """Make a network with no hosts yet, and remove all of it at the end, with what a killed harness left. Raises NoNetwork."""
    require()
    network = Network()
    _sweep()
    try:
        network.make_hub()
        yield network
    finally:
        _sweep(os.getpid())


@contextmanager
def inside(namespace: str) -> Iterator[ThreadPoolExecutor]:
    """Give an executor of one thread that lives in a namespace, as do the processes that it starts."""
    with ThreadPoolExecutor(1, "netns", _enter, (namespace,)) as executor:
        yield executor


def _enter(namespace: str) -> None:
    """Join a namespace with this thread alone: setns(2)."""
    with (MADE / namespace).open() as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def _sweep(pid: int = 0) -> None:
    """Remove the namespaces of one harness, or of those that do not live any more; interfaces go with them."""
    for path in MADE.glob(f"{PREFIX}*"):
        found = re.match(rf"{PREFIX}(\d+)-", path.name)
        if found and (int(found[1]) == pid or not Path(f"/proc/{found[1]}").exists()):
            _ip(f"netns delete {path.name}")


def _ip(words: str) -> None:
    """Run `ip`, out of reach of the terminal's Ctrl-C."""
    done = subprocess.run(["ip", *words.split()], check=False, capture_output=True, text=True, start_new_session=True)
    if done.returncode != 0:
        raise NoNetwork(f"This machine lets no network be made (`ip {words}`): {done.stderr.strip()}")
