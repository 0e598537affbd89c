"""What guessers try first is refused; what people should choose is not."""

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from tidegate.access.breached import ESTIMATED_CHARACTERS, is_breached
from tidegate.access.credentials import PASSWORD_MIN
from tidegate.domain.refusals import Invalid
from tidegate.operations.people import check_password


@pytest.mark.parametrize("password", ["1qaz2wsx3edc", "123456qwerty", "contortionist", "JUSTINBIEBER", "NeedForSpeed"])
def test_what_was_breached_is_refused_in_any_case(password: str) -> None:
    assert is_breached(password)


def test_every_listed_password_is_refused_in_whatever_case() -> None:
    listed = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= PASSWORD_MIN]
    mixed = ["".join(letter.upper() if at % 2 else letter for at, letter in enumerate(word)) for word in listed]
    assert len(listed) > 200
    assert [word for word in mixed if not is_breached(word)] == []


@pytest.mark.parametrize(
    "password", ["Password1234!", "iloveyou1234567", "P@ssw0rdP@ssw0rd", "qwertyuiop123456", "aaaaaaaaaaaaaaaa", "letmein" * 20]
)
def test_what_is_made_from_it_is_refused(password: str) -> None:
    assert is_breached(password)


def test_own_names_and_ours_are_refused() -> None:
    assert is_breached("Tidegate2026!")
    assert is_breached("grace.hopper1906", "grace.hopper")
    assert not is_breached("zyxquark.vellum1906", "somebody")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "the tide comes at six",
        "kX9!vT2#qW7z",
        "žluťoučký kůň úpěl ódy",
        "x y" * 5 + "Über Ilmenau",
    ],
)
def test_what_people_should_choose_is_taken(password: str) -> None:
    assert not is_breached(password)


def test_the_longest_password_is_judged_too() -> None:
    assert not is_breached("a few words that nobody would put together, " * 5)
    assert is_breached("a" * 256)
    assert ESTIMATED_CHARACTERS < 256


@pytest.mark.parametrize(
    ("password", "code"), [("short", "bad_password"), ("1qaz2wsx3edc", "breached_password"), ("x" * 257, "bad_password")]
)
def test_the_check_says_why_without_the_password(password: str, code: str) -> None:
    with pytest.raises(Invalid, match=code) as refused:
        check_password(password)
    assert password not in refused.value.message
    check_password(None)


def test_a_breached_password_is_told_what_to_choose() -> None:
    with pytest.raises(Invalid) as refused:
        check_password("1qaz2wsx3edc")
    assert "15 characters" in refused.value.message
