import random

import pytest

from tidegate.console.shown import charts
from tidegate.console.shown.charts import HEIGHT, LEAST, Segment
from tidegate.console.shown.scales import Scale

SCALE = Scale(10.0, ["0", "5", "10"])


def test_lines_of_the_scale_lie_from_the_bottom_to_the_top() -> None:
    assert [(tick.y, tick.text) for tick in charts.ticks(SCALE)] == [(HEIGHT, "0"), (HEIGHT / 2, "5"), (0.0, "10")]


def test_parts_of_a_bar_stand_on_each_other_to_scale() -> None:
    [column] = charts.columns([[("succeeded", 6), ("cancelled", 0), ("failed", 3)]], ["09:00"], SCALE)
    assert [(block.tone, block.y, block.height) for block in column.blocks] == [("succeeded", 60.0, 90.0), ("failed", 15.0, 45.0)]
    assert (column.left, column.width, column.text) == (0.0, 100.0, "09:00")


def test_one_failure_among_thousands_is_seen() -> None:
    [column] = charts.columns([[("succeeded", 9999), ("failed", 1)]], [""], Scale(10_000.0, ["0", "10,000"]))
    assert column.blocks[1].height == LEAST


@pytest.mark.parametrize("seed", range(10))
def test_bars_never_overlap_nor_leave_the_chart(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the same bars each time
    stacks = [[(tone, chance.randint(0, 3)) for tone in ("a", "b", "c")] for _ in range(chance.randint(1, 60))]
    columns = charts.columns(stacks, [""] * len(stacks), SCALE)
    edges = [edge for column in columns for edge in (column.bar_left, column.bar_left + column.bar_width)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= 100
    for column, stack in zip(columns, stacks, strict=True):
        assert sum(block.height for block in column.blocks) == pytest.approx(sum(n for _, n in stack) / 10 * HEIGHT, abs=0.1)
        floor = float(HEIGHT)
        for block in column.blocks:
            assert block.y + block.height == pytest.approx(floor, abs=0.02)
            floor = block.y


def test_a_line_goes_through_the_middles_and_breaks_where_there_is_nothing() -> None:
    line = charts.line("solid", [0.0, 10.0, None, 5.0, None], SCALE)
    assert line.segments == [Segment(10.0, HEIGHT, 30.0, 0.0)]
    assert [(dot.x, dot.y) for dot in line.dots] == [(10.0, HEIGHT), (30.0, 0.0), (70.0, HEIGHT / 2)]
    assert charts.line("solid", [None, None], SCALE).dots == []


def test_a_whole_line_has_dots_at_its_ends_only() -> None:
    line = charts.line("dashed", [1.0, 2.0, 3.0, 4.0], SCALE)
    assert len(line.segments) == 3
    assert [dot.x for dot in line.dots] == [12.5, 87.5]
