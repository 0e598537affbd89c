"""`tidegate workers`: who is working."""

from tidegate.cli.output import moment, show_json, show_table
from tidegate.cli.shell import opened
from tidegate.operations import reading

COLUMNS = ("id", "host", "process", "running", "at once", "pipelines", "started", "seen")


async def workers(*, json: bool = False) -> None:
    """List the workers that are alive.

    Args:
        json: Print one JSON array.
    """
    async with opened() as shell:
        found = await reading.list_workers(shell.services, shell.actor)
    if json:
        show_json(found)
        return
    rows = (
        (worker.id, worker.host, worker.pid, worker.running, worker.concurrency, " ".join(worker.pipelines),
         moment(worker.started_at), moment(worker.seen_at))
        for worker in found
    )  # fmt: skip
    show_table(COLUMNS, rows, empty="No worker is alive. `tidegate up` or `tidegate work` starts one.")
