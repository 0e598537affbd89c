"""The tree against the published vectors, and against the definition itself for every size up to 130."""

import random

import pytest

from tests.unit.audit import vectors
from tidegate.audit import merkle
from tidegate.audit.merkle import EMPTY_ROOT, Frontier, NodeId, leaf_hash, node_hash

SIZES = 130


def defined(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(defined(leaves[:half]), defined(leaves[half:]))


def grown(leaves: list[bytes]) -> tuple[dict[NodeId, bytes], list[bytes]]:
    """All stored nodes and the root after each leaf, from an empty tree on."""
    tree, nodes, roots = Frontier(), {}, [EMPTY_ROOT]
    for index, leaf in enumerate(leaves):
        nodes[0, index] = leaf
        nodes.update(tree.append(leaf))
        roots.append(tree.root)
    return nodes, roots


VECTOR_LEAVES = [leaf_hash(leaf) for leaf in vectors.LEAVES]
RANDOM_LEAVES = [leaf_hash(bytes([number])) for number in range(SIZES)]


def test_roots_are_the_published_ones() -> None:
    _, roots = grown(VECTOR_LEAVES)
    assert [root.hex() for root in roots] == [vectors.EMPTY, *vectors.ROOTS]


@pytest.mark.parametrize(("index", "size", "proof"), vectors.INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, proof: list[str]) -> None:
    nodes, _ = grown(VECTOR_LEAVES)
    made = merkle.hashes_of(merkle.inclusion_ranges(index, size), nodes.__getitem__)
    assert [hash.hex() for hash in made] == proof


@pytest.mark.parametrize(("old", "new", "proof"), vectors.CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int, proof: list[str]) -> None:
    nodes, _ = grown(VECTOR_LEAVES)
    made = merkle.hashes_of(merkle.consistency_ranges(old, new), nodes.__getitem__)
    assert [hash.hex() for hash in made] == proof


def test_every_size_has_the_defined_root_grown_or_looked_up() -> None:
    nodes, roots = grown(RANDOM_LEAVES)
    for size in range(SIZES + 1):
        assert roots[size] == defined(RANDOM_LEAVES[:size]) == merkle.root_of(size, nodes.__getitem__)


def test_a_frontier_taken_up_again_goes_on_alike() -> None:
    nodes, roots = grown(RANDOM_LEAVES)
    for size in range(SIZES):
        tree = Frontier(size, [nodes[node] for node in merkle.cover((0, size))])
        tree.append(RANDOM_LEAVES[size])
        assert tree.root == roots[size + 1]


def test_every_leaf_is_proven_at_every_size_and_nowhere_else() -> None:
    nodes, roots = grown(RANDOM_LEAVES)
    for size in range(1, SIZES + 1):
        for index in range(size):
            proof = merkle.hashes_of(merkle.inclusion_ranges(index, size), nodes.__getitem__)
            leaf = RANDOM_LEAVES[index]
            assert merkle.proves_inclusion(index, size, leaf, proof, roots[size])
            assert not merkle.proves_inclusion((index + 1) % size, size, leaf, proof, roots[size]) or size == 1
            assert not merkle.proves_inclusion(index, size, node_hash(leaf, leaf), proof, roots[size])
            assert not merkle.proves_inclusion(index, size, leaf, [*proof, leaf], roots[size])
            assert not proof or not merkle.proves_inclusion(index, size, leaf, proof[:-1], roots[size])


def test_every_size_is_proven_to_continue_every_smaller_one() -> None:
    nodes, roots = grown(RANDOM_LEAVES)
    for new in range(SIZES + 1):
        for old in range(new + 1):
            proof = merkle.hashes_of(merkle.consistency_ranges(old, new), nodes.__getitem__)
            assert merkle.proves_consistency(old, new, roots[old], roots[new], proof)
            if 0 < old < new:
                assert not merkle.proves_consistency(old, new, roots[old - 1], roots[new], proof)
                assert not merkle.proves_consistency(old, new, roots[old], roots[new - 1], proof)
                assert not merkle.proves_consistency(old, new, roots[old], roots[new], [*proof, roots[1]])
                assert not merkle.proves_consistency(old, new, roots[old], roots[new], proof[:-1])


def test_a_proof_needs_few_stored_nodes() -> None:
    size = 1_000_003
    worst = max(len(merkle.needed(merkle.inclusion_ranges(index, size))) for index in range(0, size, 9973))
    assert worst <= 2 * size.bit_length()


def test_spoilt_proofs_prove_nothing() -> None:
    chance = random.Random(6962)  # noqa: S311 - reproducible
    nodes, roots = grown(RANDOM_LEAVES)
    for _ in range(500):
        size = chance.randint(2, SIZES)
        index = chance.randrange(size)
        proof = merkle.hashes_of(merkle.inclusion_ranges(index, size), nodes.__getitem__)
        place, bit = chance.randrange(len(proof)), chance.randrange(256)
        proof[place] = (int.from_bytes(proof[place], "big") ^ 1 << bit).to_bytes(32, "big")
        assert not merkle.proves_inclusion(index, size, RANDOM_LEAVES[index], proof, roots[size])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (2, 1), (-1, 3)])
def test_no_leaf_outside_of_the_tree_is_proven(index: int, size: int) -> None:
    assert not merkle.proves_inclusion(index, size, EMPTY_ROOT, [], EMPTY_ROOT)
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_ranges(index, size)
