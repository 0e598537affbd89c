"""What a text means, as 256 numbers: the mean of its words' vectors, by the small model that comes inside WordLlama's wheel.

Needs the extra `semantic`. Nothing is ever downloaded: the model is read from the installed package, or loading fails.
"""

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

PACKAGE = "wordllama"
DIGITS = 6
"""Decimal places that are kept: the vectors have unit length, and the index needs no more."""


def is_installed() -> bool:
    """Tell whether the extra is there."""
    return find_spec(PACKAGE) is not None


class Meaning:
    """Turns texts into vectors. The model takes a second to load and does so at first use."""

    def __init__(self) -> None:
        self._model: Any = None
        self._loading = Lock()

    async def of(self, texts: Sequence[str]) -> list[str | None]:
        """Return a vector for each text as pgvector reads it; None where no word is known. Raises ImportError, OSError."""
        return await asyncio.to_thread(self._of, list(texts))

    def _of(self, texts: list[str]) -> list[str | None]:
        with self._loading:
            self._model = self._model or _load()
        means = self._model.embed(texts, norm=False)
        return [_written(mean) for mean in means]


def _load() -> Any:
    """Load the model from the package itself, which is what looks like a cache folder to the library."""
    from wordllama import WordLlama  # noqa: PLC0415 - a second, and only where it is wanted

    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ImportError(PACKAGE)
    return WordLlama.load(cache_dir=Path(spec.origin).parent, disable_download=True)


def _written(mean: Any) -> str | None:
    length = float((mean * mean).sum()) ** 0.5
    if not length > 0:  # also for NaN
        return None
    return "[" + ",".join(f"{value / length:.{DIGITS}g}" for value in mean.tolist()) + "]"
