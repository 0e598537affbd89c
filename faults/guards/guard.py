"""One guard: where it stands, what it says, what stands there when it is taken away, and which tests must notice."""

import re
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
_STATEMENT = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Guard:
    """`text` occurs exactly once in the named statement `at` of `file`, or in all of it when `at` is empty.

    `needless` says why nothing can notice that this guard is gone, where another one holds the same: it is then not tried.
    """

    file: str
    at: str
    text: str
    instead: str
    tests: tuple[str, ...]
    needless: str = ""

    @property
    def name(self) -> str:
        """As a table shows it."""
        said = " ".join(self.text.split())
        return f"{Path(self.file).name}{f' {self.at}' if self.at else ''}: {said if len(said) <= 60 else said[:57] + '...'}"

    def removed(self, content: str) -> str:
        """Return the file's content without the guard. Raises ValueError when the text is not there exactly once."""
        first, last = self._bounds(content)
        if content.count(self.text, first, last) != 1:
            raise ValueError(f"{self.name} is there {content.count(self.text, first, last)} times")
        found = content.index(self.text, first, last)
        return content[:found] + self.instead + content[found + len(self.text) :]

    def _bounds(self, content: str) -> tuple[int, int]:
        if not self.at:
            return 0, len(content)
        begins = {match[1]: match.end() for match in _STATEMENT.finditer(content)}
        if self.at not in begins:
            raise ValueError(f"{self.file} has no statement {self.at}")
        following = _STATEMENT.search(content, begins[self.at])
        return begins[self.at], following.start() if following else len(content)


def statements(file: str) -> dict[str, str]:
    """Return the named statements of a file."""
    parts = _STATEMENT.split((TOP / file).read_text(encoding="utf-8"))[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))
