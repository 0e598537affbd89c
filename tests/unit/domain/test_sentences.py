from tidegate.domain.actor import Role
from tidegate.domain.sentences import Sentence


def test_a_sentence_says_its_values_in_english() -> None:
    told = Sentence("{n} jobs need the role {role}; see {path}.", {"n": 12_000, "role": Role.POWER_USER, "path": "/a_b/{c}"})
    assert str(told) == "12,000 jobs need the role power user; see /a_b/{c}."


def test_values_that_a_pattern_does_not_name_are_left_out() -> None:
    assert str(Sentence("Too many.", {"limit": 3})) == "Too many."
