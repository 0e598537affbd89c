"""Fixtures on the real thing: a PostgreSQL cluster for each test process, a database of its own for each test."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import fresh_database, make_template, running_cluster
from tests.places import home_of_databases
from tidegate import wiring
from tidegate.operations.door import Services
from tidegate.settings import Settings


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[str]:
    """The superuser's address of a running cluster. Its home is not below pytest's folder, which is closed to root's server."""
    with tempfile.TemporaryDirectory(prefix="tidegate-cluster-", dir=home_of_databases()) as home:
        async with running_cluster(Path(home)) as url:
            yield url


@pytest.fixture(scope="session")
async def template(cluster: str) -> str:
    """The name of a migrated, empty database to clone."""
    return await make_template(cluster)


@pytest.fixture
async def owner_url(cluster: str, template: str) -> AsyncIterator[str]:
    """The owner's address of this test's own migrated database."""
    async with fresh_database(cluster, template) as url:
        yield url


@pytest.fixture
def settings(owner_url: str, tmp_path: Path) -> Settings:
    """Settings of this test: its own database and home, short times so that tests need not wait."""
    return Settings(
        home=tmp_path / "home", database_url=owner_url, concurrency=2, retry_delay_scale=0.02, stop_seconds=2.0,
        lease_seconds=6.0, renew_seconds=0.5,
    )  # fmt: skip


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    """Everything that operations need, on this test's database."""
    async with wiring.running(settings, name="tidegate tests") as running:
        yield running
