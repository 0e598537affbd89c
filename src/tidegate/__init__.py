"""Tidegate: a document ingestion pipeline and the console that makes it trusted.

`Client` and `AsyncClient` speak to a server; `asgi` is one, to be mounted in another application with whom it signs in (`Guest`).
They are loaded when they are first named, so that nothing else waits for them.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.client import AsyncClient, Client
    from tidegate.mounting import Guest, asgi

__all__ = ["AsyncClient", "Client", "Guest", "__version__", "asgi"]
__version__ = "0.1.0"

_PLACES = {
    "AsyncClient": "tidegate.client",
    "Client": "tidegate.client",
    "Guest": "tidegate.mounting",
    "asgi": "tidegate.mounting",
}


def __getattr__(name: str) -> Any:
    """Load one of the names above. Raises AttributeError for any other."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
