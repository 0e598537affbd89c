"""A sentence for a reader with its values apart, so that it can be said in another language and in its number forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Sentence:
    """An English pattern, constant in the code, and what stands for its `{names}`; `str()` says it in English."""

    pattern: str
    values: Mapping[str, int | str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.pattern.format_map({name: _in_english(value) for name, value in self.values.items()})


def _in_english(value: int | str) -> str:
    if isinstance(value, StrEnum):
        return value.value.replace("_", " ")
    return f"{value:,}" if type(value) is int else str(value)
