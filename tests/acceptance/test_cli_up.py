"""`tidegate up`: one command runs everything, watches over it, and leaves nothing behind."""

import os
import re
import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.acceptance.command_line import Shell, Started, command_of, processes_of, shell, wait_until
from tests.storage.embedded_users import lives

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@pytest.fixture
def home() -> Iterator[Shell]:
    with shell() as made:
        yield made


def address(up: Started) -> str:
    found = ADDRESS.search(up.line(" is at "))
    assert found
    return found[0]


def test_it_answers_prints_a_first_link_and_stops_in_order(home: Shell) -> None:
    with home.start("up", "--port", "0", "--workers", "2") as up:
        url = address(up)
        assert re.fullmatch(rf".*: {url}/sign-in/link\?token=[\w-]{{43}}", up.line("Sign in"))
        assert httpx.get(f"{url}/health/ready").status_code == 200
        assert wait_until(lambda: len(home.json("workers")) == 2)
        assert home.run("up", "--port", url.rpartition(":")[2]).stderr.endswith(
            "is in use by another program; choose another with --port\n"
        )
        begun = time.monotonic()
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(timeout=15) == 0
        assert time.monotonic() - begun < 15
        assert processes_of(home.home) == []
        assert not lives(home.home)
    with home.start("up", "--port", "0", "--workers", "0") as again:
        address(again)
        assert again.line("") == "Ctrl-C stops it."


def test_a_worker_that_dies_is_replaced(home: Shell) -> None:
    with home.start("up", "--port", "0") as up:
        up.line("Ctrl-C")
        assert wait_until(lambda: len(up.workers) == 1)
        (first,) = up.workers
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: up.workers not in ([], [first]))
        up.process.send_signal(signal.SIGTERM)
        assert "event=process_ended role=work status=-9" in up.process.communicate(timeout=15)[1]


def test_nothing_outlives_a_killed_parent(home: Shell) -> None:
    with home.start("up", "--port", "0", "--workers", "2") as up:
        up.line("Ctrl-C")
        assert wait_until(lambda: len(home.json("workers")) == 2)
        up.process.kill()
        up.process.wait()
        assert wait_until(lambda: processes_of(home.home) == [], seconds=8), [command_of(pid) for pid in processes_of(home.home)]
        assert not lives(home.home)


def test_a_stop_during_the_start_undoes_it(home: Shell) -> None:
    with home.start("up", "--port", "0") as up:
        assert wait_until((home.home / "database").exists)
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(timeout=15) == 0
        assert not lives(home.home)


def test_serve_and_work_are_the_two_halves(home: Shell) -> None:
    with home.start("serve", "--port", "0") as serve:
        url = address(serve)
        with home.start("work") as work:
            assert wait_until(lambda: len(home.json("workers")) == 1)
            assert httpx.get(f"{url}/health/ready").status_code == 200
            work.process.send_signal(signal.SIGTERM)
            assert work.process.wait(timeout=15) == 0
        serve.process.send_signal(signal.SIGINT)
        assert serve.process.wait(timeout=15) == 0
    assert not lives(home.home)
