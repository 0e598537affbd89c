"""UUIDv7: version, order, and the time inside."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from tidegate.domain.ids import created_at, first_id_at, new_id


def test_ids_are_version_7_and_carry_their_time() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = new_id()
    assert made.version == 7
    assert made.variant == RFC_4122
    assert before <= created_at(made) <= datetime.now(UTC)


def test_ids_only_grow_and_never_repeat_even_across_threads() -> None:
    one_after_another = [new_id() for _ in range(10_000)]
    assert one_after_another == sorted(one_after_another)
    with ThreadPoolExecutor(4) as threads:
        many = [id for ids in threads.map(lambda _: [new_id() for _ in range(2_000)], range(4)) for id in ids]
    assert len(set(many)) == len(many)


def test_the_first_id_of_an_instant_is_below_every_id_made_then() -> None:
    made = new_id()
    assert first_id_at(created_at(made)) < made < first_id_at(created_at(made) + timedelta(milliseconds=1))
