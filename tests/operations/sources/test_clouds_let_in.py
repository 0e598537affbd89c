"""Who is let in to Google's and Azure's stores, by what, where, and what is told when nobody is."""

import os
import socket
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from tests.cloud_doors import CLIENT, CLIENT_SECRET, REFRESH_TOKEN, Door, Entra, new_key, service_account, serving
from tests.clouds import ACCOUNT, ACCOUNT_KEY, AzureBlobs, Blobs, GoogleBlobs, azurite
from tests.counterparts import certified
from tests.operations.sources.places import HERE, by_hand, counts, reach_of, scanned, source_in, written
from tests.shares import Answered, answering
from tidegate.operations.door import Services
from tidegate.pipeline.fetching import remote
from tidegate.pipeline.fetching.objects import Found
from tidegate.pipeline.step import Reach
from tidegate.sources.source import Terms

REFUSED = {"gs": "source_auth_expired", "az": "source_forbidden"}
"""Azurite calls a wrong signature AuthorizationFailure; Azure calls it AuthenticationFailed, as a test below answers."""


async def test_what_goes_wrong_is_told_by_a_code(services: Services, blobs: Blobs, tmp_path: Path) -> None:
    blobs.put("in/a.txt", b"a")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{closed.getsockname()[1]}"
        wrong: tuple[tuple[dict[str, str], str], ...] = (
            ({"address": f"{blobs.scheme}://no-such-bucket"}, "source_not_found"),
            ({"credential": "env:NO_SUCH_VARIABLE"}, "source_auth_expired"),
            ({"credential": written(tmp_path, nothing="of use")}, "source_auth_expired"),
            ({"endpoint": silent, "credential": ""}, "source_unreachable"),
            ({"credential": written(tmp_path, **another_key(blobs))}, REFUSED[blobs.scheme]),
        )
        for number, (changes, code) in enumerate(wrong):
            source = await by_hand(services, msgspec.structs.replace(source_in(blobs, tmp_path, name=str(number)), **changes))
            assert counts(await scanned(services, source)) == (0, 0, 0, code), changes


def another_key(blobs: Blobs) -> dict[str, str]:
    """Return a credential that is well made, and of somebody else."""
    if isinstance(blobs, GoogleBlobs):
        return service_account(new_key(), blobs.door.url)
    return {**blobs.parts, "account_key": "b" * 86 + "=="}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_host_that_is_not_allowed_is_not_connected_to(
    services: Services, blobs: Blobs, tmp_path: Path, host: str
) -> None:
    strict = replace(services, settings=replace(services.settings, allowed_hosts=()))
    terms = source_in(blobs, tmp_path, endpoint=blobs.endpoint.replace("127.0.0.1", host), credential="")
    assert counts(await scanned(strict, await by_hand(strict, terms))) == (0, 0, 0, "source_blocked_address")


async def test_a_token_is_not_asked_for_where_nobody_may_connect(
    services: Services, bucket_of_google: GoogleBlobs, door: Door, tmp_path: Path
) -> None:
    """The store's own server may be reached; the credential names another one for the token."""
    bucket_of_google.put("in/a.txt", b"a")
    named = replace(services, settings=replace(services.settings, allowed_hosts=("localhost",)))
    at = door.url.replace("127.0.0.1", "localhost")
    for name, token_uri, code in (
        ("inside", f"{door.url}/token", "source_blocked_address"),
        ("metadata", "http://169.254.169.254/token", "source_blocked_address"),
        ("no address", "token", "source_auth_expired"),
    ):
        credential = written(tmp_path, **{**bucket_of_google.parts, "token_uri": token_uri})
        terms = source_in(bucket_of_google, tmp_path, name=name, endpoint=at, credential=credential)
        assert counts(await scanned(named, await by_hand(named, terms))) == (0, 0, 0, code), name
    plain = source_in(bucket_of_google, tmp_path, name="plain", endpoint="https://localhost:9")
    assert counts(await scanned(named, await by_hand(named, plain))) == (0, 0, 0, "source_auth_expired")
    assert door.asked == []


async def test_what_proves_who_one_is_goes_to_no_other_server(
    services: Services, bucket_of_google: GoogleBlobs, tmp_path: Path
) -> None:
    with (
        answering(lambda _method, _path: Answered(200, b'{"access_token": "x"}')) as elsewhere,
        answering(lambda _method, _path: Answered(307, head={"Location": f"http://{elsewhere.at}/token"})) as server,
    ):
        credential = written(tmp_path, **{**bucket_of_google.parts, "token_uri": f"http://{server.at}/token"})
        source = await by_hand(services, source_in(bucket_of_google, tmp_path, credential=credential))
        assert counts(await scanned(services, source)) == (0, 0, 0, "source_unreachable")
        assert (server.asked, elsewhere.asked) == (["POST /token"], [])


async def test_nothing_of_the_machine_s_own_is_used(
    services: Services, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs.put("in/a.txt", b"a")
    here = {"HTTP_PROXY": "http://127.0.0.1:9", "STORAGE_EMULATOR_HOST": "http://127.0.0.1:9", "AZURE_STORAGE_KEY": ACCOUNT_KEY}
    for name, value in {**here, "http_proxy": "http://127.0.0.1:9", "GOOGLE_APPLICATION_CREDENTIALS": "/none"}.items():
        monkeypatch.setitem(os.environ, name, value)
    assert counts(await scanned(services, await by_hand(services, source_in(blobs, tmp_path)))) == (1, 1, 0, None)
    anybody = source_in(blobs, tmp_path, name="anybody", credential="")
    _, _, _, code = counts(await scanned(services, await by_hand(services, anybody)))
    assert code in {"source_auth_expired", "source_forbidden", "source_not_found"}


async def test_anybody_may_read_what_is_open(
    services: Services, bucket_of_google: GoogleBlobs, azure: str, tmp_path: Path
) -> None:
    bucket_of_google.put("in/a.txt", b"a")
    open_to_all = AzureBlobs(azure, f"open-{uuid4()}")
    open_to_all.own.set_container_access_policy({}, public_access="container")
    open_to_all.put("in/a.txt", b"a")
    with ExitStack() as stack:
        bucket_of_google.door.is_open = True
        stack.callback(setattr, bucket_of_google.door, "is_open", False)
        for blobs in (bucket_of_google, open_to_all):
            terms = source_in(blobs, tmp_path, name=blobs.scheme, credential="")
            assert counts(await scanned(services, await by_hand(services, terms))) == (1, 1, 0, None)


async def test_a_shared_access_signature_lets_in_for_as_long_as_it_holds(
    services: Services, container: AzureBlobs, tmp_path: Path
) -> None:
    container.put("in/a.txt", b"a")
    for hours, expected in ((1, (1, 1, 0, None)), (-1, (0, 0, 0, REFUSED["az"]))):
        sas = generate_container_sas(
            ACCOUNT, container.bucket, ACCOUNT_KEY, permission=ContainerSasPermissions(read=True, list=True),
            expiry=datetime.now(UTC) + timedelta(hours=hours),
        )  # fmt: skip
        credential = written(tmp_path, account_name=ACCOUNT, sas_token=f"?{sas}")
        terms = source_in(container, tmp_path, name=str(hours), credential=credential)
        assert counts(await scanned(services, await by_hand(services, terms))) == expected
    only_to_read = generate_container_sas(
        ACCOUNT, container.bucket, ACCOUNT_KEY, permission=ContainerSasPermissions(read=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )  # fmt: skip
    credential = written(tmp_path, account_name=ACCOUNT, sas_token=only_to_read)
    terms = source_in(container, tmp_path, name="only to read", credential=credential)
    assert counts(await scanned(services, await by_hand(services, terms))) == (0, 0, 0, "source_forbidden")


async def test_what_lets_a_person_in_anew_is_taken_too(
    services: Services, bucket_of_google: GoogleBlobs, door: Door, tmp_path: Path
) -> None:
    bucket_of_google.put("in/a.txt", b"a")
    known = {"type": "authorized_user", "client_id": CLIENT, "client_secret": CLIENT_SECRET, "token_uri": f"{door.url}/token"}
    for refresh_token, expected in ((REFRESH_TOKEN, (1, 1, 0, None)), ("another", (0, 0, 0, "source_auth_expired"))):
        credential = written(tmp_path, **known, refresh_token=refresh_token)
        terms = source_in(bucket_of_google, tmp_path, name=refresh_token[:9], credential=credential)
        assert counts(await scanned(services, await by_hand(services, terms))) == expected


async def test_an_application_of_entra_s_is_let_in_by_a_token(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Azurite looks at whom a token is for, until when, and who gave it; the server that gives it is one of the test's own."""
    tls, _ = certified(tmp_path)
    pem = str(tmp_path / "mail.pem")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", pem)
    with azurite("--oauth", "basic", "--cert", pem, "--key", pem) as url, serving(Entra(tls)) as entra:
        container = AzureBlobs(url, f"harbour-{uuid4()}", trust=pem)
        container.put("in/a.txt", b"a")
        container.put("in/b.txt", b"b")
        known = {
            "account_name": ACCOUNT, "tenant_id": "harbour", "client_id": CLIENT, "client_secret": CLIENT_SECRET,
            "authority": f"127.0.0.1:{entra.server_port}",
        }  # fmt: skip
        reach = await reach_of(services, source_in(container, tmp_path, name="let in", credential=written(tmp_path, **known)))
        for _ in range(2):
            assert [[found.name for found in page] for page in listed(reach)] == [["a.txt", "b.txt"]]
        assert entra.asked == ["/harbour/oauth2/v2.0/token"]
        named = replace(services, settings=replace(services.settings, allowed_hosts=("localhost",)))
        wrong: tuple[tuple[dict[str, str], str], ...] = (
            ({"client_secret": "another"}, "source_auth_expired"),
            ({"authority": f"localhost:{entra.server_port}/.."}, "source_auth_expired"),
            ({"tenant_id": "../x"}, "source_auth_expired"),
        )
        for number, (changes, code) in enumerate(wrong):
            credential = written(tmp_path, **{**known, **changes})
            terms = source_in(container, tmp_path, name=str(number), credential=credential)
            assert counts(await scanned(services, await by_hand(services, terms))) == (0, 0, 0, code), changes
        asked = len(entra.asked)
        inside = source_in(
            container,
            tmp_path,
            name="inside",
            credential=written(tmp_path, **known),
            endpoint=url.replace("127.0.0.1", "localhost"),
        )
        assert counts(await scanned(named, await by_hand(named, inside))) == (0, 0, 0, "source_blocked_address")
        plain = source_in(container, tmp_path, name="plain", credential=written(tmp_path, **known), endpoint="http://127.0.0.1:9")
        assert counts(await scanned(services, await by_hand(services, plain))) == (0, 0, 0, "source_auth_expired")
        assert len(entra.asked) == asked


@pytest.mark.parametrize(
    ("status", "word", "code"),
    [
        (403, "AuthenticationFailed", "source_auth_expired"), (401, "NoAuthenticationInformation", "source_auth_expired"),
        (403, "AuthorizationPermissionMismatch", "source_forbidden"), (409, "PublicAccessNotPermitted", "source_forbidden"),
        (404, "ContainerNotFound", "source_not_found"), (503, "ServerBusy", "rate_limited"),
        (500, "InternalError", "source_unreachable"), (302, "", "source_unreachable"),
    ],
)  # fmt: skip
async def test_what_azure_itself_answers_has_its_code(
    services: Services, tmp_path: Path, status: int, word: str, code: str
) -> None:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{word}</Code><Message>no</Message></Error>'.encode()
    with answering(lambda _method, _path: Answered(200)) as elsewhere:
        head = {"x-ms-error-code": word, "Content-Type": "application/xml", "Location": f"http://{elsewhere.at}/"}
        with answering(lambda _method, _path: Answered(status, body, head)) as server:
            credential = written(tmp_path, account_name=ACCOUNT, account_key=ACCOUNT_KEY)
            terms = Terms(name="azure", address="az://harbour", endpoint=f"http://{server.at}/{ACCOUNT}", credential=credential)
            assert counts(await scanned(services, await by_hand(services, terms))) == (0, 0, 0, code)
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"", "source_auth_expired"), (403, b"", "source_forbidden"), (429, b"", "rate_limited"),
        (503, b"", "source_unreachable"),
        (307, b"", "source_not_found"), (200, b"<html>", "source_unreachable"),
        (200, b'{"items": 1}', "source_unreachable"),
    ],
)  # fmt: skip
async def test_what_google_itself_answers_has_its_code(services: Services, status: int, body: bytes, code: str) -> None:
    with answering(lambda _method, _path: Answered(200)) as elsewhere:
        with answering(lambda _method, _path: Answered(status, body, {"Location": f"http://{elsewhere.at}/"})) as server:
            terms = Terms(name="google", address="gs://harbour", endpoint=f"http://{server.at}")
            assert counts(await scanned(services, await by_hand(services, terms))) == (0, 0, 0, code)
        assert elsewhere.asked == []


def listed(reach: Reach) -> list[list[Found]]:
    """Return the pages of what is there."""
    return list(remote.listed(reach, "", recursive=True, allowed=HERE))
