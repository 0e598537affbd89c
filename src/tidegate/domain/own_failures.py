"""Failures that a pipeline declares beside the catalogue, each under the pipeline's own name: `csv_rows.bad_number`.

What is declared is as closed as the catalogue: words fixed in the code, parameters of declared kinds. A declaration is
checked when it is made, so one that could show anything else does not come into being.
"""

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.domain.failures import Code, Entry, Failure, FailureCode, Kind, ParamType, Value, keep_own

TEXT_LIMIT = 300
"""Characters of each of a failure's texts."""

AUTOMATIC_MOST = 5
"""Automatic retries at most: as many as the catalogue gives what passes by itself."""

WORDS_LIMIT = 100
"""Words that a parameter may be one of, at most."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class OwnFailure:
    """A failure of a pipeline's own. Raises ValueError for a code or an entry that is not safe to show."""

    code: Code
    entry: Entry

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError("the code of a failure is the pipeline's name, a dot and a name, such as csv_rows.bad_number")
        for complaint in _complaints(self.entry):
            raise ValueError(f"{self.code}: {complaint}")

    @property
    def namespace(self) -> str:
        """The pipeline that may fail by it."""
        return self.code.partition(".")[0]

    def failed(self, params: dict[str, Value]) -> Failure:
        """Return it as having happened. Raises ValueError when a parameter is not declared or not of its kind."""
        return Failure(self.code, params)


def declare(pipeline: str, failures: Iterable[OwnFailure]) -> None:
    """Make the failures of a pipeline known. Raises ValueError for another's name before the dot, and for a code twice."""
    for failure in failures:
        if failure.namespace != pipeline:
            raise ValueError(f"{failure.code} is not under the name of the pipeline {pipeline}")
        keep_own(failure.code, failure.entry)


def namespace_of(code: Code) -> str | None:
    """Return the pipeline whose own a code is, None for one of the catalogue."""
    return code.partition(".")[0] if "." in code else None


def held_to(failures: Iterable[OwnFailure], failure: Failure, detail: str) -> tuple[Failure, str]:
    """Return a failure and its diagnostic as a pipeline with these own failures may tell it: `internal` when not declared."""
    if namespace_of(failure.code) is None or failure.code in {one.code for one in failures}:
        return failure, detail
    return Failure(FailureCode.INTERNAL), f"{failure.code} is not declared by this pipeline\n{detail}"


def _complaints(entry: Entry) -> Iterable[str]:
    texts = {"message": entry.message, "cause": entry.cause, "remedy": entry.remedy}
    for name, text in texts.items():
        if not text or "{" in text or "}" in text:
            yield f"{name} is a text without braces"
    for name, text in {**texts, "detailed": entry.detailed}.items():
        if len(text) > TEXT_LIMIT or not text.isprintable():
            yield f"{name} is one printable line of at most {TEXT_LIMIT} characters"
    if _names_in(entry.detailed) != sorted(entry.params):
        yield "detailed names each parameter once, as {name} and no more"
    for name, kind in entry.params.items():
        if not _NAME.fullmatch(name) or not _is_kind(kind):
            yield f"the parameter {name} is a Kind, or a tuple of at most {WORDS_LIMIT} short printable words"
    if not 0 <= entry.automatic <= AUTOMATIC_MOST or not 0 <= entry.delay_seconds <= 900:
        yield f"at most {AUTOMATIC_MOST} automatic retries, the first within 900 seconds"


def _names_in(detailed: str) -> list[str]:
    """Return the names in braces, sorted; what is more than a plain name comes out as no name at all."""
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in string.Formatter().parse(detailed)]
    except ValueError:
        return ["{"]
    return sorted(name if not spec and not conversion else "{" for name, spec, conversion in fields if name is not None)


def _is_kind(kind: ParamType) -> bool:
    if isinstance(kind, Kind):
        return True
    return 0 < len(kind) <= WORDS_LIMIT and all(0 < len(word) <= 63 and word.isprintable() for word in kind)
