"""The list of guards that `python -m faults.guards` takes away: it fits the code, and no guard of the ledger is missing."""

import re

import pytest

from faults.guards.access import DOOR, PEOPLE, POLICY
from faults.guards.database import FOLDER
from faults.guards.entries import GUARDS
from faults.guards.guard import TOP, Guard, statements
from faults.guards.ledger import ACKNOWLEDGING, ATTEMPTS, BULK, REPAIR, WRITES

CONDITION = re.compile(
    r"\b(?:attempt_no|state|worker_id|version|lease_until|stopped_at|finished_at|verdict)\b\s*(?:=|<|>|IN\b|IS\b)"
)
CREDENTIAL = re.compile(r"\b(?:revoked_at|expires_at|used_at|disabled_at)\b\s*(?:IS NULL|>)")
LOCK = re.compile(r"\bFOR (?:UPDATE|SHARE)\b")
NO_CONDITION = {
    ("begin_attempt", "worker_id ="): "what the attempt is set to",
    ("token_person", "used_at IS NULL"): "spares a write",
    ("insert_retry", "attempt_no ="): "which attempt's trace is gone on with",
}
READS = {
    "list_members": "a number on a page", "list_people": "a name on a page",
    "notify": "no condition", "list_items": "a filter", "sum_outcomes": "a count", "count_frozen": "a count",
    "sum_failed": "a preview",
}  # fmt: skip
"""Statements that only tell something."""


def test_each_entry_takes_exactly_one_text_away() -> None:
    for guard in GUARDS:
        whole = (TOP / guard.file).read_text(encoding="utf-8")
        assert guard.removed(whole) != whole, guard.name


@pytest.mark.parametrize(("text", "at"), [("no such words", ""), ("UPDATE", ""), ("FOR UPDATE", "no_such_statement")])
def test_a_text_that_is_not_there_once_is_refused(text: str, at: str) -> None:
    with pytest.raises(ValueError, match=r"there \d+ times|no statement"):
        Guard(ATTEMPTS, at, text, "", ()).removed((TOP / ATTEMPTS).read_text(encoding="utf-8"))


def test_its_tests_are_there() -> None:
    assert [test for guard in GUARDS for test in guard.tests if not (TOP / test.partition("::")[0]).exists()] == []


def test_no_entry_stands_twice() -> None:
    assert len({(guard.file, guard.at, guard.text, guard.instead) for guard in GUARDS}) == len(GUARDS)


@pytest.mark.parametrize("file", [ATTEMPTS, WRITES, REPAIR, ACKNOWLEDGING, BULK, PEOPLE])
def test_every_statement_with_a_condition_has_an_entry_for_each(file: str) -> None:
    pattern = CREDENTIAL if file == PEOPLE else CONDITION
    missing = []
    for name, text in statements(file).items():
        listed = [guard.text for guard in GUARDS if (guard.file, guard.at) == (file, name)]
        condition = text.partition("WHERE")[2] if file != PEOPLE else text
        found = [*(match[0] for match in pattern.finditer(condition)), *(match[0] for match in LOCK.finditer(text))]
        missing += [
            (name, one)
            for one in found
            if name not in READS and (name, one) not in NO_CONDITION and not any(one in guard for guard in listed)
        ]
    assert missing == []


def test_every_check_of_the_database_has_an_entry() -> None:
    listed = {guard.text for guard in GUARDS}
    checks = [
        match[0]
        for path in sorted((TOP / FOLDER).glob("*.sql"))
        for match in re.finditer(r"CONSTRAINT \w+ +CHECK \(", path.read_text(encoding="utf-8"))
    ]
    assert [check for check in checks if check not in listed] == []
    assert checks


def test_every_check_of_the_door_has_an_entry() -> None:
    for file, sought in ((DOOR, "policy.authorise("), (DOOR, "raise Unauthenticated"), (POLICY, "raise Forbidden")):
        whole = (TOP / file).read_text(encoding="utf-8").splitlines()
        lines = {n for n, line in enumerate(whole) if sought in line}
        guarded = {n for guard in GUARDS if guard.file == file for n, line in enumerate(whole) if line.strip() in guard.text}
        assert all({n, n - 1} & guarded for n in lines), (file, sought)
