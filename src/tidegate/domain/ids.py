"""Time-ordered identifiers: UUID version 7 (RFC 9562, section 5.7).

Sorting by id is sorting by creation time, which the keyset pages and the monthly partitions rely on.
"""

import os
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Return a UUIDv7; ids made by one process only grow (sub-millisecond fraction, RFC 9562 method 3)."""
    global _last
    with _lock:
        millis, remainder = divmod(time.time_ns(), 1_000_000)
        stamp = max((millis << 12) | (remainder << 12) // 1_000_000, _last + 1)
        _last = stamp
    random = int.from_bytes(os.urandom(8), "big") & (2**62 - 1)
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | random)


def created_at(id: UUID) -> datetime:
    """Return the UTC instant that a UUIDv7 carries (precise to 1 ms)."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def first_id_at(moment: datetime) -> UUID:
    """Return the smallest UUIDv7-shaped id of an instant: a bound for ranges over ids."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
