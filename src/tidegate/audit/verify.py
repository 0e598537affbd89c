"""Verification of the audit log, offline: every leaf, every signature, the tree at each checkpoint, in one pass.

    python -m tidegate.audit.verify EXPORT [--key FILE] [--expect FILE]

Standard library and `cryptography` only. Memory does not grow with the log, but for what is wrong with it.
An event that was edited is told and its stored hash goes on into the tree, so that later findings keep their places.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tidegate.audit import checkpoint
from tidegate.audit.checkpoint import Forged, NotACheckpoint, Signed, VerifierKey
from tidegate.audit.lines import End, Line, Log, NotAnExport, SealedEvent, SignedCheckpoint, UnsealedEvent
from tidegate.audit.merkle import Frontier, NodeId, leaf_hash
from tidegate.audit.payload import moment, parsed, part, wrong_columns
from tidegate.audit.report import Report, Tampering

EXPIRE = "audit.expire"
CLOCK_SECONDS = 600.0
"""How far the database's time of an event may be from the event's own before it is mentioned."""


class Verifier:
    """Takes an export's lines in order; `finish` gives the report.

    `trusted` are keys known from elsewhere; without any, those that the log itself names are used, and the report says so.
    `expected` are notes of checkpoints kept elsewhere: the log must be what they signed, or its continuation.
    """

    def __init__(self, trusted: Sequence[VerifierKey] = (), expected: Sequence[str] = ()) -> None:
        self.report = Report(keys_are_trusted=bool(trusted), expected=len(expected))
        self._trusted = list(trusted)
        self._expected_notes = list(expected)
        self._expected: dict[int, list[Signed]] = {}
        self._tree = Frontier()
        self._is_whole = True
        self._missing: list[list[int]] = []
        self._next = 0
        self._events = 0
        self._order = (-1, "")
        self._inversions: list[int] = []
        self._good = 0
        self._last: Signed | None = None
        self._number = 0
        self._horizon = -1
        self._short: tuple[int, int] | None = None
        self._stubs: list[list[int]] = []
        self._expired_to = -1
        self._oldest: datetime | None = None
        self._exported_at: datetime | None = None
        self._end: End | None = None
        self._seen_log = False

    def take(self, line: Line) -> list[tuple[NodeId, bytes]]:
        """Check one line against all before it. Returns the tree nodes that it completed."""
        if self._end is not None:
            self.report.add(Tampering.INSERTED, "a line stands behind the end")
        if not self._seen_log and not isinstance(line, Log):
            self._begin(Log("", (), ""))
        match line:
            case Log():
                self._begin(line)
            case SealedEvent():
                return self._take_event(line)
            case SignedCheckpoint():
                self._take_checkpoint(line)
            case UnsealedEvent():
                self._take_unsealed(line)
            case End():
                self._end = line
        return []

    def finish(self) -> Report:
        """Return what was found."""
        report, size = self.report, self._tree.size
        report.size = self._next
        for first, last in self._missing:
            report.add(Tampering.DELETED, "the leaf is missing", first, last)
        self._finish_checkpoints(size)
        for signed in [signed for group in self._expected.values() for signed in group]:
            if self._is_whole:
                report.add(
                    Tampering.TRUNCATED,
                    "an expected checkpoint covers more events than there are",
                    size,
                    signed.checkpoint.size - 1,
                )
        for first, last in self._stubs:
            report.expired += max(0, min(last, self._expired_to) - first + 1)
            if last > self._expired_to:
                report.add(
                    Tampering.EDITED, "the content is gone and no retention covers it", max(first, self._expired_to + 1), last
                )
        if self._oldest is not None and self._exported_at is not None:
            report.unsealed_seconds = max(0.0, (self._exported_at - self._oldest).total_seconds())
        counts = (self._events, report.checkpoints, report.unsealed)
        if self._end is None:
            report.add(Tampering.TRUNCATED, "the export has no end: the file was cut off")
        elif (self._end.events, self._end.checkpoints, self._end.unsealed) != counts:
            report.add(Tampering.MALFORMED, "the export's last line counts other lines than there are")
        return report

    def _begin(self, line: Log) -> None:
        if self._seen_log:
            self.report.add(Tampering.INSERTED, "a second head")
            return
        self._seen_log = True
        self.report.origin = line.origin
        self._exported_at = moment(line.exported_at)
        if not self.report.keys_are_trusted:
            for text in line.keys:
                try:
                    self._trusted.append(VerifierKey.parse(str(text)))
                except ValueError:
                    self.report.add(Tampering.MALFORMED, "a public key of the export is none")
        for note in self._expected_notes:
            self._expect(note)

    def _expect(self, note: str) -> None:
        try:
            signed = checkpoint.check(note, self._trusted)
        except (NotACheckpoint, Forged) as error:
            self.report.add(Tampering.FORGED_SIGNATURE, f"the expected checkpoint: {error}")
            return
        self._expected.setdefault(signed.checkpoint.size, []).append(signed)
        self._meet()

    def _meet(self) -> None:
        """Compare the tree with the checkpoints that are expected at its present size."""
        for signed in self._expected.pop(self._tree.size, []) if self._is_whole else []:
            if signed.checkpoint.root != self._tree.root:
                self.report.add(
                    Tampering.FORKED, "the log is another one than the expected checkpoint signed", 0, self._tree.size - 1
                )

    # Events ----------------------------------------------------------------------------------------------------------

    def _take_event(self, event: SealedEvent) -> list[tuple[NodeId, bytes]]:
        index = event.index
        self._events += 1
        if index < self._next:
            self._misplaced(index)
            return []
        if index > self._next:
            self._missing.append([self._next, index - 1])
            self._is_whole = False
        self._next = index + 1
        self._check_content(event)
        order = (event.xid, event.id)
        if order < self._order:
            self._inversions.append(index)
        self._order = order
        made = self._tree.append(event.leaf)
        if self._expected:
            self._meet()
        return made

    def _misplaced(self, index: int) -> None:
        """A leaf that stands too late, or twice."""
        for gap in self._missing:
            if gap[0] <= index <= gap[1]:
                self._missing.remove(gap)
                self._missing += [part for part in ([gap[0], index - 1], [index + 1, gap[1]]) if part[0] <= part[1]]
                self.report.add(Tampering.REORDERED, "the leaf stands in another place", index)
                return
        self._is_whole = False
        self.report.add(Tampering.INSERTED, "two leaves have this index", index)

    def _check_content(self, event: SealedEvent) -> None:
        if event.payload is None:
            self.report.add(Tampering.DELETED, "the leaf is there, its event is not", event.index)
            return
        value = parsed(event.payload)
        if leaf_hash(event.payload.encode(errors="surrogatepass")) != event.leaf:
            if value.get("expired") is True and value.get("id") == event.id:
                self._note_stub(event.index)
                return
            self.report.add(Tampering.EDITED, "the content is not what was sealed", event.index)
            return
        if value.get("id") != event.id:
            self.report.add(Tampering.EDITED, "the event's id is not that of its content", event.index)
        wrong = wrong_columns(event, value)
        if wrong:
            self.report.add(Tampering.EDITED, f"not what the content says: {', '.join(wrong)}", event.index)
        if value.get("action") == EXPIRE and value.get("outcome") == "allowed":
            last = part(value, ("after", "last_index"))
            self._expired_to = max(self._expired_to, last if isinstance(last, int) else -1)
        self._compare_clocks(event, value)

    def _note_stub(self, index: int) -> None:
        if self._stubs and self._stubs[-1][1] == index - 1:
            self._stubs[-1][1] = index
        else:
            self._stubs.append([index, index])

    def _compare_clocks(self, event: SealedEvent, value: dict[str, Any]) -> None:
        own, stored = moment(value.get("time")), moment(event.recorded_at)
        if own is not None and stored is not None and abs((stored - own).total_seconds()) > CLOCK_SECONDS:
            self.report.clock_differs += 1

    def _take_unsealed(self, event: UnsealedEvent) -> None:
        self.report.unsealed += 1
        at = moment(event.recorded_at)
        if at is not None and (self._oldest is None or at < self._oldest):
            self._oldest = at
        if event.xid < self._horizon:
            self.report.add(Tampering.INSERTED, f"event {event.id} was slipped in behind what is sealed")

    # Checkpoints -----------------------------------------------------------------------------------------------------

    def _take_checkpoint(self, line: SignedCheckpoint) -> None:
        report, before = self.report, self._last
        report.checkpoints += 1
        self._number_in_order(line.number)
        self._horizon = line.horizon
        try:
            signed = checkpoint.check(line.note, self._trusted)
        except (NotACheckpoint, Forged) as error:
            report.add(Tampering.FORGED_SIGNATURE, f"checkpoint {line.number}: {error}")
            return
        report.origin = report.origin or signed.checkpoint.origin
        if signed.checkpoint.origin != report.origin:
            report.add(Tampering.FORGED_SIGNATURE, f"checkpoint {line.number} is of another log")
            return
        if before is not None and (signed.checkpoint.size < before.checkpoint.size or signed.time < before.time):
            report.add(Tampering.REORDERED, f"checkpoint {line.number} is older than the one before it")
            return
        self._last = signed
        report.signed_until = signed.time
        self._compare_tree(line.number, signed)

    def _number_in_order(self, number: int) -> None:
        if number > self._number + 1:
            self.report.add(Tampering.DELETED, f"checkpoints {self._number + 1} to {number - 1} are missing")
        if number <= self._number:
            self.report.add(Tampering.REORDERED, f"checkpoint {number} stands in another place, or twice")
        self._number = max(self._number, number)

    def _compare_tree(self, number: int, signed: Signed) -> None:
        size = signed.checkpoint.size
        if size > self._next:
            self._short = self._short or (self._next, size)
        elif size < self._next:
            self.report.add(Tampering.REORDERED, f"checkpoint {number} stands behind events that it does not cover")
        elif self._is_whole and signed.checkpoint.root != self._tree.root:
            self._is_whole = False
            self._tell_altered(number, size)
        elif self._is_whole:
            self._good = size

    def _tell_altered(self, number: int, size: int) -> None:
        """The leaves since the last good checkpoint are not those that were signed; say how, if the order tells."""
        turned = [index for index in self._inversions if index >= self._good]
        if turned:
            self.report.add(Tampering.REORDERED, f"not in the order that checkpoint {number} signed", turned[0] - 1, turned[-1])
        else:
            self.report.add(Tampering.ALTERED, f"the leaves are not those that checkpoint {number} signed", self._good, size - 1)

    def _finish_checkpoints(self, size: int) -> None:
        signed = self._last.checkpoint.size if self._last else 0
        if self._short is not None:
            first, last = self._short
            kind = Tampering.TRUNCATED if self._next <= first else Tampering.DELETED
            self.report.add(kind, "signed, but not there", first, last - 1)
        if self._is_whole and size > signed:
            self.report.add(Tampering.INSERTED, "sealed by nobody: no checkpoint covers it", signed, size - 1)


def verify(lines: Iterable[Line], trusted: Sequence[VerifierKey] = (), expected: Sequence[str] = ()) -> Report:
    """Verify a whole export. A line that cannot be read ends it, as a finding."""
    verifier = Verifier(trusted, expected)
    try:
        for line in lines:
            verifier.take(line)
    except NotAnExport as error:
        verifier.report.add(Tampering.MALFORMED, str(error))
    return verifier.finish()


if __name__ == "__main__":
    import sys

    from tidegate.audit.offline import main

    sys.exit(main(sys.argv[1:]))
