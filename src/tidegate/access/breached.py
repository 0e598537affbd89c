"""Passwords that guessers try first: those of published breaches, and what is easily made from them.

Source: the 30,000 commonest breached passwords that zxcvbn carries, so nothing leaves this machine. Few of them are as long as
ours must be, so what is made from them (repeated, capitalised, l33t, with a year behind) is refused by zxcvbn's estimate as
well. OWASP ASVS 5.0, 6.2.4, 6.2.11 and 6.2.12; no rule about kinds of characters, 6.2.5.
"""

from functools import cache

GUESSES_MIN = 10**8
"""Estimated tries below which a password counts as known: an hour's work at 30,000 a second against a stolen hash."""

ESTIMATED_CHARACTERS = 72
"""The estimate's time grows with the length; what is strong in its first 72 characters stays strong."""

OWN_WORDS = ("tidegate",)
"""Words that a guesser of this very console would try; the person's own names are added to them."""


def is_breached(password: str, *words: str) -> bool:
    """Tell whether a password is on the list in any spelling of case, or close to it or to `words` (takes about 3 to 30 ms)."""
    from zxcvbn import zxcvbn  # noqa: PLC0415  # reads its word lists: only where a password is chosen

    if password.casefold() in _list():  # the estimate alone takes aLtErNaTiNg letters for strength
        return True
    known = [*OWN_WORDS, *(word for word in words if word)]
    return bool(zxcvbn(password[:ESTIMATED_CHARACTERS], user_inputs=known)["guesses"] < GUESSES_MIN)


@cache
def _list() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])
