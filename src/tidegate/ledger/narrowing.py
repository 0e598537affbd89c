"""A job filter as the statements take it: the parameters of `narrowed.sql`."""

from tidegate.ledger.views import JobFilter


def parameters(narrowed: JobFilter) -> dict[str, object]:
    """Return every parameter of `narrowed.sql`; None leaves its line out."""
    return {
        "state": narrowed.state,
        "attention": narrowed.attention,
        "pipeline": narrowed.pipeline,
        "source": narrowed.source,
        "batch_id": narrowed.batch_id,
        "submitter": narrowed.submitter,
        "failure_code": narrowed.failure_code,
        "step": narrowed.step,
        "pattern": like_pattern(narrowed.text),
        "since": narrowed.since,
        "until": narrowed.until,
        "failed_since": narrowed.failed_since,
        "failed_until": narrowed.failed_until,
        "ids": None if narrowed.ids is None else list(narrowed.ids),
    }


def like_pattern(text: str | None) -> str | None:
    """Return an ILIKE pattern for 'contains', with the wildcards of the text itself taken literally."""
    if not text:
        return None
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"
