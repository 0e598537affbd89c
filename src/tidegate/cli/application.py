"""All commands on one screen, and what becomes of their errors: one line on stderr and an exit status.

A command's module is imported when the command is run, so `tidegate --help` stays fast.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cyclopts import App, CycloptsError, Group, Parameter

from tidegate import __version__

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: it worked; it was tried and failed; it was not asked rightly or is not allowed; Ctrl-C."""

RUN = "Run"
DOCUMENTS = "Documents and jobs"
PEOPLE = "People and access"
OPERATE = "Operate"
GROUPS = (RUN, DOCUMENTS, PEOPLE, OPERATE)

ABOUT = (
    "Ingest documents and see what became of every one of them.\n\n"
    "Settings are TIDEGATE_* environment variables; `tidegate config` lists them. TIDEGATE_TOKEN makes the commands act as the "
    "person of an API token; without it they act as the operator, with all rights. "
    "TIDEGATE_SERVER makes ingest, jobs, job, retry, cancel and wait ask a server instead of the database. "
    "Exit status: 0 done, 1 failed, 2 wrong use."
)

FAMILIES = {
    "audit": (PEOPLE, "List who did what, newest first; verify, export, prove it."),
    "sources": (OPERATE, "Look through folders and stores on a schedule, and ingest what is new or has changed."),
    "channel": (OPERATE, "Tell people of failures, recoveries and what is stuck."),
    "person": (PEOPLE, "Add people, list them, change their roles."),
    "session": (PEOPLE, "List and end open sessions."),
    "system": (OPERATE, "Set how other systems are asked to run a job again."),
    "token": (PEOPLE, "Make, list and revoke API tokens."),
}
"""Words that are followed by a second one: `tidegate person add`."""

ALONE = {"audit": "audit:audit"}
"""What such a word does without a second one."""


@dataclass(frozen=True)
class Listed:
    """A command: its words, its place in the help, the function that does it and the first line of its docstring."""

    words: str
    group: str
    function: str
    summary: str


COMMANDS = (
    Listed("up", RUN, "up:up", "Run everything: database, console and workers."),
    Listed("serve", RUN, "serve:serve", "Run the console and the API only."),
    Listed("work", RUN, "work:work", "Run one worker only."),
    Listed("seal", RUN, "seal:seal", "Run the sealer of the audit log only."),
    Listed("demo", RUN, "demonstration:demo", "Run everything with sample documents."),
    Listed("ingest", DOCUMENTS, "ingest:ingest", "Submit files, folders and web addresses."),
    Listed("jobs", DOCUMENTS, "jobs:jobs", "List jobs, newest first."),
    Listed("job", DOCUMENTS, "job:job", "Show everything about one job."),
    Listed("wait", DOCUMENTS, "waiting:wait", "Wait until each job of a batch has ended."),
    Listed("batches", DOCUMENTS, "batches:batches", "List batches, newest first, or show how one stands."),
    Listed("causes", DOCUMENTS, "causes:causes", "List failures by cause, those with most unresolved first."),
    Listed("retry", DOCUMENTS, "retrying:retry", "Try failed jobs again, one by its id or many at once."),
    Listed("retries", DOCUMENTS, "retries:retries", "List retries of many, or show one with its jobs."),
    Listed("acknowledge", DOCUMENTS, "acknowledging:acknowledge", "Say that failures may stay as they are, and why."),
    Listed("unacknowledge", DOCUMENTS, "acts:unacknowledge", "Take an acknowledgement back: the failure needs attention again."),
    Listed("cancel", DOCUMENTS, "acts:cancel", "Cancel a job that waits or runs."),
    Listed("search", DOCUMENTS, "search:search", "Find passages in what was ingested."),
    Listed("content", DOCUMENTS, "content:content", "Read the text of a document."),
    Listed("audit verify", PEOPLE, "proof:verify", "Find out whether the audit log is whole and unchanged."),
    Listed("audit export", PEOPLE, "proof:export", "Write the audit log to a file."),
    Listed("audit receipt", PEOPLE, "proof:receipt", "Write the proof that one event is in the log."),
    Listed("audit state", PEOPLE, "proof:state", "Show how far the audit log is sealed."),
    Listed("audit expire", PEOPLE, "proof:expire", "Remove the content of old events; their hashes stay."),
    Listed("diagnostic", PEOPLE, "audit:diagnostic", "Open the technical detail behind a failure; this is recorded."),
    Listed("person add", PEOPLE, "people:add", "Give somebody an account."),
    Listed("person role", PEOPLE, "people:role", "Give a person another role; it holds at once."),
    Listed("person list", PEOPLE, "people:show", "List everybody who has an account."),
    Listed("person show", PEOPLE, "people:one", "Show an account with every role that it held."),
    Listed("person content", PEOPLE, "people:content", "Let a person read what documents say, or no longer."),
    Listed("person link", PEOPLE, "people:link", "Make a one-time sign-in link for a person, valid for a day."),
    Listed("person identity", PEOPLE, "people:identity", "Let an identity at the sign-in provider sign a person in."),
    Listed("person close", PEOPLE, "people:close", "Close a person's account at once, with every session and token of theirs."),
    Listed("person reopen", PEOPLE, "people:reopen", "Open a closed account again."),
    Listed("session list", PEOPLE, "sessions:show", "List a person's open sessions."),
    Listed("session revoke", PEOPLE, "sessions:revoke", "End an open session at once."),
    Listed("token create", PEOPLE, "tokens:create", "Make an API token; its secret is shown this once."),
    Listed("token list", PEOPLE, "tokens:show", "List API tokens that are valid."),
    Listed("token revoke", PEOPLE, "tokens:revoke", "End an API token."),
    Listed("sources add", OPERATE, "sources:add", "Add a source that is looked through on a schedule."),
    Listed("sources list", OPERATE, "sources:show", "List the sources, each with its newest scan."),
    Listed("sources change", OPERATE, "sources:change", "Change a source; what is not given stays as it is."),
    Listed("sources pause", OPERATE, "sources:pause", "Scan a source no more until it is resumed; a scan under way ends."),
    Listed("sources resume", OPERATE, "sources:resume", "Go on scanning a paused source, at once."),
    Listed("sources scan", OPERATE, "sources:scan", "Have a source scanned now."),
    Listed("sources log", OPERATE, "sources:log", "List the scans of a source, newest first, and what they came to."),
    Listed("sources remove", OPERATE, "sources:remove", "Remove a source; what came from it stays."),
    Listed("channel add", OPERATE, "channels:add", "Add a channel that people are told by."),
    Listed("channel list", OPERATE, "channels:show", "List the channels that people are told by."),
    Listed("channel change", OPERATE, "channels:change", "Change a channel, or pause it; what is not given stays as it is."),
    Listed("channel remove", OPERATE, "channels:remove", "Remove a channel; what waits for it is dropped."),
    Listed("channel test", OPERATE, "channels:send_test", "Send a test message by a channel."),
    Listed("channel log", OPERATE, "channels:log", "List the messages of a channel, newest first, and what came of them."),
    Listed("pulse", OPERATE, "pulse:pulse", "Show how the work goes: what came of it, how long it took, who works."),
    Listed("workers", OPERATE, "workers:workers", "List the workers that are alive."),
    Listed("pipelines", OPERATE, "pipelines:pipelines", "List every pipeline with its steps, limits, workers and jobs."),
    Listed("system set", OPERATE, "systems:write", "Have the runs of a namespace asked for by a signed call."),
    Listed("system list", OPERATE, "systems:show", "List the systems that can be asked to run a job again."),
    Listed("system remove", OPERATE, "systems:remove", "Forget how a system is asked."),
    Listed("doctor", OPERATE, "doctor:doctor", "Check that everything needed is there, and say what to do if not."),
    Listed("migrate", OPERATE, "migrate:migrate", "Bring the database to this version's schema."),
    Listed("config", OPERATE, "config:config", "Show the settings in effect and where they come from."),
    Listed("version", OPERATE, "version:version", "Print the version."),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status. Nothing but `TIDEGATE_LOG_LEVEL=debug` ever shows a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = build(words)(words, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        return _end(" ".join(str(error).split()), WRONG_USE)
    except KeyboardInterrupt:
        return _end("interrupted", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has left; so do we
        return FAILED
    except Exception as error:
        if os.environ.get("TIDEGATE_LOG_LEVEL", "").lower() == "debug":
            raise
        return _told(error)
    return status if isinstance(status, int) else DONE


def build(words: Sequence[str] = ()) -> App:
    """Make the application. A command among `words` tells its own help; for the others the summary is enough."""
    app = App(
        name="tidegate",
        help=ABOUT,
        version=__version__,
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
        help_format="plaintext",
        group_commands=Group("Other"),
    )
    groups = {name: Group(name, sort_key=number) for number, name in enumerate(GROUPS)}
    families = {name: App(name=name, help=text, group=groups[group]) for name, (group, text) in FAMILIES.items()}
    for family in families.values():
        app.command(family)
    for name in ALONE.keys() & set(words):  # a default cannot be loaded later, so it is when its word is there
        module, _, function = ALONE[name].partition(":")
        families[name].default(getattr(importlib.import_module(f"tidegate.cli.{module}"), function))
    for listed in COMMANDS:
        first, _, name = listed.words.rpartition(" ")
        parent = families[first] if first else app
        help = None if name in words else listed.summary
        group = None if first else groups[listed.group]
        parent.command(f"tidegate.cli.{listed.function}", name=name, help=help, group=group)
    return app


def _told(error: Exception) -> int:
    from tidegate.cli.errors import told  # noqa: PLC0415 - knows the database's errors; loaded when there is one

    return _end(*told(error))


def _end(message: str, status: int) -> int:
    sys.stdout.flush()
    print(f"tidegate: {message}", file=sys.stderr, flush=True)  # noqa: T201 - the one line
    return status
