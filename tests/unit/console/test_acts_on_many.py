"""Sets of jobs in addresses and in words, and what pages say of acts on them."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from tests.unit.console.samples import CLOCK, ID, NOW, actor, ago, job
from tidegate.console.shown import cause_lines, narrowing, previewed, sparkline, worked_off
from tidegate.console.shown.acknowledged import acknowledgement
from tidegate.console.shown.chosen import IDS_LIMIT, Chosen, read_chosen
from tidegate.console.shown.filters import ListQuery
from tidegate.domain.actor import Role
from tidegate.domain.failures import FailureCode
from tidegate.domain.lifecycle import Attention, RetryMode, State
from tidegate.domain.refusals import Invalid
from tidegate.ledger.bulk import BulkRetry, Verdict, Why
from tidegate.ledger.causes import Key
from tidegate.ledger.views import JobFilter
from tidegate.operations.bulk_retry import LeftOut, Plan, Preview
from tidegate.operations.causes import Cause, Causes, Window, jobs_of

KEY = Key(failure_code=FailureCode.DOCUMENT_CORRUPT, pipeline="documents", step="", source_kind="upload")


def bulk(**more: object) -> BulkRetry:
    fields = {
        "id": ID, "requested_by": ID, "requester_name": "grace", "narrowed": JobFilter(), "mode": None, "reason": "why",
        "as_of": NOW, "created_at": ago(60), "finished_at": None, "total": 10, "retried": 4, "left_out": 2, "skipped": 1,
        "refused": 0, "audit_event_id": ID,
    }  # fmt: skip
    return BulkRetry(**{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given", [{"failure": "typo"}, {"state": "broken"}, {"source": "moon"}, {"failed": "1y"}, {"batch": "1; DROP"}, {"q": "ab"}]
)
def test_an_unknown_filter_is_refused_as_leaving_it_out_would_widen_the_set(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        read_chosen(given, [])


def test_ids_that_are_none_leave_nothing_and_too_many_are_refused() -> None:
    assert read_chosen({}, ["nonsense"]).ids == ()
    assert read_chosen({}, []).ids is None
    assert read_chosen({}, [str(ID), str(ID)]).ids == (ID,)
    with pytest.raises(Invalid):
        read_chosen({}, [str(ID)] * (IDS_LIMIT + 1))


def test_a_set_is_written_as_it_is_read() -> None:
    chosen = Chosen(ListQuery(attention=Attention.UNRESOLVED, step="", failed=Window.DAY), (ID, UUID(int=1)))
    given = parse_qs(urlsplit(chosen.under("/ingestion/retries/new", back="/x?y=z")).query)
    assert given["back"] == ["/x?y=z"]
    assert read_chosen({name: values[0] for name, values in given.items()}, given["id"]) == chosen


def test_beside_an_attention_a_state_says_nothing_and_the_page_is_no_part_of_the_set() -> None:
    chosen = read_chosen({"attention": "unresolved", "state": "failed", "before": str(ID)}, [])
    assert (chosen.query.attention, chosen.query.before) == (Attention.UNRESOLVED, None)


def test_a_set_stays_the_same_though_an_hour_turns() -> None:
    chosen = Chosen(ListQuery(failed=Window.DAY))
    assert chosen.narrowed_at(NOW) == chosen.narrowed_at(NOW + timedelta(minutes=59))
    assert chosen.narrowed_at(NOW) != chosen.narrowed_at(NOW + timedelta(hours=1))


def test_a_filter_in_words_names_every_part() -> None:
    whole = JobFilter(
        state=State.FAILED, pipeline="documents", source="upload", batch_id=ID, submitter="grace", step="extract", text="inv",
        failure_code=FailureCode.DOCUMENT_CORRUPT, since=ago(60), until=NOW, failed_since=ago(30), failed_until=NOW, ids=(ID,),
    )  # fmt: skip
    assert len(narrowing.words(whole, CLOCK)) == 13
    assert narrowing.words(JobFilter(), CLOCK) == ["all failed jobs"]
    assert narrowing.words(JobFilter(step="", attention=Attention.UNRESOLVED), CLOCK) == [
        "unresolved",
        "failed before the first step",
    ]


def test_the_list_under_a_filter_is_named_for_what_its_address_can_tell() -> None:
    exact = narrowing.listed(JobFilter(step="", source="upload"))
    timed = narrowing.listed(JobFilter(failed_since=NOW))
    assert exact is not None
    assert timed is not None
    assert (exact.url, exact.text) == ("/ingestion?source=upload&step=-", "Jobs under this filter now")
    assert timed.text == "Jobs under this filter now, of any time"
    assert narrowing.listed(JobFilter(ids=(ID,))) is None


@pytest.mark.parametrize("window", Window)
def test_the_list_of_a_cause_is_that_which_the_operation_counts(window: Window) -> None:
    for attention in (Attention.UNRESOLVED, Attention.ACKNOWLEDGED):
        query = cause_lines.query_of(KEY, window, attention)
        assert query.narrowed_at(NOW) == jobs_of(KEY, window.since(NOW), attention)


def causes(code: FailureCode = FailureCode.DOCUMENT_CORRUPT, unresolved: int = 3) -> Causes:
    key = Key(failure_code=code, pipeline="documents", step="extract", source_kind="upload")
    one = Cause(key=key, unresolved=unresolved, acknowledged=0, happened=9, last_hour=NOW, series=[0] * 23 + [9])
    return Causes(window=Window.DAY, since=NOW, series_since=ago(23 * 3600), slot_seconds=3600, causes=[one])


@pytest.mark.parametrize(
    ("role", "code", "unresolved", "retry", "acknowledge"),
    [
        (Role.POWER_USER, FailureCode.DOCUMENT_CORRUPT, 3, "", ""),
        (Role.VIEWER, FailureCode.DOCUMENT_CORRUPT, 3, "This needs the role", "This needs the role"),
        (Role.POWER_USER, FailureCode.MALWARE_DETECTED, 3, "It is not read again.", ""),
        (Role.POWER_USER, FailureCode.DOCUMENT_CORRUPT, 10_001, "", "At most 10,000 at once"),
        (Role.POWER_USER, FailureCode.DOCUMENT_CORRUPT, 100_001, "At most 100,000 at once", "At most 10,000 at once"),
    ],
)
def test_what_is_not_offered_says_why(role: Role, code: FailureCode, unresolved: int, retry: str, acknowledge: str) -> None:
    [line] = cause_lines.lines(causes(code, unresolved), actor(role), CLOCK, "/ingestion/causes")
    for offer, why in ((line.retry, retry), (line.acknowledge, acknowledge)):
        assert offer.may.yes is not bool(why)
        assert offer.may.why_not.startswith(why)


def test_bars_are_as_high_as_their_share_and_one_is_still_seen() -> None:
    drawn = sparkline.sparkline([0, 1, 1000], ["a", "b", "c"])
    assert [(bar.x, bar.height, bar.label) for bar in drawn.bars] == [(4, sparkline.LEAST, "b: 1"), (8, 24, "c: 1,000")]
    assert sparkline.sparkline([0, 0], ["a", "b"]).bars == []
    assert sparkline.slot_labels(NOW, timedelta(days=1), 2, CLOCK) == ["23 Nov", "24 Nov"]
    assert sparkline.slot_labels(NOW, timedelta(hours=6), 2, CLOCK) == ["23 Nov, 09:00", "23 Nov, 15:00"]


def test_a_preview_tells_each_plan_and_each_reason() -> None:
    plans = [Plan(mode=RetryMode.RESUME, step="extract", n=300), Plan(mode=RetryMode.RESTART, step="", n=12)]
    left = [LeftOut(why=why, failure_code=FailureCode.MALWARE_DETECTED, n=1) for why in (Why.NOT_RETRYABLE, Why.ACKNOWLEDGED)]
    names = [job(State.FAILED, name="a.pdf")]
    seen = previewed.previewed(Preview(as_of=NOW, will_retry=312, plans=plans, left_out=left, sample=names))
    assert (seen.title, seen.act, seen.left_out, seen.rest) == (
        "Retry 312 jobs?", "Retry 312 jobs", "2 jobs are left out", "and 311 more",
    )  # fmt: skip
    assert [(part.n, part.text) for part in seen.plans] == [("300", "resume at extract"), ("12", "from the start")]
    nothing = previewed.previewed(Preview(as_of=NOW, will_retry=0, plans=[], left_out=left, sample=[]))
    assert (nothing.title, nothing.nothing) == ("Nothing to retry", "Every one of these jobs is left out.")


def test_every_verdict_reason_and_mode_has_its_words() -> None:
    assert set(worked_off.VERDICTS) == set(Verdict)
    assert set(previewed.WHY) == set(Why)
    assert set(previewed.BEGINNINGS) == {None, *RetryMode}
    assert set(narrowing.ATTENTION) == set(Attention)
    assert set(worked_off.OUTCOMES) == {*Attention, State.CANCELLED}


def test_a_retry_of_many_is_told_while_it_runs_and_when_it_is_over() -> None:
    running = worked_off.worked_off(bulk(), CLOCK)
    assert (running.mark.word, running.progress, running.came_to) == (
        "At work", "5 of 8 worked off", "4 retried, 3 waiting, 2 left out, 1 skipped",
    )  # fmt: skip
    done = worked_off.worked_off(bulk(finished_at=ago(57), retried=7), CLOCK)
    assert (done.mark.word, done.progress, done.running) == ("Done", "Worked off in 3.0 s", False)
    assert worked_off.worked_off(bulk(finished_at=NOW, refused=3), CLOCK).mark.word == "Broken off"


def test_tabs_show_what_there_is_and_where_one_stands() -> None:
    shown = worked_off.tabs(bulk(), Verdict.REFUSED)
    assert [(tab.word, tab.n, tab.current) for tab in shown] == [
        ("All", 10, False), ("Retried", 4, False), ("Waiting", 3, False), ("Left out", 2, False), ("Skipped", 1, False),
        ("Refused", 0, True),
    ]  # fmt: skip


def test_outcomes_fill_the_bar() -> None:
    shown = worked_off.outcomes({"recovered": 3, "unresolved": 1})
    assert [(one.mark.word, one.n, one.start, one.width) for one in shown] == [
        ("succeeded", "3", 0.0, 75.0), ("failed again", "1", 75.0, 25.0),
    ]  # fmt: skip
    assert worked_off.outcomes(None) == worked_off.outcomes({}) == []


def test_an_acknowledgement_is_told_with_who_when_and_why() -> None:
    known = job(State.FAILED, acknowledged_at=ago(60), acknowledged_by="ada", acknowledged_reason="known")
    told = acknowledgement(known, actor(Role.VIEWER), CLOCK)
    assert told is not None
    assert (told.by, told.reason, told.time.text, told.take_back.yes) == ("ada", "known", "1 min ago", False)
    assert acknowledgement(job(State.FAILED), actor(Role.ADMIN), CLOCK) is None
