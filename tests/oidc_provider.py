"""A small OpenID Connect provider as a process of its own. It lets everybody in at once, and it misbehaves when told to.

`POST /control` takes `{"mode": …, "claims": {…}, "algorithm": …, "rotate": true}`; the modes are named where they act.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID = "tidegate"
CLIENT_SECRET = "a secret: of / the test's + own"
"""With letters that HTTP Basic takes only after form-encoding."""
CANARY = "text-of-the-provider"
SLOW_SECONDS = 20.0
HUGE_BYTES = 1024 * 1024
HONEST = "honest"


@dataclass
class Code:
    """What was asked for when the code was given out."""

    challenge: str
    nonce: str
    redirect_uri: str


@dataclass
class State:
    """Everything that the provider knows."""

    issuer: str
    mode: str = HONEST
    algorithm: str = "RS256"
    claims: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    keys: dict[str, RSAKey | ECKey] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)

    def rotate(self) -> None:
        """Make new keys and publish only those."""
        serial = secrets.token_hex(4)
        self.keys = {"RS256": RSAKey.generate_key(2048), "ES256": ECKey.generate_key("P-256")}
        self.published = [f"{name}-{serial}" for name in self.keys]

    def key_set(self) -> dict[str, Any]:
        named = zip(self.published, self.keys.items(), strict=True)
        keys = [{**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": name} for kid, (name, key) in named]
        return {"keys": keys}

    def id_token(self, code: Code) -> str:
        """Return the token, honest or as the mode wants it."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": "4711", "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": code.nonce,
            "preferred_username": "ada", "name": "Ada L.", "email": "ada@example.org", **self.claims,
        }  # fmt: skip
        claims.update(LIES.get(self.mode, lambda _: {})(now))
        kid = next(kid for kid in self.published if kid.startswith(self.algorithm))
        header = {"alg": self.algorithm, "kid": "kid-of-nobody" if self.mode == "unknown_kid" else kid}
        if self.mode == "alg_none":
            return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."
        if self.mode == "hs256":
            return signed_with_shared_secret(claims, self.keys["RS256"].as_pem(private=False), kid)
        if self.mode == "own_key":
            return jwt.encode(header, claims, RSAKey.generate_key(2048), algorithms=["RS256"])
        return jwt.encode(header, claims, self.keys[self.algorithm], algorithms=[self.algorithm])


LIES: dict[str, Any] = {
    "wrong_issuer": lambda _: {"iss": "https://elsewhere.example"},
    "wrong_audience": lambda _: {"aud": "another-client"},
    "wrong_party": lambda _: {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
    "no_party": lambda _: {"aud": [CLIENT_ID, "another-client"]},
    "expired": lambda now: {"iat": now - 400, "exp": now - 100},
    "from_the_future": lambda now: {"iat": now + 300},
    "old": lambda now: {"iat": now - 3600},
    "bad_nonce": lambda _: {"nonce": "of-another-sign-in"},
    "no_nonce": lambda _: {"nonce": None},
    "no_subject": lambda _: {"sub": ""},
}


class Handler(BaseHTTPRequestHandler):
    """The provider's addresses."""

    state: State
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, {name: found[0] for name, found in parse_qs(urlsplit(self.path).query).items()}
        if path == "/.well-known/openid-configuration":
            self._send(200, self._discovery())
        elif path == "/jwks":
            self._send(200, self.state.key_set())
        elif path == "/authorize":
            self._authorize(query)
        else:
            self._send(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/control":
            self._control(json.loads(body))
        else:
            self._token({name: found[0] for name, found in parse_qs(body).items()})

    def _discovery(self) -> dict[str, Any]:
        issuer, mode = self.state.issuer, self.state.mode
        return {
            "issuer": f"{issuer}/" if mode == "other_discovery" else issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": "http://192.0.2.1/token" if mode == "unsafe_endpoint" else f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }

    def _authorize(self, query: dict[str, str]) -> None:
        state = self.state
        wanted = ("code", CLIENT_ID, "S256")
        if (query.get("response_type"), query.get("client_id"), query.get("code_challenge_method")) != wanted:
            return self._send(400, {"error": "invalid_request"})
        code = secrets.token_urlsafe(16)
        state.codes[code] = Code(query["code_challenge"], query["nonce"], query["redirect_uri"])
        answer = {"code": code, "state": query["state"], "iss": state.issuer}
        if state.mode == "denied":
            answer = {"error": "access_denied", "error_description": CANARY, "state": query["state"], "iss": state.issuer}
        answer.update({
            "other_state": {"state": "of-another-sign-in"}, "mixed_up": {"iss": "https://elsewhere.example"},
        }.get(state.mode, {}))  # fmt: skip
        if state.mode == "no_issuer":
            del answer["iss"]
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}?{urlencode(answer)}")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _token(self, form: dict[str, str]) -> None:
        code = self.state.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if not self._is_our_client():
            return self._send(401, {"error": "invalid_client", "error_description": CANARY})
        if code is None or code.challenge != challenge.decode() or code.redirect_uri != form.get("redirect_uri"):
            return self._send(400, {"error": "invalid_grant", "error_description": CANARY})
        mode = self.state.mode
        if mode == "slow":
            time.sleep(SLOW_SECONDS)
        if mode == "broken":
            return self._send(500, {"error": CANARY})
        if mode == "redirected":
            return self._send(302, {}, Location=f"{self.state.issuer}/jwks")
        answer = {"access_token": "unused", "token_type": "Bearer", "id_token": self.state.id_token(code)}
        if mode == "no_token":
            del answer["id_token"]
        return self._send(200, {**answer, "more": "x" * HUGE_BYTES} if mode == "huge" else answer)

    def _is_our_client(self) -> bool:
        scheme, _, pair = self.headers.get("Authorization", "").partition(" ")
        name, _, secret = base64.b64decode(pair).decode().partition(":") if scheme == "Basic" else ("", "", "")
        return (unquote(name), unquote(secret)) == (CLIENT_ID, CLIENT_SECRET)

    def _control(self, wanted: dict[str, Any]) -> None:
        if wanted.pop("rotate", False):
            self.state.rotate()
        for name, value in wanted.items():
            setattr(self.state, name, value)
        self._send(200, {})

    def _send(self, status: int, answer: dict[str, Any], **headers: str) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@dataclass(frozen=True)
class RunningProvider:
    """The process, from the test's side."""

    issuer: str

    async def behave(self, **wanted: Any) -> None:
        """Set knobs: see the module."""
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(f"{self.issuer}/control", json=wanted)).raise_for_status()

    async def visited(self, address: str) -> str:
        """Go to the authorization address as a browser does and return where it sends one back to."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(address)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


@asynccontextmanager
async def running_provider() -> AsyncIterator[RunningProvider]:
    """Run the provider in a process of its own as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield RunningProvider((await process.stdout.readline()).decode().strip())
    finally:
        process.kill()
        await process.communicate()


def signed_with_shared_secret(claims: dict[str, Any], secret: bytes, kid: str) -> str:
    """Return an HS256 token, made by hand: good libraries refuse a public key as a secret."""
    text = f"{_encoded({'alg': 'HS256', 'kid': kid})}.{_encoded(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), 'sha256')).rstrip(b'=').decode()}"


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def main() -> None:
    """Serve on a free port and say where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.state = State(f"http://127.0.0.1:{server.server_address[1]}")
    Handler.state.rotate()
    sys.stdout.write(f"{Handler.state.issuer}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
