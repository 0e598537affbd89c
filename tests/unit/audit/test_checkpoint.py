"""Checkpoints: the published note, our own form, and every single character of it under protection."""

import base64
import hashlib
import string
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.audit import vectors
from tidegate.audit import checkpoint
from tidegate.audit.checkpoint import ED25519, Checkpoint, Forged, NotACheckpoint, VerifierKey
from tidegate.audit.keys import Signer, new_signer

ROOT = hashlib.sha256(b"a root").digest()
TIME = 1_767_225_600


@pytest.fixture(scope="module")
def signer() -> Signer:
    return new_signer("tidegate/audit/test")


def test_the_published_note_has_our_key_id_and_signature() -> None:
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(vectors.NOTE_SEED)[1:])
    key = VerifierKey("PeterNeumann", private.public_key().public_bytes_raw())
    assert str(key) == vectors.NOTE_KEY
    assert VerifierKey.parse(vectors.NOTE_KEY) == key
    raw = base64.b64decode(vectors.NOTE_SIGNATURE)
    assert raw[:4] == key.id(ED25519)
    assert raw[4:] == private.sign(vectors.NOTE_TEXT.encode())
    assert key.has_signed(vectors.NOTE_TEXT.encode(), raw[4:])


def test_the_specifications_example_is_read() -> None:
    read = checkpoint.read(vectors.CHECKPOINT)
    assert (read.origin, read.size) == ("example.com/behind-the-sofa", 20852163)
    assert vectors.CHECKPOINT.startswith(read.body + "\n")


def test_a_signed_checkpoint_is_what_was_signed_with_its_time(signer: Signer) -> None:
    signed = checkpoint.check(signer.sign(7, ROOT, TIME), signer.trusted)
    assert signed == checkpoint.Signed(Checkpoint("tidegate/audit/test", 7, ROOT), TIME, signer.key)


def test_the_empty_log_can_be_signed(signer: Signer) -> None:
    assert checkpoint.check(signer.sign(0, ROOT, TIME), signer.trusted).checkpoint.size == 0


def test_no_character_can_be_changed_taken_or_added(signer: Signer) -> None:
    note = signer.sign(1234, ROOT, TIME)
    for place, letter in enumerate(note):
        for other in {"A", "1", " ", "\n", "=", chr(ord(letter) ^ 1)} - {letter}:
            for spoilt in (note[:place] + other + note[place + 1 :], note[:place] + other + note[place:]):
                with pytest.raises((Forged, NotACheckpoint)):
                    checkpoint.check(spoilt, signer.trusted)
        with pytest.raises((Forged, NotACheckpoint)):
            checkpoint.check(note[:place] + note[place + 1 :], signer.trusted)


def test_base64_has_one_spelling(signer: Signer) -> None:
    """The last letter before `=` has bits that decode to nothing: another letter there would be a change no signature sees."""
    note = signer.sign(1234, ROOT, TIME)
    ends = [place for place, pair in enumerate(pairwise(note)) if pair[0] not in "=\n" and pair[1] == "="]
    assert len(ends) == 3
    for place in ends:
        for letter in set(string.ascii_letters + string.digits + "+/") - {note[place]}:
            with pytest.raises((Forged, NotACheckpoint)):
                checkpoint.check(note[:place] + letter + note[place + 1 :], signer.trusted)


def test_another_key_of_the_same_name_is_not_trusted(signer: Signer) -> None:
    with pytest.raises(Forged, match="trusted key"):
        checkpoint.check(new_signer(signer.origin).sign(7, ROOT, TIME), signer.trusted)


def test_a_witness_may_sign_too(signer: Signer) -> None:
    witness = vectors.CHECKPOINT.splitlines()[-1]
    assert checkpoint.check(signer.sign(7, ROOT, TIME) + witness + "\n", signer.trusted).checkpoint.size == 7


@pytest.mark.parametrize("line", [3, 4])
def test_both_signatures_are_needed(signer: Signer, line: int) -> None:
    lines = signer.sign(7, ROOT, TIME).splitlines(keepends=True)
    del lines[line + 1 if line == 4 else 4]
    with pytest.raises(Forged):
        checkpoint.check("".join(lines), signer.trusted)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        vectors.NOTE_KEY[:-1],
        vectors.NOTE_KEY.replace("c74f20a3", "c74f20a4"),
        vectors.NOTE_KEY.replace("PeterNeumann", "PeterNeuman"),
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|base64"):
        VerifierKey.parse(text)
