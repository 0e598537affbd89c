"""Merkle trees by RFC 6962, section 2.1: hashes, incremental growth, inclusion and consistency proofs.

A perfect subtree never changes once its leaves are there, so its hash is stored under a `NodeId` and any proof is made of
O(log n) stored hashes. Everything here is pure; a hash is 32 bytes of SHA-256. Verification follows RFC 9162, sections
2.1.3.2 and 2.1.4.2, which say for the same trees how proofs are checked.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

NodeId = tuple[int, int]
"""(level, index): the perfect subtree over the leaves from index·2^level to (index + 1)·2^level - 1. Level 0 are leaves."""

Range = tuple[int, int]
"""The leaves from the first number up to, but without, the second."""

Lookup = Callable[[NodeId], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(payload: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + payload).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """A tree's right edge: all that appending and the root need. `hashes` are those of `cover((0, size))`."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[tuple[NodeId, bytes]]:
        """Add a leaf's hash and return the perfect subtrees that it completed, lowest first, the leaf itself left out."""
        made: list[tuple[NodeId, bytes]] = []
        level, index, hash = 0, self.size, leaf
        while index & 1:
            level, index, hash = level + 1, index >> 1, node_hash(self.hashes.pop(), hash)
            made.append(((level, index), hash))
        self.hashes.append(hash)
        self.size += 1
        return made

    @property
    def root(self) -> bytes:
        """The root over all leaves so far."""
        return fold(self.hashes) if self.hashes else EMPTY_ROOT


def cover(leaves: Range) -> list[NodeId]:
    """Return the fewest perfect subtrees that make up a range of leaves, left to right."""
    begin, end = leaves
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """Join the hashes of a cover into the hash over its whole range."""
    *others, root = hashes
    for left in reversed(others):
        root = node_hash(left, root)
    return root


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose hashes prove leaf `index` in the tree of `size`, from the leaf up. Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    return _path(index, 0, size)


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the ranges whose hashes prove that the tree of `new` begins with that of `old`. Raises ValueError."""
    if not 0 <= old <= new:
        raise ValueError("a tree is consistent with larger ones only")
    return _subproof(old, 0, new, whole=True) if old else []


def needed(ranges: Iterable[Range]) -> list[NodeId]:
    """Return the stored nodes that the hashes of ranges are made of."""
    return [node for leaves in ranges for node in cover(leaves)]


def hashes_of(ranges: Iterable[Range], lookup: Lookup) -> list[bytes]:
    """Return the hash over each range."""
    return [fold([lookup(node) for node in cover(leaves)]) for leaves in ranges]


def root_of(size: int, lookup: Lookup) -> bytes:
    """Return the root of the first `size` leaves."""
    return fold([lookup(node) for node in cover((0, size))]) if size else EMPTY_ROOT


def root_by_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf and its proof lead to, None when the proof has not the right length."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf
    for hash in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(hash, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, hash)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def proves_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof shows that a leaf stands at `index` in the tree of this size and root."""
    return root_by_inclusion(index, size, leaf, proof) == root


def proves_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the tree of `new` begins with the tree of `old`."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if not 0 < old < new or not proof:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first, *rest = [old_root, *proof] if old & (old - 1) == 0 else proof
    old_found = new_found = first
    for hash in rest:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_found, new_found = node_hash(hash, old_found), node_hash(hash, new_found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_found = node_hash(new_found, hash)
        at, last = at >> 1, last >> 1
    return last == 0 and old_found == old_root and new_found == new_root


def _split(begin: int, end: int) -> int:
    """Where the left subtree ends: after the largest power of two below the number of leaves."""
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def _path(index: int, begin: int, end: int) -> list[Range]:
    if end - begin == 1:
        return []
    middle = _split(begin, end)
    if index < middle:
        return [*_path(index, begin, middle), (middle, end)]
    return [*_path(index, middle, end), (begin, middle)]


def _subproof(old: int, begin: int, end: int, *, whole: bool) -> list[Range]:
    if old == end:
        return [] if whole else [(begin, end)]
    middle = _split(begin, end)
    if old <= middle:
        return [*_subproof(old, begin, middle, whole=whole), (middle, end)]
    return [*_subproof(old, middle, end, whole=False), (begin, middle)]
