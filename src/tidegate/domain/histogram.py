"""Spans by class: numbers are kept instead of spans, so that a percentile costs the same whatever it is taken over.

The database sorts spans into classes as they are measured (`span_class` in migration 0007): four classes an octave, from
1 ms up. A class is told by the value whose relative error is the same at both of its ends, which is at most ERROR
(Masson, Rim, Lee: DDSketch, PVLDB 12, 2019, section 2.2).
"""

from collections.abc import Mapping

CLASSES_AN_OCTAVE = 4
_RATIO = 2 ** (1 / CLASSES_AN_OCTAVE)

ERROR = (_RATIO - 1) / (_RATIO + 1)
"""The most that a percentile is off, as a share of its exact value: 8.7 %. Spans under 1 ms count as 1 ms."""


def middle(span_class: int) -> float:
    """Return the span that stands for a class, in seconds."""
    return _RATIO**span_class * 2 * _RATIO / (_RATIO + 1) / 1000


def percentile(numbers: Mapping[int, int], percent: int) -> float | None:
    """Return the nearest-rank percentile of spans, given by class, in seconds; None of nothing."""
    rank = max(1, -(-percent * sum(numbers.values()) // 100))
    for span_class in sorted(numbers):
        rank -= numbers[span_class]
        if rank <= 0:
            return middle(span_class)
    return None
