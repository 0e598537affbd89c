"""Tidegate: a document ingestion pipeline and the console that makes it trusted.

`Client` and `AsyncClient` speak to a server; they are loaded when they are first named, so that nothing else waits for them.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.client import AsyncClient, Client

__all__ = ["AsyncClient", "Client", "__version__"]
__version__ = "0.1.0"

_PLACES = {"AsyncClient": "tidegate.client", "Client": "tidegate.client"}


def __getattr__(name: str) -> Any:
    """Load one of the names above. Raises AttributeError for any other."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
