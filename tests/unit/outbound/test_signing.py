"""Webhooks are signed as Standard Webhooks has it, by its own example; secrets come by reference and are never told."""

import base64
import secrets
from pathlib import Path

import pytest

from tidegate.outbound import signing
from tidegate.outbound.secrets import SecretUnavailable, is_reference, read_keys

# The example of the standard's own libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

KEY = signing.decode_secret(SECRET)
OTHER = b"o" * 32


def test_the_standards_example_is_signed_the_same() -> None:
    assert signing.sign(KEY, ID, AT, BODY) == SIGNATURE


def test_what_was_signed_verifies_with_either_of_two_keys() -> None:
    head = signing.headers([OTHER, KEY], ID, AT, BODY)
    signing.verify(KEY, head, BODY, AT + 299)
    signing.verify(OTHER, head, BODY, AT - 299)


@pytest.mark.parametrize(
    ("change", "body", "now"),
    [
        ({}, b'{"test": 2432232315}', AT),
        ({signing.ID: "msg_other"}, BODY, AT),
        ({signing.TIMESTAMP: str(AT + 1)}, BODY, AT),
        ({signing.TIMESTAMP: "٣"}, BODY, AT),
        ({signing.SIGNATURE: "v1,"}, BODY, AT),
        ({signing.SIGNATURE: "v2" + SIGNATURE[2:]}, BODY, AT),
        ({signing.SIGNATURE: "é"}, BODY, AT),
        ({}, BODY, AT + 301),
        ({}, BODY, AT - 301),
    ],
)
def test_what_was_changed_or_is_stale_does_not_verify(change: dict[str, str], body: bytes, now: int) -> None:
    with pytest.raises(signing.BadSignature):
        signing.verify(KEY, {**signing.headers([KEY], ID, AT, BODY), **change}, body, now)


def test_a_call_without_headers_does_not_verify() -> None:
    with pytest.raises(signing.BadSignature):
        signing.verify(KEY, {}, BODY, AT)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!", "short", base64.b64encode(b"x" * 23).decode(), "é" * 40])
def test_a_weak_or_broken_secret_is_refused(secret: str) -> None:
    with pytest.raises(signing.BadSecret) as refused:
        signing.decode_secret(secret)
    assert secret.removeprefix("whsec_") not in str(refused.value) or secret == "whsec_"


def test_keys_come_from_a_variable_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\nwhsec_{base64.b64encode(OTHER).decode()}\n")
    assert read_keys(f"file:{file}") == [KEY, OTHER]
    assert read_keys("env:HOOK_SECRET", {"HOOK_SECRET": SECRET}) == [KEY]


@pytest.mark.parametrize(
    "reference", ["env:ABSENT", "file:/nowhere/secret", "env:TIDEGATE_DATABASE_URL", SECRET, "env:WEAK", "env:EMPTY"]
)
def test_what_a_reference_does_not_lead_to_is_told_without_it(reference: str) -> None:
    weak = secrets.token_hex(8)
    with pytest.raises(SecretUnavailable) as missing:
        read_keys(reference, {"WEAK": weak, "EMPTY": " ", "TIDEGATE_DATABASE_URL": SECRET})
    told = f"{missing.value!r} {missing.value.__cause__!r}"
    assert weak not in told
    assert reference.partition(":")[2] not in told or not reference.partition(":")[2]


def test_a_secret_itself_is_no_reference() -> None:
    assert not is_reference(SECRET)
    assert not is_reference("env:TIDEGATE_OIDC_CLIENT_SECRET")
    assert is_reference("env:HOOK_SECRET")
    assert is_reference("file:/run/secrets/hook")
