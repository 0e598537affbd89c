"""The table of transitions, from the table itself."""

import itertools

import pytest

from tidegate.domain.lifecycle import TERMINAL, TRANSITIONS, Mover, State, is_legal


def test_the_table_is_exactly_the_designs() -> None:
    assert {(t.before.value, t.after.value) for t in TRANSITIONS} == {
        ("queued", "running"),
        ("running", "succeeded"),
        ("running", "failed"),
        ("running", "queued"),
        ("failed", "queued"),
        ("queued", "cancelled"),
        ("running", "cancelled"),
    }


def test_no_pair_stands_twice() -> None:
    pairs = [(t.before, t.after) for t in TRANSITIONS]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.CANCELLED])
def test_nothing_leaves_success_or_cancellation(state: State) -> None:
    assert not any(is_legal(state, after, mover) for after, mover in itertools.product(State, Mover))


def test_only_a_person_cancels_and_no_worker_retries() -> None:
    assert is_legal(State.RUNNING, State.CANCELLED, Mover.PERSON)
    assert not is_legal(State.RUNNING, State.CANCELLED, Mover.WORKER)
    assert not is_legal(State.RUNNING, State.CANCELLED, Mover.SYSTEM)
    assert not is_legal(State.FAILED, State.QUEUED, Mover.WORKER)
    assert not is_legal(State.RUNNING, State.SUCCEEDED, Mover.PERSON)


def test_terminal_states() -> None:
    assert {state for state in State if state.is_terminal} == TERMINAL == {State.SUCCEEDED, State.FAILED, State.CANCELLED}
