"""A 'scanned' page: text drawn with a round pen along the strokes of an alphabet of our own, a little askew."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

POINTS, PEN = 6.0, 4.5
"""Size of one step of the 4 by 6 grid that the letters are drawn on, and width of the pen, in points of the picture."""

MARGIN, ADVANCE, LINE, SKEW = 40, 6.2, 10.5, 0.003
PAPER, INK = 250, 26
SHADES = 7
"""Steps from paper to ink: few, so that the file stays small."""

ALPHABET = {
    "A": "06 20 46|14 34",
    "B": "06 00 30 41 42 33 03|33 44 45 36 06",
    "C": "41 30 10 01 05 16 36 45",
    "D": "00 06 26 44 42 20 00",
    "E": "40 00 06 46|03 33",
    "F": "40 00 06|03 33",
    "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06|40 46|03 43",
    "I": "20 26",
    "J": "40 45 36 16 05",
    "K": "00 06|40 03 46",
    "L": "00 06 46",
    "M": "06 00 23 40 46",
    "N": "06 00 46 40",
    "O": "10 30 41 45 36 16 05 01 10",
    "P": "06 00 30 41 42 33 03",
    "Q": "10 30 41 45 36 16 05 01 10|34 46",
    "R": "06 00 30 41 42 33 03|23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40|20 26",
    "U": "00 05 16 36 45 40",
    "V": "00 26 40",
    "W": "00 16 22 36 40",
    "X": "00 46|40 06",
    "Y": "00 23 40|23 26",
    "Z": "00 40 06 46",
    "0": "10 30 41 45 36 16 05 01 10",
    "1": "11 20 26",
    "2": "01 10 30 41 42 06 46",
    "3": "01 10 30 41 42 33 23|33 44 45 36 16 05",
    "4": "36 30 04 44",
    "5": "40 00 03 33 44 45 36 16 05",
    "6": "30 10 01 05 16 36 45 44 33 03",
    "7": "00 40 16",
    "8": "10 30 41 42 33 13 02 01 10|13 04 05 16 36 45 44 33",
    "9": "43 13 02 01 10 30 41 45 36 16",
    ".": "26 26",
    ",": "25 17",
    ":": "22 22|25 25",
    "-": "13 33",
    "/": "06 40",
    " ": "",
}
"""Each letter's strokes: points on the grid, column then row, row 0 on top."""

Segment = tuple[float, float, float, float]


def scan(lines: Sequence[str]) -> tuple[int, list[bytes]]:
    """Return the width and the rows of grey points of a page with these lines. Raises KeyError for a letter that is not drawn."""
    width = int(2 * MARGIN + max(len(line) for line in lines) * ADVANCE * POINTS)
    height = int(2 * MARGIN + len(lines) * LINE * POINTS)
    rows = [bytearray(width) for _ in range(height)]
    for row, text in enumerate(lines):
        for column, letter in enumerate(text):
            for segment in _segments(letter, MARGIN + column * ADVANCE * POINTS, MARGIN + row * LINE * POINTS):
                _draw(rows, segment)
    return width, [
        bytes(PAPER - level * (PAPER - INK) // SHADES - _grain(number) for level in row) for number, row in enumerate(rows)
    ]


def _segments(letter: str, x: float, y: float) -> Iterator[Segment]:
    for stroke in ALPHABET[letter].split("|"):
        points = [(x + int(point[0]) * POINTS, y + int(point[1]) * POINTS) for point in stroke.split()]
        for (x1, y1), (x2, y2) in pairwise(points):
            yield x1, y1 + x1 * SKEW, x2, y2 + x2 * SKEW


def _draw(rows: list[bytearray], segment: Segment) -> None:
    """Darken the points near a line; those at the pen's edge only a little."""
    x1, y1, x2, y2 = segment
    for y in range(int(min(y1, y2) - PEN), int(max(y1, y2) + PEN) + 1):
        for x in range(int(min(x1, x2) - PEN), int(max(x1, x2) + PEN) + 1):
            level = round(SHADES * min(max(PEN / 2 + 0.5 - _distance(x, y, segment), 0.0), 1.0))
            rows[y][x] = max(rows[y][x], level)


def _distance(x: float, y: float, segment: Segment) -> float:
    x1, y1, x2, y2 = segment
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = min(max(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0.0), 1.0) if length else 0.0
    return math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))


def _grain(row: int) -> int:
    """A shade for each row, as a scanner's lamp leaves it."""
    return hashlib.sha256(row.to_bytes(4, "big")).digest()[0] % 6
