"""What the operations and the catalogue of failures say, in the reader's language: pattern first, then what is filled in."""

from tidegate.console.language import gettext as _
from tidegate.console.language import number, spoken
from tidegate.console.shown.states import mark
from tidegate.domain.actor import Role
from tidegate.domain.failures import MEDIA_TYPE_NAMES, Bytes, Failure, MediaType, Seconds, Status, show_bytes
from tidegate.domain.lifecycle import State
from tidegate.domain.refusals import Refusal
from tidegate.domain.sentences import Sentence

ROLE_WORDS = {Role.VIEWER: "viewer", Role.POWER_USER: "power user", Role.ADMIN: "administrator"}


def say(told: Sentence | Refusal | Failure) -> str:
    """Return a sentence, or that of a refusal or failure. `make messages` finds the patterns where they are made."""
    sentence = told if isinstance(told, Sentence) else told.sentence
    values = {name: _value(value) for name, value in sentence.values.items()}
    return spoken().catalogue.gettext(sentence.pattern).format_map(values)


def role_word(role: Role | None) -> str:
    """Return a role as people say it."""
    return _(ROLE_WORDS[role]) if role else _("no role")


def media_type_name(media_type: str) -> str:
    """Return a media type as people say it."""
    return _(MEDIA_TYPE_NAMES[media_type]) if media_type in MEDIA_TYPE_NAMES else media_type


def size(amount: int) -> str:
    """Return a size in binary units: `1.5 KiB` in English, `1,5 KiB` in German."""
    return show_bytes(amount).replace(".", spoken().decimals)


def _value(value: int | str) -> str:
    match value:
        case Role():
            text = role_word(value)
        case State():
            text = mark(value).word.lower()
        case MediaType():
            text = media_type_name(value)
        case Bytes():
            text = size(value)
        case Seconds():
            text = _("{n} s").format(n=number(value))
        case Status() | str():
            text = str(value)
        case _:
            text = number(value)
    return text
