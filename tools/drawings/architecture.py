"""The parts and what goes between them: laid out by hand; the steps are those of the pipeline."""

from tidegate.pipeline.documents import documents
from tools.drawings.canvas import Canvas

WIDTH, HEIGHT = 500, 800
LEFT, MIDDLE, RIGHT = 32, 176, 320
"""Where three boxes beside each other begin."""
TABLES = {"ledger": ("job", "attempt", "step", "job_event"), "audit": ("audit_event",), "engine": ("queue",)}
"""What is drawn within the database, by the package that keeps it."""


def architecture() -> str:
    """Return the drawing."""
    canvas = Canvas(WIDTH, HEIGHT, "The parts of Tidegate", told())
    _faces_and_door(canvas)
    _database(canvas)
    _worker(canvas)
    return canvas.svg()


def told() -> str:
    """Return the drawing in words."""
    return (
        "Command line, console and API all go through operations, the one door, which authorises, decides, writes and records. "
        f"In one transaction it writes the ledger ({', '.join(TABLES['ledger'])}), audit_event and the queue's tickets, all in "
        "one PostgreSQL. Tickets are delivered at least once to a worker, which holds a lease and a fence and writes the ledger "
        f"by compare-and-set. It runs the steps {steps()}; untrusted bytes are read by a caged child, and the steps use the "
        "document store. NOTIFY tells console and API that the ledger changed."
    )


def steps() -> str:
    """Return the names of the built-in pipeline's steps."""
    return ", ".join(step.name for step in documents.steps)


def _faces_and_door(canvas: Canvas) -> None:
    canvas.group((16, 16, 448, 92), "Three faces, each thin")
    for x, name in ((LEFT, "Command line"), (MIDDLE, "Console"), (RIGHT, "API")):
        canvas.box((x, 46, 128, 46), name)
        canvas.arrow(f"M{x + 64} 92V144")
    canvas.box((LEFT, 146, 416, 64), "operations: the one door", "authorise, decide, write, record", colour="accent")


def _database(canvas: Canvas) -> None:
    canvas.group((16, 258, 448, 140), "One PostgreSQL", name_at=106)
    job, attempt, step, event = TABLES["ledger"]
    canvas.box((LEFT, 292, 128, 88), "ledger", f"{job}, {attempt},", f"{step}, {event}")
    canvas.box((MIDDLE, 292, 128, 88), TABLES["audit"][0], "append-only")
    canvas.box((RIGHT, 292, 128, 88), TABLES["engine"][0], "tickets: job J,", "attempt N")
    for x in (LEFT, MIDDLE, RIGHT):
        canvas.arrow(f"M{x + 64} 210V290", colour="accent")
    canvas.words(249, 240, "one transaction", colour="accent")
    canvas.arrow("M464 336H474Q482 336 482 328V77Q482 69 474 69H466")
    canvas.words(473, 240, "NOTIFY", anchor="end")


def _worker(canvas: Canvas) -> None:
    canvas.arrow("M96 478V382")
    canvas.words(105, 428, "compare-and-set")
    canvas.arrow("M384 380V476")
    canvas.words(375, 428, "at least once", anchor="end")
    canvas.group((16, 444, 448, 274), "Worker process", name_at=180)
    canvas.box((LEFT, 478, 416, 60), "worker", "lease, fence")
    canvas.arrow("M240 538V558")
    canvas.box((LEFT, 560, 416, 60), "steps", steps())
    canvas.arrow("M128 620V640")
    canvas.box((LEFT, 642, 192, 60), "caged child", "reads untrusted bytes")
    canvas.arrow("M352 620V738")
    canvas.box((256, 740, 192, 46), "document store")
