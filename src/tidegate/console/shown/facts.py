"""The plain facts beside a job: where it came from, and what it left behind."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.filters import ListQuery
from tidegate.console.shown.moments import Clock, Moment
from tidegate.console.shown.sentences import media_type_name, size
from tidegate.domain.lifecycle import State
from tidegate.ledger.views import Document, JobSummary
from tidegate.sources.source import Origin


@dataclass(frozen=True)
class Fact:
    """A name and its value; a value may be a time, or lead somewhere."""

    name: str
    value: str
    url: str = ""
    time: Moment | None = None


def of_job(job: JobSummary, clock: Clock, origin: Origin | None = None) -> list[Fact]:
    """Return where a job came from; `origin` is the source whose scan found it."""
    found_by = [Fact(_("Found by"), origin.name, "" if origin.removed else f"/ingestion/sources/{origin.id}")] if origin else []
    return [
        Fact(_("Pipeline"), job.pipeline, ListQuery(pipeline=job.pipeline).address),
        Fact(_("Source"), _(SOURCES[job.source_kind]) if job.source_kind in SOURCES else job.source_kind),
        *found_by,
        Fact(_("Submitted by"), job.submitter_name),
        Fact(_("Submitted"), "", time=clock.at(job.created_at)),
        Fact(_("Batch"), _("See the whole batch"), f"/ingestion/batches/{job.batch_id}"),
        Fact(_("Latest event"), _("See the audit event"), f"/audit/{job.audit_event_id}"),
        Fact(_("All events"), _("See its audit history"), f"/audit?target={job.id}"),
        Fact(_("Job"), str(job.id)),
    ]


def of_document(document: Document | None, job: JobSummary) -> list[Fact]:
    """Return what a job left behind, nothing when it left nothing; known content leads to the job that brought it."""
    if document is None:
        return []
    brought = f"/ingestion/jobs/{document.job_id}" if document.job_id != job.id else ""
    known = [
        Fact(_("First ingested"), _("See the job that did") if brought else "", brought),
        Fact(_("Title"), document.title or ""),
        Fact(_("Type"), media_type_name(document.media_type)),
        Fact(_("Size"), size(document.size_bytes)),
        Fact(_("Pages"), number(document.pages) if document.pages else ""),
        Fact(_("Characters"), number(document.characters)),
        Fact(_("Passages"), number(document.chunk_total)),
    ]
    return [fact for fact in known if fact.value]


def nothing_left(job: JobSummary) -> str:
    """Return why there is nothing to show of a job's outputs."""
    if job.state is State.SUCCEEDED:
        return _("Its pipeline stores no document.")
    return _("Nothing: only a job that succeeds leaves a document.") if job.state.is_terminal else _("Nothing yet.")


def document_line(document: Document) -> list[str]:
    """Return a document's measures for one line: `PDF`, `1.6 MiB`, `34 pages`, `99,076 characters`."""
    pages = [ngettext("{n} page", "{n} pages", document.pages)] if document.pages else []
    characters = ngettext("{n} character", "{n} characters", document.characters)
    return [media_type_name(document.media_type), size(document.size_bytes), *pages, characters]


SOURCES = {
    "upload": "An upload",
    "folder": "A folder",
    "url": "A web address",
    "store": "A document store",
    "remote": "A store elsewhere",
    "external": "Another system",
}
