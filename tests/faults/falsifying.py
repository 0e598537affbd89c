"""Ways to falsify a log that one has in hand, with all but the private key. Each changes something, whatever the chance."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from tests.faults.honest_logs import sealed_event, seeded_signer
from tidegate.audit import checkpoint
from tidegate.audit.keys import Signer
from tidegate.audit.lines import End, Line, Log, SealedEvent, SignedCheckpoint, UnsealedEvent
from tidegate.audit.merkle import Frontier, leaf_hash

Lines = list[Line]
Way = Callable[[Lines, random.Random], Lines]


def events_of(lines: Sequence[Line]) -> list[SealedEvent]:
    """The events whose content is there; an expired one has no content left to falsify."""
    return [line for line in lines if isinstance(line, SealedEvent) and '"expired":true' not in (line.payload or "")]


def swapped(lines: Lines, *changes: tuple[Line, Line]) -> Lines:
    """Put lines in the place of others."""
    table = {id(old): new for old, new in changes}
    return [table.get(id(line), line) for line in lines]


def counted(lines: Lines) -> Lines:
    """Make the last line right: whoever falsifies a log can count."""
    end = End(
        sum(isinstance(line, SealedEvent) for line in lines),
        sum(isinstance(line, SignedCheckpoint) for line in lines),
        sum(isinstance(line, UnsealedEvent) for line in lines),
    )
    return [end if isinstance(line, End) else line for line in lines]


def renumbered(lines: Lines) -> Lines:
    """Give the leaves new numbers without a gap."""
    numbers = iter(range(len(lines)))
    return counted([replace(line, index=next(numbers)) if isinstance(line, SealedEvent) else line for line in lines])


def reworded(payload: str, chance: random.Random) -> str:
    """Change one character of a payload to another that keeps it JSON."""
    places = [place for place, letter in enumerate(payload) if letter.isascii() and letter.isalnum()]
    place = chance.choice(places)
    letter = chance.choice([other for other in "abcdef0123456789" if other != payload[place]])
    return payload[:place] + letter + payload[place + 1 :]


# Edit --------------------------------------------------------------------------------------------------------------


def edit_payload(lines: Lines, chance: random.Random) -> Lines:
    event = chance.choice(events_of(lines))
    return swapped(lines, (event, replace(event, payload=reworded(event.payload or "", chance))))


def edit_payload_and_leaf(lines: Lines, chance: random.Random) -> Lines:
    event = chance.choice(events_of(lines))
    payload = reworded(event.payload or "", chance)
    return swapped(lines, (event, replace(event, payload=payload, leaf=leaf_hash(payload.encode()))))


def edit_space(lines: Lines, chance: random.Random) -> Lines:
    event = chance.choice(events_of(lines))
    return swapped(lines, (event, replace(event, payload=(event.payload or "") + " ")))


def edit_column(lines: Lines, chance: random.Random) -> Lines:
    event = chance.choice(events_of(lines))
    columns = {**(event.columns or {}), chance.choice(["action", "outcome", "actor_id", "target_id"]): "session.sign_out"}
    if columns == event.columns:
        columns["outcome"] = "neither"
    return swapped(lines, (event, replace(event, columns=columns)))


def edit_body(lines: Lines, chance: random.Random) -> Lines:
    event = chance.choice(events_of(lines))
    return swapped(lines, (event, replace(event, body={"action": "nothing"})))


def edit_id(lines: Lines, chance: random.Random) -> Lines:
    event = chance.choice(events_of(lines))
    return swapped(lines, (event, replace(event, id=f"{event.id[:24]}{chance.getrandbits(48):012x}")))


def edit_by_false_expiry(lines: Lines, chance: random.Random) -> Lines:
    event = events_of(lines)[-1 - chance.randrange(2)]
    return swapped(lines, (event, replace(event, payload=f'{{"id":"{event.id}","expired":true}}')))


# Delete ------------------------------------------------------------------------------------------------------------


def delete_event(lines: Lines, chance: random.Random) -> Lines:
    event = chance.choice(events_of(lines))
    return swapped(lines, (event, replace(event, payload=None, columns=None)))


def delete_line(lines: Lines, chance: random.Random) -> Lines:
    gone = set(map(id, chance.sample(events_of(lines), chance.randint(1, 2))))
    return counted([line for line in lines if id(line) not in gone])


def delete_and_renumber(lines: Lines, chance: random.Random) -> Lines:
    return renumbered(delete_line(lines, chance))


def delete_checkpoint(lines: Lines, chance: random.Random) -> Lines:
    marks = [line for line in lines if isinstance(line, SignedCheckpoint)]
    gone = chance.choice(marks[:-1])
    return counted([line for line in lines if line is not gone])


# Insert ------------------------------------------------------------------------------------------------------------


def false_event(lines: Lines, chance: random.Random) -> SealedEvent:
    model = chance.choice(events_of(lines))
    other = f"{model.id[:24]}{chance.getrandbits(48):012x}"
    return sealed_event(model.index, model.xid, model.recorded_at or "", (model.payload or "").replace(model.id, other))


def insert_line(lines: Lines, chance: random.Random) -> Lines:
    false = false_event(lines, chance)
    place = next(number for number, line in enumerate(lines) if isinstance(line, SealedEvent) and line.index == false.index)
    return counted([*lines[: place + 1], false, *lines[place + 1 :]])


def insert_and_renumber(lines: Lines, chance: random.Random) -> Lines:
    return renumbered(insert_line(lines, chance))


def insert_behind_the_seal(lines: Lines, chance: random.Random) -> Lines:
    false = false_event(lines, chance)
    event = UnsealedEvent(false.id, false.xid, false.recorded_at or "", false.payload or "")
    return counted([*lines[:-1], event, lines[-1]])


def insert_after_the_last(lines: Lines, chance: random.Random) -> Lines:
    last = max(line.index for line in lines if isinstance(line, SealedEvent))
    return counted([*lines[:-1], replace(false_event(lines, chance), index=last + 1), lines[-1]])


# Reorder -----------------------------------------------------------------------------------------------------------


def two_events(lines: Lines, chance: random.Random) -> tuple[SealedEvent, SealedEvent]:
    one, other = sorted(chance.sample(events_of(lines), 2), key=lambda event: event.index)
    return one, other


def reorder_lines(lines: Lines, chance: random.Random) -> Lines:
    one, other = two_events(lines, chance)
    return swapped(lines, (one, other), (other, one))


def reorder_leaves(lines: Lines, chance: random.Random) -> Lines:
    one, other = two_events(lines, chance)
    return swapped(lines, (one, replace(other, index=one.index)), (other, replace(one, index=other.index)))


def reorder_payloads(lines: Lines, chance: random.Random) -> Lines:
    one, other = two_events(lines, chance)
    return swapped(lines, (one, replace(one, payload=other.payload)), (other, replace(other, payload=one.payload)))


def reorder_leaves_with_their_transactions(lines: Lines, chance: random.Random) -> Lines:
    one, other = two_events(lines, chance)
    return swapped(
        lines, (one, replace(other, index=one.index, xid=one.xid)), (other, replace(one, index=other.index, xid=other.xid))
    )


def reorder_checkpoints(lines: Lines, chance: random.Random) -> Lines:
    marks = [line for line in lines if isinstance(line, SignedCheckpoint)]
    pairs = [(a, b) for a, b in pairwise(marks) if checkpoint.read(a.note).size < checkpoint.read(b.note).size]
    one, other = chance.choice(pairs)
    return swapped(lines, (one, replace(other, number=one.number)), (other, replace(one, number=other.number)))


# Truncate ----------------------------------------------------------------------------------------------------------


def truncate(lines: Lines, chance: random.Random) -> Lines:
    size = chance.randrange(max(line.index for line in lines if isinstance(line, SealedEvent)) + 1)
    kept: Lines = []
    for line in lines:
        is_beyond = (isinstance(line, SealedEvent) and line.index >= size) or (
            isinstance(line, SignedCheckpoint) and checkpoint.read(line.note).size > size
        )
        if not is_beyond and not (isinstance(line, UnsealedEvent) and size % 2):
            kept.append(line)
    return counted(kept)


def truncate_at_a_checkpoint(lines: Lines, chance: random.Random) -> Lines:
    marks = [line for line in lines if isinstance(line, SignedCheckpoint)]
    last = checkpoint.read(marks[-1].note).size
    keep = chance.choice([mark for mark in marks if checkpoint.read(mark.note).size < last])
    place = next(number for number, line in enumerate(lines) if line is keep)
    return counted([*lines[: place + 1], lines[-1]])


def truncate_and_tell_as_unsealed(lines: Lines, chance: random.Random) -> Lines:
    kept = truncate_at_a_checkpoint(lines, chance)
    there = {line.id for line in kept if isinstance(line, SealedEvent)}
    tail = [UnsealedEvent(e.id, e.xid, e.recorded_at or "", e.payload or "") for e in events_of(lines) if e.id not in there]
    return counted([*kept[:-1], *tail, kept[-1]])


# Forge -------------------------------------------------------------------------------------------------------------


def a_mark(lines: Lines, chance: random.Random) -> SignedCheckpoint:
    return chance.choice([line for line in lines if isinstance(line, SignedCheckpoint)])


def forge_character(lines: Lines, chance: random.Random) -> Lines:
    mark = a_mark(lines, chance)
    place = chance.randrange(len(mark.note))
    letter = chance.choice([other for other in "Ab1+/=\n" if other != mark.note[place]])
    return swapped(lines, (mark, replace(mark, note=mark.note[:place] + letter + mark.note[place + 1 :])))


def forge_root(lines: Lines, chance: random.Random) -> Lines:
    mark = a_mark(lines, chance)
    root = checkpoint.read(mark.note).body.splitlines()[2]
    other = checkpoint.Checkpoint("x/y", 1, chance.randbytes(32)).body.splitlines()[2]
    return swapped(lines, (mark, replace(mark, note=mark.note.replace(root, other))))


def forge_with_another_key(lines: Lines, chance: random.Random) -> Lines:
    mark = a_mark(lines, chance)
    return swapped(lines, (mark, replace(mark, note=resigned(mark.note, seeded_signer(chance)))))


def forge_without_time(lines: Lines, chance: random.Random) -> Lines:
    mark = a_mark(lines, chance)
    return swapped(lines, (mark, replace(mark, note="".join(mark.note.splitlines(keepends=True)[:-1]))))


def forge_the_whole_log(lines: Lines, chance: random.Random) -> Lines:
    """Rewrite one event and sign everything anew; the false key is put into the head."""
    forger, tree = seeded_signer(chance), Frontier()
    made: Lines = []
    for line in edit_payload_and_leaf(lines, chance):
        match line:
            case Log():
                made.append(replace(line, keys=(str(forger.key),)))
            case SealedEvent():
                tree.append(line.leaf)
                made.append(line)
            case SignedCheckpoint():
                made.append(replace(line, note=forger.sign(tree.size, tree.root, 1_800_000_000)))
            case _:
                made.append(line)
    return made


def resigned(note: str, signer: Signer) -> str:
    """Sign what a note says with another key."""
    said = checkpoint.read(note)
    return signer.sign(said.size, said.root, 1_800_000_000)
