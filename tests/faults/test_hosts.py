"""Workers on hosts of their own: one is cut off within a transaction, its jobs go on elsewhere, and nothing is left behind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import network
from faults.hosts import table
from faults.many_hosts import Outcome, Pace, Plan, run
from tidegate.pipeline import registry
from tidegate.settings import Settings


@pytest.fixture
def home() -> Iterator[Path]:
    """A home in /tmp itself: pytest's own folders are closed to the account that serves root."""
    made = Path(tempfile.mkdtemp(prefix="tidegate-hosts-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def pipelines() -> Iterator[None]:
    """Take back what the experiment's settings define in this process."""
    known = dict(registry._pipelines)
    yield
    registry._pipelines.clear()
    registry._pipelines.update(known)


@pytest.mark.slow
@pytest.mark.usefixtures("pipelines")
async def test_the_jobs_of_a_host_that_is_cut_off_go_on_elsewhere(home: Path) -> None:
    try:
        network.require()
    except network.NoNetwork as reason:
        pytest.skip(str(reason))
    plan = Plan(sizes=(2,), documents=0, lease_seconds=6.0, concurrency=2)
    outcome = await run(plan, home, Settings())
    assert outcome.is_clean, outcome
    assert outcome.recoveries
    assert not list(network.MADE.glob(f"{network.PREFIX}{os.getpid()}-*"))


def test_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(network.NoNetwork, match=r"root|iproute2"):
        network.require()


def test_a_job_that_nobody_took_over_is_not_clean() -> None:
    good = Outcome(held=2, taken_over=2, offences={"stuck": []})
    assert good.is_clean
    assert not Outcome(held=2, taken_over=1, offences={"stuck": []}).is_clean
    assert not Outcome(held=2, taken_over=2, offences={"stuck": ["a job"]}).is_clean
    assert "- stuck: a job" in table(
        Plan((2,), 1, 6.0, 2), Outcome({2: Pace(1, 1)}, held=2, taken_over=2, offences={"stuck": ["a job"]})
    )
