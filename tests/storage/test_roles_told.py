"""`tidegate doctor` says whose tables a process could change, by what its login may do."""

from dataclasses import replace

from tests.databases import address
from tidegate.cli.checks import database
from tidegate.operations.door import Services
from tidegate.settings import Settings


async def roles(settings: Settings) -> tuple[str, str]:
    """Return what is found about the roles."""
    [found] = [one for one in await database(settings) if one.name == "database roles"]
    return found.status, found.told


async def test_a_process_that_only_has_the_applications_login_is_well(services: Services, owner_url: str) -> None:
    alone = replace(services.settings, database_url=address(owner_url, role="tidegate_app"), owner_database_url="")
    assert await roles(alone) == ("ok", "the application does not own the tables")


async def test_a_process_that_signs_in_as_the_owner_is_warned_of(services: Services, owner_url: str) -> None:
    owning = replace(services.settings, database_url=owner_url, owner_database_url="")
    assert await roles(owning) == ("warn", "one login for the application and the owner")


async def test_two_addresses_are_well(services: Services, owner_url: str) -> None:
    both = replace(services.settings, database_url=address(owner_url, role="tidegate_app"), owner_database_url=owner_url)
    assert await roles(both) == ("ok", "separate addresses for the application and the owner")
