"""`tidegate demo`: everything, with sample documents and people to look around as."""

import os
from dataclasses import replace

from tidegate import __version__, wiring
from tidegate import settings as configuration
from tidegate.cli.following import Summary, follow, progress_bar, summarise
from tidegate.cli.logs import start_logging
from tidegate.cli.output import announce
from tidegate.cli.people import person_id
from tidegate.cli.shell import Shell
from tidegate.cli.stopping import Stop, run
from tidegate.cli.up import FIRST_LOGIN, check_workers, everything
from tidegate.cli.web import address, bind
from tidegate.demo import DOCUMENTS
from tidegate.domain.actor import Role
from tidegate.domain.refusals import Conflict
from tidegate.ledger.views import JobFilter
from tidegate.operations import reading, submission
from tidegate.operations.door import Asking
from tidegate.operations.people import AddPerson, IssueLink, link_address
from tidegate.settings import Settings

PEOPLE = (
    (FIRST_LOGIN, "Astrid, administrator", Role.ADMIN),
    ("power_user", "Pavel, power user", Role.POWER_USER),
    ("viewer", "Vera, viewer", Role.VIEWER),
)
"""Nobody has a password: each is entered by a one-time link, made anew at every start."""


def demo(*, host: str | None = None, port: int | None = None, workers: int = 1, exit: bool = False) -> int:
    """Run everything with sample documents.

    The first start ingests a dozen documents and some that fail on purpose. It prints a one-time sign-in link for each of
    three people with different roles. Ctrl-C stops it. What was done is kept in TIDEGATE_HOME, or else in a folder beside the
    usual home.

    Args:
        host: Address to listen on; TIDEGATE_HOST otherwise.
        port: Port to listen on, 0 for a free one; TIDEGATE_PORT otherwise.
        workers: Worker processes.
        exit: Stop when the documents are done and the links printed.
    """
    check_workers(workers)
    settings, listening = bind(_apart(_quiet(configuration.load())), host, port)
    start_logging(settings)

    async def serve(stop: Stop) -> None:
        async with everything(settings, listening, workers, stop) as services:
            shell = Shell(services, wiring.operator())
            announce(f"Tidegate {__version__} is at {address(settings)}")
            if await _is_empty(shell):
                announce("Ingesting the sample documents …")
                _tell(await _ingest(shell, stop))
            if stop.asked.is_set():
                return
            announce("Sign in as one of these; each link works once and for a day:")
            for login, name, role in PEOPLE:
                announce(f"  {login:<11} {link_address(address(settings), await _link(shell, login, name, role))}")
            if not exit:
                announce("Ctrl-C stops it.")
                await stop.asked.wait()

    return run(serve)


def _quiet(settings: Settings) -> Settings:
    """Failures on purpose are no news here, unless somebody has asked for the log."""
    return settings if os.environ.get("TIDEGATE_LOG_LEVEL") else replace(settings, log_level="warning")


def _apart(settings: Settings) -> Settings:
    """Keep the samples out of the home of real documents, unless a home was chosen."""
    return settings if os.environ.get("TIDEGATE_HOME") else replace(settings, home=settings.home.with_name("tidegate-demo"))


async def _is_empty(shell: Shell) -> bool:
    page = await reading.list_jobs(shell.services, shell.actor, JobFilter(), limit=1)
    return not page.jobs


async def _ingest(shell: Shell, stop: Stop) -> Summary | None:
    given = submission.Given(paths=[str(DOCUMENTS)])
    submitted = await submission.submit(
        shell.services, Asking(shell.actor), given, reason="The sample documents of the demonstration."
    )
    with progress_bar(len(submitted.job_ids)) as show:
        tally = await follow(shell, submitted.batch_id, stop.asked, show, may_work=False)
    return summarise(tally) if tally is not None else None


def _tell(summary: Summary | None) -> None:
    if summary is not None:
        causes = ", ".join(str(code) for code in summary.failures)
        announce(f"{summary.succeeded} of {summary.submitted} succeeded, {summary.failed} failed on purpose: {causes}.")


async def _link(shell: Shell, login: str, name: str, role: Role) -> str:
    """Return the secret of a fresh sign-in link for a person, who is added at the first start."""
    try:
        added = await shell.perform(AddPerson(login, name, role))
    except Conflict:
        return (await shell.perform(IssueLink(await person_id(shell, login)))).secret
    return added.link_secret or ""
