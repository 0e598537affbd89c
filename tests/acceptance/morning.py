"""A morning at a port: what was submitted and what became of it, in seconds before now."""

from dataclasses import dataclass, field

from tidegate.domain.failures import CATALOGUE, FailureCode, Value


@dataclass(frozen=True)
class Try:
    """One attempt: when it was queued, in seconds before now, how long it waited and ran, and how it ended at which step.

    `by` is who asked for it where a person did.
    """

    queued: float
    waited: float
    ran: float | None
    code: FailureCode | None = None
    step: int = 5
    origin: str = "submitted"
    reason: str | None = None
    params: dict[str, Value] = field(default_factory=dict)
    by: str = "grace"


@dataclass(frozen=True)
class Tale:
    """One job: a name, what became of it, and its passages; where it was cancelled, by whom and why."""

    name: str
    state: str
    tries: tuple[Try, ...]
    kind: str = "folder"
    pages: int | None = None
    by: str = "grace"
    progress: tuple[int, int, str] | None = None
    run_after: float | None = None
    duplicate: bool = False
    stopped_by: str = "ada"
    why: str = "Superseded by the signed version."
    text: tuple[str, ...] = ()


def ok(name: str, ago: float, *, ran: float = 2.4, pages: int | None = None, **more: object) -> Tale:
    return Tale(name, "succeeded", (Try(ago, 0.6, ran),), pages=pages, **more)  # type: ignore[arg-type]


def bad(
    name: str,
    ago: float,
    code: FailureCode,
    *,
    step: int = 3,
    ran: float = 1.8,
    params: dict[str, Value] | None = None,
    **more: object,
) -> Tale:
    """A job that failed for good, after the automatic retries that its code allows."""
    tries = [Try(ago, 0.6, ran, code, step, params=params or {})]
    for n in range(CATALOGUE[code].automatic):
        tries.append(
            Try(
                tries[-1].queued - ran - CATALOGUE[code].delay_seconds * 2**n,
                0.2,
                ran,
                code,
                step,
                "automatic",
                params=params or {},
            )
        )
    return Tale(name, "failed", tuple(tries), **more)  # type: ignore[arg-type]


MIB = 1024 * 1024
F = FailureCode

MORNING = [
    Tale("minutes-supervisory-board-2026-11.pdf", "queued", (Try(8, 0, None),), "upload", by="ada"),
    Tale(
        "framework-agreement-final-FINAL-v7 (signed, with all annexes and the correspondence of the parties).docx",
        "queued",
        (Try(9, 0, None),),
        "upload",
        by="ada",
    ),
    Tale("tender-2026-114.zip", "queued", (Try(31, 0, None),), "upload", by="ada"),
    Tale(
        "harbour-dues-2026.html",
        "queued",
        (
            Try(75, 1, 2.2, F.SOURCE_UNREACHABLE, 1),
            Try(60, 1, 2.2, F.SOURCE_UNREACHABLE, 1, "automatic"),
            Try(30, 0, None, origin="automatic"),
        ),
        "url",
        run_after=-34,
    ),
    Tale("tidal-prediction-tables.pdf", "running", (Try(54, 1, None, step=3),), pages=120, progress=(41, 120, "pages")),
    Tale(
        "dredging-survey-scan.tiff",
        "running",
        (Try(190, 2, 60, F.OCR_FAILED, 3), Try(122, 1, None, step=3, origin="automatic")),
        progress=(3, 18, "pages"),
    ),
    Tale("port-authority-circular-88.pdf", "running", (Try(6, 1, None, step=1),), "url", progress=(3 * MIB, 11 * MIB, "bytes")),
    ok("lock-maintenance-log-2026-10.xlsx", 96, pages=None),
    ok("pilotage-rules.pdf", 240, pages=34, ran=4.1),
    Tale(
        "insurance-certificate-ms-aurora.pdf",
        "succeeded",
        (
            Try(900, 0.4, 1.1, F.STORAGE_UNAVAILABLE, 1),
            Try(880, 0.4, 3.2, origin="person", reason="The store had run full; there is space again."),
        ),
        pages=6,
    ),
    bad("annual-report-2025-protected.pdf", 66, F.DOCUMENT_ENCRYPTED, step=3, ran=0.4, by="ada", kind="upload"),
    bad("crane-inspection-photos.zip", 128, F.FILE_EXPANDS_TOO_MUCH, step=2, ran=0.8, params={"limit": 1024 * MIB}),
    bad("invoice-4471.pdf", 100, F.DOCUMENT_CORRUPT, step=3, ran=0.3),
    ok("invoice-4472.pdf", 101, pages=2),
    ok("invoice-4473.pdf", 102, pages=2),
    ok("invoice-4473 (copy).pdf", 103, ran=0.3, duplicate=True),
    Tale("charter-party-draft.docx", "cancelled", (Try(340, 1, 14, step=3),), "upload", by="ada"),
    bad("customs-feed-2026-11-23.xml", 5200, F.SOURCE_UNREACHABLE, step=1, ran=3.1, kind="url"),
    bad("old-ledger.dbf", 5400, F.UNSUPPORTED_TYPE, step=2, ran=0.1, params={"found": "application/octet-stream"}),
    bad("quay-wall-model.pdf", 5600, F.PARSE_TIMEOUT, step=3, ran=120, params={"limit": 120}),
    bad(
        "vessel-register.docx",
        6100,
        F.TYPE_MISMATCH,
        step=2,
        ran=0.1,
        params={"named": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "found": "text/html"},
    ),
    bad("intranet-handbook.html", 6200, F.SOURCE_BLOCKED_ADDRESS, step=1, ran=0.1, kind="url"),
    *(ok(f"weather-bulletin-2026-11-{day:02}.eml", 7000 + day * 40) for day in range(1, 23)),
    *(ok(f"berth-plan-week-{week}.pptx", 9000 + week * 30, pages=8 + week % 5, ran=1.9) for week in range(20, 46)),
    bad("empty-template.docx", 11800, F.DOCUMENT_EMPTY, step=3, ran=0.2),
]
