"""How far a job has come, in words and as a share."""

from dataclasses import dataclass

from tidegate.console.language import gettext as _
from tidegate.console.language import ngettext, number
from tidegate.console.shown.sentences import size
from tidegate.ledger.pulse import Doing
from tidegate.ledger.views import JobSummary, Step


@dataclass(frozen=True)
class Progress:
    """A running job's progress; `done` of `total` fill the bar, `total` is 0 where the end is not known."""

    text: str
    done: int
    total: int


def of_job(job: JobSummary | Doing) -> Progress:
    """Return where a running job is: `Step 3 of 5, extract · 41 of 120 pages`; the bar covers the whole job."""
    if not job.step_no or not job.step_total:
        return Progress(_("Starting"), 0, 0)
    place = _("Step {no} of {total}, {name}").format(no=job.step_no, total=job.step_total, name=job.step_name or "")
    amount = measure(job.progress_done, job.progress_total, job.progress_unit)
    share = (job.progress_done or 0) / job.progress_total if job.progress_total else 0.0
    return Progress(
        f"{place} · {amount}" if amount else place, round((job.step_no - 1 + min(share, 1.0)) * 100), job.step_total * 100
    )


def of_step(step: Step) -> str:
    """Return what a step counted, '' when nothing."""
    return measure(step.progress_done, step.progress_total, step.progress_unit)


def measure(done: int | None, total: int | None, unit: str | None) -> str:
    """Return an amount of a unit: `41 of 120 pages`, `1.5 MiB of 3 MiB`, `7 passages`, '' for none."""
    if done is None or unit is None:
        return ""
    if unit == "bytes":
        return _("{done} of {total}").format(done=size(done), total=size(total)) if total and total != done else size(done)
    if total and total != done:
        return _("{done} of {total}").format(done=number(done), total=_counted(unit, total))
    return _counted(unit, done)


def _counted(unit: str, n: int) -> str:
    return ngettext(*UNITS[unit if unit in UNITS else "items"], n)


UNITS = {
    "pages": ("{n} page", "{n} pages"),
    "chunks": ("{n} passage", "{n} passages"),
    "items": ("{n} item", "{n} items"),
}
