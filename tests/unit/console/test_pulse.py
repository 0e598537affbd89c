from dataclasses import replace
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.unit.console.samples import CLOCK, ID, NOW, ago
from tidegate.console.shown import pulse as shown
from tidegate.console.shown import pulse_charts, windows
from tidegate.domain.windows import Window
from tidegate.ledger.pulse import Doing, Waiting
from tidegate.ledger.views import Worker
from tidegate.operations.pulse import Bar, Figures, PipelineFigures, Pulse, Spans, WorkerNow

QUIET: dict[str, Any] = {"succeeded": 0, "failed": 0, "cancelled": 0, "failure_share": None, "wait": None, "run": None}
BUSY: dict[str, Any] = {
    "succeeded": 1500, "failed": 500, "cancelled": 2, "failure_share": 0.25, "wait": Spans(0.5, 12.4), "run": Spans(2.0, 95.0),
}  # fmt: skip
BERLIN = replace(CLOCK, zone=ZoneInfo("Europe/Berlin"))


def pulse(window: Window = Window.DAY, *, busy: int | None = None, waiting: Waiting | None = None, **more: Any) -> Pulse:
    """Return a pulse at nine o'clock UTC with one busy bar, the rest quiet."""
    edges = window.edges(NOW, ZoneInfo("Europe/Berlin"))
    bars = [Bar(start=a, end=b, **(BUSY if n == busy else QUIET)) for n, (a, b) in enumerate(pairwise(edges))]
    total = BUSY if busy is not None else QUIET
    fields: dict[str, Any] = {
        "window": window, "since": edges[0], "now": NOW, "total": Figures(**total), "bars": bars,
        "pipelines": [PipelineFigures(pipeline="documents", waiting=waiting, **total)], "workers": [],
    }  # fmt: skip
    return Pulse(**{**fields, **more})


@pytest.mark.parametrize(
    ("window", "name", "labels"),
    [
        (Window.HOUR, "10:00 to 10:05", ["09:15", "09:30", "09:45", "10:00"]),
        (Window.DAY, "10:00 to 10:30", ["12:00", "15:00", "18:00", "21:00", "00:00", "03:00", "06:00", "09:00"]),
        (Window.WEEK, "Mon 23 Nov, 06:00 to 12:00", ["Tue 17", "Wed 18", "Thu 19", "Fri 20", "Sat 21", "Sun 22", "Mon 23"]),
        (Window.MONTH, "Mon 23 Nov", ["26 Oct", "2 Nov", "9 Nov", "16 Nov", "23 Nov"]),
    ],
)
def test_bars_are_named_in_the_readers_zone(window: Window, name: str, labels: list[str]) -> None:
    bars = pulse(window).bars
    assert windows.bar_name(bars[-1], window, BERLIN.zone) == name
    told = windows.labels(bars, window, BERLIN.zone)
    assert [label.text for label in told] == labels
    assert all(0 <= label.x < 100 for label in told)


def test_a_label_stands_where_its_bar_begins_and_every_second_one_can_be_spared() -> None:
    told = windows.labels(pulse(Window.DAY).bars, Window.DAY, BERLIN.zone)
    assert told[0].x == round(3 / 48 * 100, 3)
    assert [label.spare for label in told] == [False, True] * 4


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Asia/Kolkata"])
def test_zones_of_half_and_quarter_hours_have_labels_too(zone: str) -> None:
    assert len(windows.labels(pulse(Window.DAY).bars, Window.DAY, ZoneInfo(zone))) == 8


@pytest.mark.parametrize(("text", "window"), [("1h", Window.HOUR), ("30d", Window.MONTH), (None, Window.DAY), ("9y", Window.DAY)])
def test_an_address_that_names_no_window_is_taken_as_a_day(text: str | None, window: Window) -> None:
    assert windows.read_window(text) is window


def test_rates_suit_their_window() -> None:
    assert windows.rate(90, 3600, Window.HOUR) == "1.5 a minute"
    assert windows.rate(2400, 86400, Window.DAY) == "100 an hour"
    assert windows.rate(300_000, 30 * 86400, Window.MONTH) == "10,000 a day"
    assert windows.rate(0, 3600, Window.HOUR) == "0 a minute"
    assert windows.rate(2, 3600, Window.HOUR) == "0.033 a minute"


def test_the_charts_and_their_tables_say_the_same() -> None:
    ended, failures, waits, runs = pulse_charts.of_pulse(pulse(busy=20), BERLIN)
    assert ended.text == "1,500 succeeded, 2 cancelled, 500 failed. Most: 2,002, 20:30 to 21:00."
    assert ended.rows[20] == ["20:30 to 21:00", "1,500", "2", "500"]
    assert ended.columns[20].text == "20:30 to 21:00: 1,500 succeeded, 2 cancelled, 500 failed"
    assert [block.tone for block in ended.columns[20].blocks] == ["succeeded", "cancelled", "failed"]
    assert failures.text == "25% of the attempts that succeeded or failed. Highest: 25%, 20:30 to 21:00."
    assert (failures.rows[20], failures.rows[21]) == (["20:30 to 21:00", "25%"], ["21:00 to 21:30", "\u2013"])
    assert waits.text == "Median 500 ms, 95% within 12 s. Longest: 12 s, 20:30 to 21:00."
    assert runs.rows[20] == ["20:30 to 21:00", "2.0 s", "1 min 35 s"]
    assert [line.kind for line in runs.lines] == ["solid", "dashed"]
    for chart in (ended, failures, waits, runs):
        assert (chart.nothing, len(chart.rows), len(chart.columns)) == ("", 48, 48)
        assert all(len(row) == len(chart.head) for row in chart.rows)


def test_a_chart_without_values_says_so() -> None:
    assert [chart.nothing for chart in pulse_charts.of_pulse(pulse(Window.HOUR), BERLIN)] == [
        "No attempt ended in the last hour.",
        "No attempt succeeded or failed in the last hour.",
        "No attempt began in the last hour.",
        "No attempt that had begun ended in the last hour.",
    ]


def test_every_number_leads_to_its_list() -> None:
    found = pulse(busy=20, waiting=Waiting("documents", 3, ID, "a.pdf", ago(240)))
    gauges = {gauge.word: gauge for gauge in shown.gauges(found, "documents", CLOCK)}
    assert gauges["Failed"].value == shown.Number("25%", "/ingestion?state=failed&pipeline=documents")
    assert gauges["Failed"].more == "500 of 2,000 attempts"
    assert gauges["Waiting now"].value == shown.Number("3", "/ingestion?state=queued&pipeline=documents")
    assert (gauges["Median wait"].value.text, gauges["Median wait"].more) == ("500 ms", "95% within 12 s")
    due = gauges["Waiting now"].due
    assert due is not None
    assert (due.moment.text, due.url) == ("oldest for 4 min", f"/ingestion/jobs/{ID}")
    [row] = shown.pipelines(found, CLOCK)
    assert [end.url for end in row.ends] == [
        f"/ingestion?state={state}&pipeline=documents" for state in ("succeeded", "cancelled", "failed")
    ]
    assert (row.share, row.wait, row.run) == ("25%", "500 ms / 12 s", "2.0 s / 1 min 35 s")


def test_the_oldest_of_all_pipelines_is_told_and_a_retry_to_come_as_such() -> None:
    soon = PipelineFigures(pipeline="mail", waiting=Waiting("mail", 1, ID, "b.eml", ago(-30)), **QUIET)
    late = PipelineFigures(pipeline="scans", waiting=Waiting("scans", 2, ID, "c.tiff", ago(7200)), **QUIET)
    texts = {}
    for name, figures in {"both": [soon, late], "soon": [soon]}.items():
        due = shown.gauges(pulse(pipelines=figures), None, CLOCK)[-1].due
        assert due is not None
        texts[name] = (due.name, due.moment.text)
    assert texts == {"both": ("c.tiff", "oldest for 2 h"), "soon": ("b.eml", "next in 30 s")}


def test_nothing_counted_is_told_by_a_dash() -> None:
    ended, failed, wait, run, waiting = shown.gauges(pulse(), None, CLOCK)
    assert [gauge.value.text for gauge in (ended, failed, wait, run, waiting)] == ["0", "\u2013", "\u2013", "\u2013", "0"]
    assert (failed.more, waiting.due) == ("", None)


def test_a_worker_tells_what_it_does_and_since_when() -> None:
    worker = Worker(
        id=ID,
        host="ingest-1",
        pid=4112,
        pipelines=["documents", "mail"],
        concurrency=4,
        started_at=ago(7200),
        seen_at=NOW,
        running=1,
    )
    doing = Doing(
        worker_id=ID, job_id=ID, name="a.pdf", pipeline="documents", attempt_no=2, started_at=ago(72), step_no=3, step_total=5,
        step_name="extract", progress_done=None, progress_total=None, progress_unit=None,
    )  # fmt: skip
    busy, idle = shown.workers(pulse(workers=[WorkerNow(worker, [doing]), WorkerNow(worker, [])]), CLOCK)
    assert (busy.name, busy.pipelines, busy.busy, idle.busy) == (
        "ingest-1, process 4112",
        "documents, mail",
        "1 of 4 at once",
        "Idle",
    )
    [task] = busy.tasks
    assert (task.name, task.url, task.since.text) == ("a.pdf", f"/ingestion/jobs/{ID}", "for 1 min")
    assert task.progress.text == "Step 3 of 5, extract"
    assert busy.alive.text == "up for 2 h"
