import random
from collections import Counter
from math import ceil, floor, log2

import pytest

from tidegate.domain.histogram import CLASSES_AN_OCTAVE, ERROR, middle, percentile


def class_of(seconds: float) -> int:
    """As the database's span_class, which tests/storage/test_pulse.py holds to the same values."""
    return floor(CLASSES_AN_OCTAVE * log2(max(seconds * 1000, 1)))


def nearest_rank(spans: list[float], percent: int) -> float:
    return sorted(spans)[max(1, ceil(percent * len(spans) / 100)) - 1]


def test_the_promise_is_kept_below_nine_percent() -> None:
    assert ERROR < 0.09


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("percent", [1, 50, 95, 100])
def test_a_percentile_is_at_most_the_stated_error_off(seed: int, percent: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the same spans each time
    spans = [chance.lognormvariate(chance.uniform(-4, 8), chance.uniform(0.1, 3)) + 0.001 for _ in range(chance.randint(1, 900))]
    exact = nearest_rank(spans, percent)
    told = percentile(Counter(map(class_of, spans)), percent)
    assert told == pytest.approx(exact, rel=ERROR + 1e-9)


def test_the_error_is_the_same_at_both_ends_of_a_class() -> None:
    for span_class in (0, 7, 60):
        low, high = (2 ** (edge / CLASSES_AN_OCTAVE) / 1000 for edge in (span_class, span_class + 1))
        assert middle(span_class) / low - 1 == pytest.approx(ERROR)
        assert 1 - middle(span_class) / high == pytest.approx(ERROR)


def test_nothing_has_no_percentile() -> None:
    assert percentile({}, 50) is None
    assert percentile({3: 0}, 50) is None


def test_ranks_count_from_one() -> None:
    numbers = {10: 1, 20: 18, 30: 1}
    assert [percentile(numbers, percent) for percent in (1, 5, 6, 95, 96, 100)] == list(map(middle, (10, 10, 20, 20, 30, 30)))
