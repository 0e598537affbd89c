"""What runs inside the cage: looking at untrusted bytes to tell their type, and getting their text."""

from collections.abc import Mapping

from tidegate.pipeline.cage.child import Handler
from tidegate.pipeline.reading.extraction import extract
from tidegate.pipeline.reading.sniff import identify

HANDLERS: Mapping[str, Handler] = {"identify": identify, "extract": extract}
