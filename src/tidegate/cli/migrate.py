"""`tidegate migrate`: the schema, ahead of starting anything."""

from tidegate import settings as configuration
from tidegate import wiring
from tidegate.cli.output import show_json, show_line
from tidegate.db import migrate as migrations


async def migrate(*, json: bool = False) -> None:
    """Bring the database to this version's schema.

    Every other command does so too; this one is for an administrator who does it ahead of them, with
    TIDEGATE_OWNER_DATABASE_URL.

    Args:
        json: Print one JSON object.
    """
    async with wiring.addresses(configuration.load()) as (_, owner_url):
        applied = await migrations.migrate(owner_url)
    if json:
        show_json({"applied": applied})
        return
    for name in applied:
        show_line(f"applied {name}")
    if not applied:
        show_line("The schema is up to date.")
