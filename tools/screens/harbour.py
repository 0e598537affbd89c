"""The day of a harbour office: its people, what they submitted, what became of it, and what else they did.

Times are seconds before now, names bear the present dates, so the pictures never look old.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.acceptance.morning import MIB, F, Tale, Try, bad, ok
from tidegate.audit.record import Facts
from tools.make_demo_documents import COMPLAINT, DREDGING, NOTICE, RULES, STORM

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class Person:
    """Somebody with an account since so many days; `reads` tells whether they may read content."""

    name: str
    role: str
    days: float
    reads: bool = True
    closed: bool = False


PEOPLE = {
    "astrid.holm": Person("Astrid Holm", "admin", 210),
    "mei.tanaka": Person("Mei Tanaka", "power_user", 180),
    "pavel.novak": Person("Pavel Novák", "power_user", 175),
    "tomas.reyes": Person("Tomás Reyes", "power_user", 60),
    "vera.okafor": Person("Vera Okafor", "viewer", 58),
    "jonas.weber": Person("Jonas Weber, auditor", "viewer", 21, reads=False),
    "lena.fischer": Person("Lena Fischer", "viewer", 150, closed=True),
}


@dataclass(frozen=True)
class Act:
    """What somebody did, or was refused, apart from jobs' own acts; `on` is a person's login or a document's name."""

    ago: float
    by: str
    action: str
    on: str = ""
    kind: str = "person"
    reason: str | None = None
    refused: str = ""
    before: Facts | None = None
    after: Facts | None = field(default_factory=dict)


ACTS = (
    Act(20 * MINUTE, "vera.okafor", "ingestion.retry", "Chart 2207 corrections.pdf", "job", "May I try it again?", "forbidden"),
    Act(47 * MINUTE, "vera.okafor", "session.sign_in", "vera.okafor"),
    Act(52 * MINUTE, "astrid.holm", "diagnostic.open", "Quay wall model.pdf", "job", "Is it the new parser?"),
    Act(55 * MINUTE, "astrid.holm", "session.sign_in", "astrid.holm"),
    Act(70 * MINUTE, "pavel.novak", "session.sign_in", "pavel.novak"),
    Act(71 * MINUTE, "pavel.novak", "session.sign_in", "pavel.novak", refused="wrong_credentials"),
    Act(75 * MINUTE, "mei.tanaka", "session.sign_in", "mei.tanaka"),
    Act(17 * HOUR, "astrid.holm", "audit.export", "", "audit_log", after={"form": "proof"}),
    Act(18 * HOUR, "tomas.reyes", "token.create", "", "token", after={"name": "night crawler", "days": 90}),
    Act(19 * HOUR, "jonas.weber", "person.role_change", "vera.okafor", refused="forbidden"),
    Act(
        20 * HOUR, "astrid.holm", "person.role_change", "tomas.reyes", reason="Looks after the night crawl from now on.",
        before={"role": "viewer"}, after={"role": "power_user"},
    ),
    Act(2 * DAY, "astrid.holm", "person.disable", "lena.fischer", after={"disabled": True}),
)  # fmt: skip


def tales(now: datetime) -> list[Tale]:
    """Return what became of every document, the newest first as far as they are told one by one."""

    def day(ago: int, form: str = "%Y-%m-%d") -> str:
        return (now - timedelta(days=ago)).strftime(form)

    return [*_present(day(0), now.year), *_failures(day(0), day(1)), *_recoveries(now), *_night(now)]


def _present(today: str, year: int) -> Iterator[Tale]:
    long = "Framework agreement with Nordwerft, signed, with all annexes and the correspondence of the parties (v7 FINAL).docx"
    yield Tale(f"Board minutes {today}.docx", "queued", (Try(8, 0, None),), "upload", by="mei.tanaka")
    yield Tale(long, "queued", (Try(9, 0, None),), "upload", by="mei.tanaka")
    yield Tale(f"Tender {year}-114 attachments.zip", "queued", (Try(31, 0, None),), "upload", by="mei.tanaka")
    waiting = (
        Try(155, 1, 1.2, F.RATE_LIMITED, 1), Try(123, 1, 1.1, F.RATE_LIMITED, 1, "automatic"),
        Try(62, 0, None, origin="automatic"),
    )  # fmt: skip
    yield Tale(f"harbour-dues-{year}.html", "queued", waiting, "url", by="tomas.reyes", run_after=-14 * MINUTE)
    yield Tale("Port authority circular 88.pdf", "running", (Try(6, 1, None, step=1),), "url", by="tomas.reyes",
               progress=(3 * MIB, 11 * MIB, "bytes"))  # fmt: skip
    yield Tale(f"Tidal prediction tables {year + 1}.pdf", "running", (Try(54, 1, None, step=3),), by="pavel.novak", pages=120,
               progress=(41, 120, "pages"))  # fmt: skip
    second = (Try(190, 2, 60, F.OCR_FAILED, 3), Try(122, 1, None, step=3, origin="automatic"))
    yield Tale("Dredging survey north basin (scan).tiff", "running", second, by="pavel.novak", progress=(3, 18, "pages"))
    yield Tale("Charter party draft MS Aurora.docx", "cancelled", (Try(340, 1, 14, step=3),), "upload", by="mei.tanaka",
               stopped_by="mei.tanaka")  # fmt: skip
    yield Tale("Old price list.xlsx", "cancelled", (Try(5 * HOUR, 1, 3, step=2),), by="tomas.reyes", stopped_by="pavel.novak",
               why="The whole folder was submitted by mistake.")  # fmt: skip


def _failures(today: str, yesterday: str) -> Iterator[Tale]:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    yield bad("Annual accounts, audited.pdf", 66, F.DOCUMENT_ENCRYPTED, ran=0.4, by="mei.tanaka", kind="upload")
    yield bad("Invoice 4471 Nordic Crane.pdf", 100, F.DOCUMENT_CORRUPT, ran=0.3, by="pavel.novak")
    yield bad("Crane inspection photos.zip", 128, F.FILE_EXPANDS_TOO_MUCH, step=2, ran=0.8, params={"limit": 1024 * MIB},
              by="pavel.novak")  # fmt: skip
    again = (
        Try(1900, 0.6, 0.4, F.DOCUMENT_CORRUPT, 3),
        Try(1500, 0.4, 0.5, F.DOCUMENT_CORRUPT, 3, "person", "New export from the hydrographic office.", by="pavel.novak"),
    )
    yield Tale("Chart 2207 corrections.pdf", "failed", again, by="tomas.reyes")
    yield bad(f"Customs feed {today}.xml", 2400, F.SCHEMA_MISMATCH, ran=0.2, kind="url", by="tomas.reyes")
    yield bad("Quay wall model.pdf", 5000, F.PARSE_TIMEOUT, ran=120, params={"limit": 120}, by="pavel.novak")
    yield bad(
        "Channel 12 recording.wav", 5300, F.UNSUPPORTED_TYPE, step=2, ran=0.1, params={"found": "audio/wav"}, by="tomas.reyes"
    )
    yield bad("Vessel register.docx", 6100, F.TYPE_MISMATCH, step=2, ran=0.1, params={"named": word, "found": "text/html"},
              by="tomas.reyes")  # fmt: skip
    yield bad("Intranet handbook.html", 6200, F.SOURCE_BLOCKED_ADDRESS, step=1, ran=0.1, kind="url", by="tomas.reyes")
    for number, name in enumerate(("Pilot roster", "Bunker prices", "Tug availability")):
        yield bad(
            f"{name} {yesterday}.html", 7300 + 20 * number, F.SOURCE_AUTH_EXPIRED, step=1, ran=0.3, kind="url", by="tomas.reyes"
        )
    yield bad(f"Customs feed {yesterday}.xml", 9 * HOUR, F.SOURCE_UNREACHABLE, step=1, ran=3.1, kind="url", by="tomas.reyes")
    yield bad("Drone flight harbour mouth.zip", 9.2 * HOUR, F.FILE_TOO_LARGE, step=1, ran=8, params={"limit": 256 * MIB},
              by="pavel.novak", kind="upload")  # fmt: skip
    yield bad("Empty template.docx", 10 * HOUR, F.DOCUMENT_EMPTY, ran=0.2, by="mei.tanaka")
    yield bad("Gate 3 blueprint.pdf", 10.4 * HOUR, F.INTERNAL, ran=2.0, by="pavel.novak")
    yield bad("Moved to archive.pdf", 11 * HOUR, F.SOURCE_NOT_FOUND, step=1, ran=0.1, by="pavel.novak")
    yield bad("Parcel notice.docm", 11.5 * HOUR, F.MALWARE_DETECTED, step=2, ran=0.9, kind="upload", by="mei.tanaka")
    yield bad("Logbook 1971 (faded carbon copy).tiff", 12 * HOUR, F.OCR_FAILED, ran=21, by="pavel.novak")


def _recoveries(now: datetime) -> Iterator[Tale]:
    by_hand = (
        Try(900, 0.4, 1.1, F.STORAGE_UNAVAILABLE, 1),
        Try(880, 0.4, 3.2, origin="person", by="pavel.novak", reason="The store had run full; there is space again."),
    )
    yield Tale("Insurance certificate MS Aurora.pdf", "succeeded", by_hand, by="mei.tanaka", kind="upload", pages=6)
    by_itself = (
        Try(1300, 0.4, 2.1, F.SOURCE_UNREACHABLE, 1), Try(1288, 0.2, 2.2, F.SOURCE_UNREACHABLE, 1, "automatic"),
        Try(1265, 0.3, 4.0, origin="automatic"),
    )  # fmt: skip
    yield Tale(
        f"Notice to mariners {now:%V}-{now:%y}.html",
        "succeeded",
        by_itself,
        by="tomas.reyes",
        kind="url",
        pages=2,
        text=(NOTICE,),
    )
    lost = (Try(4000, 0.4, 30, F.WORKER_LOST), Try(3969, 0.1, 44, origin="worker_lost"))
    yield Tale("Environmental impact study, Brekke landfill.pdf", "succeeded", lost, by="mei.tanaka", pages=212, text=DREDGING)
    yield ok(f"Lock maintenance log {now:%Y-%m}.xlsx", 96, by="pavel.novak")
    yield ok("Invoice 4472 Baltic Bunkering.pdf", 101, pages=2, by="pavel.novak")
    yield ok("Invoice 4473 Kestrel Towage.pdf", 102, pages=2, by="pavel.novak")
    yield ok("Invoice 4473 Kestrel Towage (copy).pdf", 103, ran=0.3, duplicate=True, by="pavel.novak")
    yield ok("Pilotage rules.pdf", 240, pages=3, ran=4.1, by="mei.tanaka", kind="upload", text=RULES)
    yield ok("Noise complaint, Strandgata.eml", 1910, by="mei.tanaka", kind="upload", text=(COMPLAINT.partition("\n\n")[2],))
    yield ok("Storm surge plan.odt", 2100, pages=5, by="mei.tanaka", kind="upload", text=STORM)
    yield ok("Berth schedule.xlsx", 2150, by="mei.tanaka", kind="upload")


def _night(now: datetime) -> Iterator[Tale]:
    """What the crawler brings each night: all is well with it."""
    for ago in range(1, 23):
        day = f"{now - timedelta(days=ago):%Y-%m-%d}"
        text = (
            f"Weather bulletin of {day}: wind south-west {3 + ago % 5}, visibility good, sea temperature {6 + ago % 4} degrees.",
        )
        yield ok(
            f"Weather bulletin {day}.eml", 7 * HOUR + ago * 40, ran=1.2 + ago % 5 / 3, by="tomas.reyes", kind="url", text=text
        )
    for week in range(20, 46):
        text = (f"Berth plan, week {week}: Solveig Star at North 1, Kestrel Bay at North 2, Hallvik Express at the ferry slip.",)
        yield ok(f"Berth plan week {week}.pptx", 8 * HOUR + week * 30, pages=1, ran=1.9 + week % 3, by="tomas.reyes", text=text)
