"""Stylesheet, scripts and pictures, each at an address that changes with their content, so that they may be kept for ever."""

import hashlib
from functools import cache
from pathlib import Path

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from minijinja import safe

FOLDER = Path(__file__).parent / "static"
KEEP = "public, max-age=31536000, immutable"
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@cache
def files() -> dict[str, bytes]:
    """Return every static file by name; there are few, and they are small."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in MEDIA_TYPES}


@cache
def version() -> str:
    """Return the address part that names this very content of all files together, as modules import each other."""
    digest = hashlib.sha256()
    for name, content in files().items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


def static(name: str) -> str:
    """Return the address of a static file."""
    return safe(f"/static/{version()}/{name}")


async def send(version_asked: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Send a static file; under another version's address it is not to be kept."""
    content = files().get(name)
    if content is None:
        raise NotFoundException
    caching = KEEP if version_asked == version() else "no-cache"
    return Response(content, media_type=MEDIA_TYPES[Path(name).suffix], headers={"Cache-Control": caching})
