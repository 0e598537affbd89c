"""A seeded mutator of documents: what a disk, a network or an enemy makes of good files."""

import io
import random
import zipfile
from collections.abc import Callable, Sequence

LARGE_BYTES = 48 * 1024 * 1024
"""What an oversized entry unpacks to; it deflates to a thousandth."""
DEPTH = 12
"""Archives within archives, at the most."""

Mutation = Callable[[bytes, bytes, random.Random], bytes]


def cut(content: bytes, _: bytes, chance: random.Random) -> bytes:
    """Keep a beginning, as after a broken transfer; sometimes an end."""
    at = chance.randrange(len(content) + 1)
    return content[:at] if chance.random() < 0.8 else content[at:]


def flip(content: bytes, _: bytes, chance: random.Random) -> bytes:
    """Change some bytes, from one to one in fifty."""
    changed = bytearray(content)
    for _n in range(chance.randint(1, max(1, len(changed) // 50))):
        if changed:
            changed[chance.randrange(len(changed))] ^= chance.randint(1, 255)
    return bytes(changed)


def splice(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Go on in the middle with another document."""
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


def shuffle(content: bytes, _: bytes, chance: random.Random) -> bytes:
    """Put blocks into another order."""
    size = max(1, len(content) // chance.randint(2, 64))
    blocks = [content[at : at + size] for at in range(0, len(content), size)]
    chance.shuffle(blocks)
    return b"".join(blocks)


def nest(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Put a document into archives within archives, each with another beside it."""
    for level in range(chance.randint(1, DEPTH)):
        content = _zipped({f"level-{level}.zip" if level else "document.bin": content, "beside.bin": other[:10_000]})
    return content


def oversize(content: bytes, _: bytes, chance: random.Random) -> bytes:
    """Make it unpack to far more than it is, or simply repeat it."""
    if chance.random() < 0.5:
        return _zipped({"word/document.xml": content[:1000] + bytes(chance.randrange(LARGE_BYTES)), "[Content_Types].xml": b""})
    return content * chance.randint(2, 40) if len(content) < 200_000 else content * 2


MUTATIONS: Sequence[Mutation] = (cut, flip, splice, shuffle, nest, oversize)


def mutate(documents: Sequence[bytes], chance: random.Random) -> tuple[int, str, bytes]:
    """Return which document was taken, what was done to it, and what it became; the same chance does the same."""
    at, other = chance.randrange(len(documents)), chance.choice(documents)
    mutation = chance.choice(MUTATIONS)
    return at, mutation.__name__, mutation(documents[at], other, chance)


def _zipped(entries: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()
