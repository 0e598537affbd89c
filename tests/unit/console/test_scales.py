import pytest

from tidegate.console.shown import scales


@pytest.mark.parametrize(
    ("greatest", "words"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (7, ["0", "2", "4", "6", "8"]),
        (883, ["0", "200", "400", "600", "800", "1,000"]),
        (1_000_000, ["0", "200,000", "400,000", "600,000", "800,000", "1,000,000"]),
    ],
)
def test_counts_are_whole_numbers_in_round_steps(greatest: int, words: list[str]) -> None:
    assert scales.of_counts(greatest).words == words


@pytest.mark.parametrize(
    ("greatest", "words"),
    [
        (0.0, ["0%", "1%"]),
        (0.034, ["0%", "1%", "2%", "3%", "4%"]),
        (0.3, ["0%", "10%", "20%", "30%"]),
        (1.0, ["0%", "25%", "50%", "75%", "100%"]),
    ],
)
def test_shares_end_at_the_whole(greatest: float, words: list[str]) -> None:
    assert scales.of_shares(greatest).words == words


@pytest.mark.parametrize(
    ("greatest", "words"),
    [
        (0.0, ["0 ms", "1 ms"]),
        (0.08, ["0 ms", "20 ms", "40 ms", "60 ms", "80 ms"]),
        (1.9, ["0 s", "0.5 s", "1 s", "1.5 s", "2 s"]),
        (71, ["0 s", "15 s", "30 s", "45 s", "60 s", "75 s"]),
        (200, ["0 min", "1 min", "2 min", "3 min", "4 min"]),
        (3 * 3600 + 1, ["0 h", "1 h", "2 h", "3 h", "4 h"]),
        (4 * 86400, ["0 d", "1 d", "2 d", "3 d", "4 d"]),
    ],
)
def test_spans_have_one_unit_a_scale(greatest: float, words: list[str]) -> None:
    assert scales.of_spans(greatest).words == words


@pytest.mark.parametrize("scale_of", [scales.of_counts, scales.of_spans])
def test_the_top_is_never_below_the_greatest_and_the_lines_are_few(scale_of: object) -> None:
    for power in range(-3, 8):
        for factor in (1.0, 1.01, 2.4, 3.7, 4.99, 5.0, 9.6):
            greatest = factor * 10**power
            scale = scale_of(greatest)  # type: ignore[operator]
            assert greatest <= scale.top * (1 + 1e-9) or (scale_of is scales.of_counts and greatest <= 1)
            assert 2 <= len(scale.words) <= scales.STEPS_MOST + 1
            assert len(set(scale.words)) == len(scale.words)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (0.0004, "<0.1%"),
        (0.004, "0.4%"),
        (0.0717, "7.2%"),
        (0.0999, "10%"),
        (0.05, "5%"),
        (0.3149, "31%"),
        (1, "100%"),
    ],
)
def test_a_small_share_is_not_told_as_none(share: float, text: str) -> None:
    assert scales.share_text(share) == text
