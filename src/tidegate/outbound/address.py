"""Connections only to addresses that are public or allowed, checked at the moment of connecting and then kept.

`requests-hardened` resolves, checks and connects to the checked address; here an administrator's exceptions are added.
"""

import ipaddress
import logging
from collections.abc import Sequence
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address
from requests_hardened.ip_filter_adapter import IPFilterAdapter

USER_AGENT = "Tidegate"
REDIRECTS = 5
METADATA_SERVICES = frozenset({ipaddress.ip_address("168.63.129.16")})
"""Public by number, but answering inside a cloud only (Azure's host agent)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


logging.getLogger("requests_hardened.ip_filter").disabled = True
"""It writes the host of a user's URL into the log; ours is in the diagnostic."""


class Allowed:
    """The hosts and networks that may be reached although they are private; equal when they are named alike."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = tuple(entries)
        self._networks: list[Network] = []
        self._hosts: set[str] = set()
        for entry in entries:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self._hosts.add(entry.lower().rstrip("."))

    def permits(self, host: str, address: Address) -> bool:
        """Tell whether `host`, found at `address`, is one of them."""
        return host.lower().rstrip(".") in self._hosts or any(address in network for network in self._networks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Allowed) and other._entries == self._entries

    def __hash__(self) -> int:
        return hash(self._entries)


class GuardedAdapter(IPFilterAdapter):  # type: ignore[misc]
    """Resolves once, checks, and connects to that very address. Raises InvalidIPAddress."""

    def __init__(self, allowed: Allowed, *, is_https: bool) -> None:
        super().__init__(is_https_proto=is_https)
        self._allowed = allowed

    def build_connection_pool_key_attributes(self, request: requests.PreparedRequest, verify: Any, cert: Any = None) -> Any:
        """See IPFilterAdapter; an address that it refuses is used after all when it is allowed."""
        try:
            host_params, pool_kwargs = super().build_connection_pool_key_attributes(request, verify, cert)
        except InvalidIPAddress as refusal:
            address = refusal.args[0]
            host_params, pool_kwargs = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
            host = str(host_params["host"]).strip("[]")
            if not self._allowed.permits(host, address):
                raise
            if self._is_https_proto:
                pool_kwargs.update(assert_hostname=host, server_hostname=host)
            host_params["host"] = f"[{address}]" if address.version == 6 else str(address)
            return host_params, pool_kwargs
        address = ipaddress.ip_address(host_params["host"].strip("[]"))
        _check_number(address)
        return host_params, pool_kwargs


def checked_address(allowed: Allowed, host: str, port: int) -> str:
    """Resolve a host and return the one address that may be connected to, as text: for clients that are not `requests`.

    Raises InvalidIPAddress, OSError when the name is not known.
    """
    try:
        address, _ = get_ip_address(host, port, allow_loopback=False)
    except InvalidIPAddress as refusal:
        if not allowed.permits(host, refusal.args[0]):
            raise
        return str(refusal.args[0])
    _check_number(address)
    return str(address)


def session(allowed: Allowed, seconds: float) -> requests.Session:
    """Return a session without proxies, netrc or other schemes; `seconds` limit each wait for the other side."""
    made: requests.Session = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=False,
            default_timeout=(seconds, seconds),
            user_agent_override=USER_AGENT,
        )
    )
    made.trust_env = False
    made.max_redirects = REDIRECTS
    made.adapters.clear()
    made.mount("http://", GuardedAdapter(allowed, is_https=False))
    made.mount("https://", GuardedAdapter(allowed, is_https=True))
    return made


def _check_number(address: Address) -> None:
    """Refuse what `requests-hardened` lets through although it leads nowhere public. Raises InvalidIPAddress."""
    if address in METADATA_SERVICES or address.is_reserved or getattr(address, "is_site_local", False):
        raise InvalidIPAddress(address)
