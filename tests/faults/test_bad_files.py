"""Spoilt documents: each way of spoiling is done, the same seed does the same, and every file ends in a declared code."""

import random
from collections import Counter
from pathlib import Path

from faults.bad_files import Tally, spoil, table
from faults.mutations import MUTATIONS, mutate
from tidegate.demo import DOCUMENTS
from tidegate.domain.failures import FailureCode

GOOD = sorted(path for path in DOCUMENTS.iterdir() if path.is_file())
ENDS = {code.value for code in FailureCode} | {"succeeded"}
N = 60


def test_the_same_seed_spoils_the_same_way() -> None:
    documents = [path.read_bytes() for path in GOOD]
    chances = (random.Random(seed) for seed in (3, 3, 4))  # noqa: S311 - it spoils, it hides nothing
    first, again, other = ([mutate(documents, chance) for _ in range(20)] for chance in chances)
    assert first == again != other
    assert all(content != documents[at] for at, _, content in first)


async def test_every_spoilt_file_ends_in_a_code_of_the_catalogue(tmp_path: Path) -> None:
    tally = await spoil(GOOD, N, seed=7, home=tmp_path)
    assert tally.n == N
    assert {how for how, _ in tally.ends} == {mutation.__name__ for mutation in MUTATIONS}
    assert {end for _, end in tally.ends} <= ENDS
    assert tally.unforeseen == []
    assert tally.of("succeeded") < N / 2
    assert list(tmp_path.glob("*-*")) == []
    assert f"{N} files; internal: 0.00 %." in table(tally, 7, 1.0)


def test_a_campaign_can_fail() -> None:
    internal, corrupt = ("cut", FailureCode.INTERNAL.value), ("cut", FailureCode.DOCUMENT_CORRUPT.value)
    assert Tally(Counter({internal: 4, corrupt: 996})).is_clean
    assert not Tally(Counter({internal: 5, corrupt: 995})).is_clean
