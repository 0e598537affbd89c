"""Honest audit logs made in memory, as the sealer would have made them: seeded, so that each is the same in every run."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.audit.checkpoint import VerifierKey
from tidegate.audit.keys import Signer
from tidegate.audit.lines import End, Line, Log, SealedEvent, SignedCheckpoint, UnsealedEvent
from tidegate.audit.merkle import Frontier, leaf_hash
from tidegate.audit.payload import COLUMNS, parsed, part
from tidegate.audit.record import ActorNote, EventBody, Facts, Target
from tidegate.audit.vocabulary import AuditAction, AuditOutcome, TargetKind
from tidegate.domain.ids import first_id_at

ORIGIN = "tidegate/audit/honest"
BEGUN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
REASONS = [None, "the scanner was offline", "=1+1", "Wörter\u202e \U0001f30a", "a\nb", 'quoted "words"', "x" * 500]
ACTIONS = [action for action in AuditAction if action not in {AuditAction.AUDIT_EXPIRE, AuditAction.AUDIT_EXPORT}]


@dataclass
class HonestLog:
    """A log with the signer that no forger has."""

    lines: list[Line]
    signer: Signer

    @property
    def notes(self) -> list[str]:
        """All checkpoints, oldest first."""
        return [line.note for line in self.lines if isinstance(line, SignedCheckpoint)]


class Maker:
    """Writes one log: transactions with events, sealed in rounds; heartbeats; an expiry or a change of key now and then."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - reproducible
        self.signer = seeded_signer(self.chance)
        self._tree = Frontier()
        self._lines: list[Line] = []
        self._xid = self.chance.randint(700, 10**9)
        self._now = BEGUN
        self._number = 0

    def log(self) -> HonestLog:
        """Make the log."""
        rounds = self.chance.randint(3, 9)
        for number in range(rounds):
            self._round()
            if number == rounds // 2 and self.chance.random() < 0.3:
                self._rotate()
            if number == rounds // 2 and self.chance.random() < 0.4:
                self._expire(self.chance.randint(0, self._tree.size - 1))
            if self.chance.random() < 0.3:
                self._now += timedelta(seconds=60)
                self._checkpoint()
        tail = [self._unsealed() for _ in range(self.chance.choice([0, 0, 1, 3]))]
        keys = tuple(map(str, self.signer.trusted))
        body = [*self._lines, *tail]
        return HonestLog(
            [Log(ORIGIN, keys, self._now.isoformat()), *body, End(self._tree.size, self._number, len(tail))], self.signer
        )

    def _round(self) -> None:
        for _ in range(self.chance.randint(1, 5)):
            self._xid += self.chance.randint(1, 4)
            for id in sorted(self._id() for _ in range(self.chance.choice([1, 1, 1, 2, 4]))):
                self._seal(self._payload(id, self.chance.choice(ACTIONS), self.chance.choice(REASONS)))
        self._now += timedelta(seconds=self.chance.choice([0, 1, 1, 2]))
        self._checkpoint()

    def _expire(self, last: int) -> None:
        self._xid += 1
        id = self._id()
        event = self._payload(id, AuditAction.AUDIT_EXPIRE, "two years are over", {"before": "2026-03-01", "last_index": last})
        self._seal(event)
        self._checkpoint()
        self._lines = [stubbed(line) if isinstance(line, SealedEvent) and line.index <= last else line for line in self._lines]

    def _rotate(self) -> None:
        fresh = seeded_signer(self.chance)
        self.signer = Signer(fresh.private, ORIGIN, (*self.signer.trusted, *fresh.trusted))

    def _seal(self, payload: str) -> None:
        self._lines.append(sealed_event(self._tree.size, self._xid, self._now.isoformat(), payload))
        self._tree.append(leaf_hash(payload.encode()))

    def _checkpoint(self) -> None:
        self._number += 1
        note = self.signer.sign(self._tree.size, self._tree.root, int(self._now.timestamp()))
        self._lines.append(SignedCheckpoint(self._number, note, self._xid + 1))

    def _unsealed(self) -> UnsealedEvent:
        self._xid += 1
        id = self._id()
        return UnsealedEvent(str(id), self._xid, self._now.isoformat(), self._payload(id, AuditAction.RETRY, None))

    def _id(self) -> UUID:
        return UUID(int=first_id_at(self._now).int | 7 << 76 | 2 << 62 | self.chance.getrandbits(60))

    def _payload(self, id: UUID, action: AuditAction, reason: str | None, after: Facts | None = None) -> str:
        allowed = AuditOutcome.ALLOWED if after is not None else self.chance.choice(list(AuditOutcome))
        body = EventBody(
            id=id, time=self._now, action=action, outcome=allowed,
            actor=ActorNote("person", UUID(int=self.chance.getrandbits(128)), "grace", "admin", None),
            target=Target(TargetKind.JOB, UUID(int=self.chance.getrandbits(128))), reason=reason,
            request_id=f"{self.chance.getrandbits(64):016x}", parent_id=None, before={"state": "failed", "attempt": 1},
            after=after or {"state": "queued", "attempt": 2, "ok": True, "note": None},
        )  # fmt: skip
        return msgspec.json.encode(body, order="deterministic").decode()


def honest_log(seed: int) -> HonestLog:
    """Return the honest log of a seed."""
    return Maker(seed).log()


def seeded_signer(chance: random.Random) -> Signer:
    """Return a signer that only the chance knows."""
    private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    return Signer(private, ORIGIN, (VerifierKey(ORIGIN, private.public_key().public_bytes_raw()),))


def sealed_event(index: int, xid: int, at: str, payload: str) -> SealedEvent:
    """Return the line of an event whose columns and leaf are those of its payload."""
    value = parsed(payload)
    columns = {name: part(value, path) for name, path in COLUMNS.items()}
    return SealedEvent(index, value["id"], leaf_hash(payload.encode()), xid, at, payload, columns)


def stubbed(event: SealedEvent) -> SealedEvent:
    """Return an event as the retention leaves it."""
    value = parsed(event.payload or "")
    if value.get("action") == AuditAction.AUDIT_EXPIRE:
        return event
    stub = msgspec.json.encode({"id": value["id"], "action": value["action"], "outcome": value["outcome"], "expired": True})
    return SealedEvent(event.index, event.id, event.leaf, event.xid, event.recorded_at, stub.decode(), event.columns)
