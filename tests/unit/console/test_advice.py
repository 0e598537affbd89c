from tests.unit.console.lives import attempt, event, standing, whole
from tests.unit.console.samples import CLOCK, ago, job
from tidegate.audit.vocabulary import AuditAction, AuditOutcome
from tidegate.console.shown.advice import advise
from tidegate.console.shown.recovery import overcome, recovered_by
from tidegate.domain.failures import CATALOGUE, FailureCode
from tidegate.domain.lifecycle import Origin, Outcome, State
from tidegate.operations.standing import StandingKind

CUT_SHORT = job(State.CANCELLED, step_no=3, step_total=5, step_name="extract")


def test_a_job_that_has_not_ended_says_where_it_stands() -> None:
    assert advise(whole(job(State.RUNNING)), standing(StandingKind.MOVING), [], CLOCK).standing == "A worker is on it."


def test_every_failure_says_its_remedy() -> None:
    for code in FailureCode:
        assert advise(whole(job(State.FAILED, failure_code=code)), None, [], CLOCK).todo == CATALOGUE[code].remedy


def test_an_ended_job_needs_nothing() -> None:
    for outcome in Outcome:
        assert advise(whole(job(State.SUCCEEDED, outcome=outcome)), None, [], CLOCK).todo.startswith("Nothing to do")


def test_who_cancelled_it_when_and_why_is_told() -> None:
    running = attempt(1, State.CANCELLED, Origin.SUBMITTED, 411)
    refused, cancelled = event(AuditAction.CANCEL, 390, AuditOutcome.DENIED), event(AuditAction.CANCEL, 400)
    told = advise(whole(CUT_SHORT, running), None, [event(AuditAction.DIAGNOSTIC_OPEN, 9), refused, cancelled], CLOCK)
    assert told.standing == "grace cancelled this job while it ran, in step 3 of 5, extract."
    assert told.todo.startswith("What this attempt had read is discarded.")
    assert told.when is not None
    assert (told.when.text, told.facts[0].value) == ("6 min ago", "why")


def test_a_job_cancelled_before_it_ran_loses_nothing() -> None:
    waited = attempt(1, State.CANCELLED, Origin.SUBMITTED, 411, started_at=None)
    told = advise(whole(job(State.CANCELLED), waited), None, [event(AuditAction.CANCEL, 400)], CLOCK)
    assert told.standing == "grace cancelled this job before it ran."
    assert "discarded" not in told.todo
    begun = attempt(1, State.CANCELLED, Origin.SUBMITTED, 411)
    unknown = advise(whole(job(State.CANCELLED), begun), None, [], CLOCK)
    assert (unknown.standing, unknown.facts) == ("A person cancelled this job as it began to run.", [])


def test_a_recovered_job_names_the_attempt_and_what_it_overcame() -> None:
    codes = (FailureCode.SOURCE_UNREACHABLE, FailureCode.INTERNAL, FailureCode.SOURCE_UNREACHABLE)
    tries = [
        attempt(no, State.FAILED, Origin.SUBMITTED if no == 1 else Origin.AUTOMATIC, 100 - no, failure_code=code)
        for no, code in enumerate(codes, 1)
    ]
    done = job(State.SUCCEEDED, outcome=Outcome.INGESTED, attempt_no=4, ended_at=ago(5))
    life = whole(done, *tries, attempt(4, State.SUCCEEDED, Origin.PERSON, 20))
    assert recovered_by(life) == 4
    assert advise(life, None, [], CLOCK).standing == "Recovered by attempt 4. Ingested and searchable."
    assert [(cause.message, cause.times, cause.attempt, cause.anchor) for cause in overcome(life)] == [
        ("The source did not answer.", "2 times, last in", "attempt 3", "attempt-3"),
        ("Something went wrong inside Tidegate.", "in", "attempt 2", "attempt-2"),
    ]


def test_what_never_failed_or_has_not_succeeded_did_not_recover() -> None:
    once = whole(job(State.SUCCEEDED, outcome=Outcome.INGESTED), attempt(1, State.SUCCEEDED, Origin.SUBMITTED, 20))
    first = attempt(1, State.FAILED, Origin.SUBMITTED, 40, failure_code=FailureCode.INTERNAL)
    again = whole(job(State.RUNNING, attempt_no=2), first, attempt(2, State.RUNNING, Origin.AUTOMATIC, 20))
    assert [(recovered_by(life), overcome(life)) for life in (once, again)] == [(0, []), (0, [])]
