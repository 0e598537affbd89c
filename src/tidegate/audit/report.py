"""What verification found, in words that name the place."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

FINDINGS_LIMIT = 1000
"""Findings that are kept one by one; a log with more is counted, not listed."""


class Tampering(StrEnum):
    """The kinds of findings. Each means: this log is not what was recorded and signed."""

    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    ALTERED = "altered"
    TRUNCATED = "truncated"
    FORKED = "forked"
    FORGED_SIGNATURE = "forged signature"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; `first` and `last` are leaf indexes where it is about leaves."""

    kind: Tampering
    detail: str
    first: int | None = None
    last: int | None = None

    @property
    def place(self) -> str:
        """The leaves it is about, in words; empty where there are none."""
        if self.first is None:
            return ""
        return f"event {self.first}" if self.last in {None, self.first} else f"events {self.first} to {self.last}"

    def __str__(self) -> str:
        return ": ".join(part for part in (self.kind.value, self.place, self.detail) if part)


@dataclass
class Report:
    """The outcome. `keys_are_trusted` is False when the keys came from the very thing that was verified."""

    origin: str = ""
    keys_are_trusted: bool = False
    size: int = 0
    checkpoints: int = 0
    signed_until: int | None = None
    expected: int = 0
    expired: int = 0
    unsealed: int = 0
    unsealed_seconds: float = 0.0
    clock_differs: int = 0
    findings: list[Finding] = field(default_factory=list)
    findings_total: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings_total

    def add(self, kind: Tampering, detail: str, first: int | None = None, last: int | None = None) -> None:
        """Note a finding."""
        self.findings_total += 1
        if len(self.findings) < FINDINGS_LIMIT:
            self.findings.append(Finding(kind, detail, first, first if last is None else last))

    def lines(self) -> list[str]:
        """The report for a person, one statement a line; the first says whether the log is sound."""
        told = ["The audit log is sound." if self.is_sound else f"THE AUDIT LOG IS NOT SOUND: {self.findings_total} findings."]
        told += [f"  {finding}" for finding in self.findings]
        if self.findings_total > len(self.findings):
            told.append(f"  and {self.findings_total - len(self.findings)} more")
        until = datetime.fromtimestamp(self.signed_until, UTC).isoformat() if self.signed_until is not None else "never"
        told.append(f"Log {self.origin or 'without a name'}: {self.size} sealed events, {self.checkpoints} checkpoints.")
        told.append(f"Signed until {until}.")
        if self.expired:
            told.append(f"{self.expired} events are expired: content removed by a recorded retention, hash kept.")
        if self.unsealed:
            told.append(f"{self.unsealed} events are not sealed yet, the oldest for {self.unsealed_seconds:.1f} s.")
        if self.clock_differs:
            told.append(f"{self.clock_differs} events were stored more than 10 minutes from their own time; only that is proven.")
        if not self.expected:
            told.append("No checkpoint from elsewhere was given: an end that was cut off cannot be noticed.")
        if not self.keys_are_trusted:
            told.append("The public key came with the log itself: whoever rewrote all of it may have signed it anew.")
        return told

    def as_json(self) -> dict[str, Any]:
        """The report for a program."""
        return {"sound": self.is_sound, **asdict(self)}
