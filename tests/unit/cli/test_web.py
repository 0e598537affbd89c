"""The address of the console: taken before anything is started, and shown as people can reach it."""

import socket
from pathlib import Path

import pytest

from tidegate.cli.errors import WrongUse
from tidegate.cli.web import address, bind
from tidegate.settings import Settings


def test_a_port_in_use_is_told_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WrongUse, match=f"port {port} of 127.0.0.1 is in use by another program; choose another with --port"):
            bind(Settings(home=Path("/nowhere")), None, port)


def test_port_0_takes_a_free_one() -> None:
    settings, listening = bind(Settings(home=Path("/nowhere")), "127.0.0.1", 0)
    with listening:
        assert settings.port == listening.getsockname()[1] > 0


@pytest.mark.parametrize(
    ("host", "public", "shown"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:8750"),
        ("0.0.0.0", "", "http://127.0.0.1:8750"),  # noqa: S104 - shown, not bound to
        ("::1", "", "http://[::1]:8750"),
        ("0.0.0.0", "https://tidegate.example/", "https://tidegate.example"),  # noqa: S104 - shown, not bound to
    ],
)
def test_the_address_is_one_that_a_browser_reaches(host: str, public: str, shown: str) -> None:
    assert address(Settings(home=Path("/nowhere"), host=host, public_url=public)) == shown
