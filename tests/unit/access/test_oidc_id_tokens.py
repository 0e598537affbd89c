"""An ID token counts only when everything about it is right."""

import base64
import json
import time
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.oidc_provider import signed_with_shared_secret
from tidegate.access.doubts import Doubt, NotProven
from tidegate.access.id_tokens import LEEWAY_SECONDS, OLDEST_SECONDS, Expected, Keys, proven_claims

NOW = 1_900_000_000
EXPECTED = Expected("https://id.example", "tidegate", "the-nonce")
RSA, EC, OKP = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
SIGNED_BY = {"RS256": RSA, "PS256": RSA, "ES256": EC, "Ed25519": OKP}
CLAIMS = {"iss": "https://id.example", "sub": "4711", "aud": "tidegate", "iat": NOW, "exp": NOW + 300, "nonce": "the-nonce"}


def published(key: Any, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": "one", **members}


def token(key: Any = RSA, algorithm: str = "RS256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}
    head = {"alg": algorithm, "kid": "one", **(header or {})}
    return jws.serialize_compact(head, json.dumps(said), key, algorithms=[algorithm])


def doubt(text: object, keys: Keys | None = None) -> Doubt:
    with pytest.raises(NotProven) as refused:
        proven_claims(text, [published(RSA)] if keys is None else keys, EXPECTED, now=NOW)
    return refused.value.doubt


@pytest.mark.parametrize("algorithm", SIGNED_BY)
def test_an_honest_token_is_believed(algorithm: str) -> None:
    key = SIGNED_BY[algorithm]
    claims = proven_claims(token(key, algorithm), [published(key), published(RSA, kid="two")], EXPECTED, now=NOW)
    assert claims["sub"] == "4711"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iss": "https://id.example/"}, Doubt.TOKEN_ISSUER),
        ({"iss": ...}, Doubt.TOKEN_ISSUER),
        ({"aud": "another"}, Doubt.TOKEN_AUDIENCE),
        ({"aud": []}, Doubt.TOKEN_AUDIENCE),
        ({"aud": ...}, Doubt.TOKEN_AUDIENCE),
        ({"aud": ["tidegate", "another"]}, Doubt.TOKEN_AUDIENCE),
        ({"azp": "another"}, Doubt.TOKEN_AUDIENCE),
        ({"aud": ["tidegate", "another"], "azp": "another"}, Doubt.TOKEN_AUDIENCE),
        ({"exp": NOW - LEEWAY_SECONDS}, Doubt.TOKEN_TIME),
        ({"exp": ...}, Doubt.TOKEN_TIME),
        ({"exp": True}, Doubt.TOKEN_TIME),
        ({"exp": "2099"}, Doubt.TOKEN_TIME),
        ({"exp": float("inf")}, Doubt.TOKEN_TIME),
        ({"iat": ...}, Doubt.TOKEN_TIME),
        ({"iat": NOW + LEEWAY_SECONDS + 1}, Doubt.TOKEN_TIME),
        ({"iat": NOW - OLDEST_SECONDS - 1}, Doubt.TOKEN_TIME),
        ({"nbf": NOW + LEEWAY_SECONDS + 1}, Doubt.TOKEN_TIME),
        ({"nonce": "another"}, Doubt.TOKEN_NONCE),
        ({"nonce": "the-nonce "}, Doubt.TOKEN_NONCE),
        ({"nonce": ...}, Doubt.TOKEN_NONCE),
        ({"nonce": None}, Doubt.TOKEN_NONCE),
        ({"nonce": "\ud800"}, Doubt.TOKEN_NONCE),
        ({"sub": "\ud800"}, Doubt.TOKEN_SUBJECT),
        ({"sub": ""}, Doubt.TOKEN_SUBJECT),
        ({"sub": "x" * 256}, Doubt.TOKEN_SUBJECT),
        ({"sub": "zwölf"}, Doubt.TOKEN_SUBJECT),
        ({"sub": 4711}, Doubt.TOKEN_SUBJECT),
        ({"sub": ...}, Doubt.TOKEN_SUBJECT),
    ],
)
def test_a_wrong_claim_is_refused(claims: dict[str, Any], expected: Doubt) -> None:
    assert doubt(token(**claims)) is expected


def test_the_clocks_may_differ_by_the_leeway() -> None:
    for claims in (
        {"exp": NOW - LEEWAY_SECONDS + 1},
        {"iat": NOW + LEEWAY_SECONDS},
        {"aud": ["tidegate", "b"], "azp": "tidegate"},
    ):
        assert proven_claims(token(**claims), [published(RSA)], EXPECTED, now=NOW)


def test_a_token_for_several_is_believed_when_it_was_given_to_us() -> None:
    several = token(aud=["tidegate", "another"], azp="tidegate")
    assert proven_claims(several, [published(RSA)], EXPECTED, now=NOW)["sub"] == "4711"


def test_no_signature_and_shared_secrets_are_refused() -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    body = token().split(".")[1]
    assert doubt(f"{head}.{body}.") is Doubt.TOKEN_ALGORITHM
    for secret in (RSA.as_pem(private=False), b"\0\0\0"):
        assert doubt(signed_with_shared_secret(CLAIMS, secret, "one")) is Doubt.TOKEN_ALGORITHM
    oct_set = [{"kty": "oct", "k": "AAAA", "kid": "one"}]
    assert doubt(signed_with_shared_secret(CLAIMS, b"\0\0\0", "one"), oct_set) is Doubt.TOKEN_ALGORITHM
    assert doubt(token(), oct_set) is Doubt.TOKEN_KEY


@pytest.mark.parametrize("header", [{"crit": ["exp"], "exp": 1}, {"b64": False, "crit": ["b64"]}])
def test_extensions_that_we_do_not_know_are_refused(header: dict[str, Any]) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": "one", **header}).encode()).rstrip(b"=").decode()
    _, body, signature = token().split(".")
    assert doubt(f"{head}.{body}.{signature}") in {Doubt.TOKEN_ALGORITHM, Doubt.TOKEN_FORM}


def test_another_key_and_a_changed_claim_do_not_pass() -> None:
    assert doubt(token(RSAKey.generate_key(2048))) is Doubt.TOKEN_SIGNATURE
    head, _, signature = token().split(".")
    body = token(sub="4712").split(".")[1]
    assert doubt(f"{head}.{body}.{signature}") is Doubt.TOKEN_SIGNATURE


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [published(RSA, kid="two")],
        [published(RSA, use="enc")],
        [published(RSA, alg="PS256")],
        [published(EC)],
        [published(RSA), published(RSAKey.generate_key(2048))],
        [{"kty": "RSA", "kid": "one"}],
        ["no key at all"],
    ],
)
def test_a_key_that_is_not_for_this_is_not_used(keys: Keys) -> None:
    assert doubt(token(), keys) is Doubt.TOKEN_KEY


def test_a_key_in_the_token_itself_is_ignored() -> None:
    own = RSAKey.generate_key(2048)
    assert doubt(token(own, header={"jwk": own.as_dict(private=False)})) is Doubt.TOKEN_SIGNATURE


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_weak_keys_are_refused() -> None:
    weak = RSAKey.generate_key(1024)
    assert doubt(token(weak), [published(weak)]) is Doubt.TOKEN_ALGORITHM


@pytest.mark.parametrize("text", [None, 7, "", "a.b", "a.b.c", "ä.b.c", "x" * 20_000, "e30.e30.", "W10.W10.W10"])
def test_what_is_no_token_is_refused(text: object) -> None:
    assert doubt(text) in {Doubt.TOKEN_FORM, Doubt.TOKEN_ALGORITHM}


def test_the_real_clock_is_used_when_none_is_given() -> None:
    now = int(time.time())
    assert proven_claims(token(iat=now, exp=now + 60), [published(RSA)], EXPECTED)
    with pytest.raises(NotProven):
        proven_claims(token(iat=now - 90, exp=now - 60), [published(RSA)], EXPECTED)
