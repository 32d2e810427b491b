"""JSON Web Tokens: whose they are, and all the ways in which one does not hold."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import FastAPI

from api.errors import SettingsInvalid
from api.identity.errors import CredentialsRefused, Refused
from api.identity.testing import bearer, locked_server
from api.identity.tokens import TokenVerifier, verifier_of
from api.settings import Settings
from api.testing import WireClient, served

pytestmark = pytest.mark.server

SECRET = "a-secret-that-signs-tokens-of-some-length"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def public_pem(key: Any) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: Any) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def token(key: Any = SECRET, algorithm: str = "HS256", *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
    given = {"sub": "ann", "exp": time.time() + 600, "aud": "attune", "iss": "https://id.example", **claims}
    kept = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers=headers)


def unsigned(header: dict[str, Any], claims: dict[str, Any], key: bytes | None = None) -> str:
    """A token put together by hand, where a library refuses to."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    message = b".".join(parts)
    signature = hmac.new(key, message, hashlib.sha256).digest() if key else b""
    return b".".join([message, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def verifier(**settings: Any) -> TokenVerifier:
    chosen = {"jwt_audience": "attune", "jwt_issuer": "https://id.example", **settings}
    made = verifier_of(Settings(_env_file=None, **chosen))
    assert made is not None
    return made


async def test_a_token_opens_the_sessions_of_its_subject() -> None:
    async with locked_server(lock=False, jwt_secret=SECRET, jwt_audience="attune") as server:
        assert (await server.http.get("/v1/personas")).status_code == 401
        assert (await server.http.get("/v1/personas", headers=bearer(token()))).status_code == 200
        key = server.key("bob")
        assert (await server.http.get("/v1/personas", headers=bearer(key))).status_code == 200, "keys go on opening"
        for offered in ([f"attune.key.{token()}", "attune.v1"], ["attune.v1", f"attune.key.{key}"]):
            async with WireClient.connect(server.host, subprotocols=offered) as client:
                await client.open_session()
        seen = (await server.http.get("/v1/sessions", headers=bearer(token()))).json()["sessions"]
        assert [session["user_id"] for session in seen] == ["ann"]


async def test_a_socket_ends_when_its_token_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.identity.tokens.LEEWAY_S", 0)
    async with locked_server("word " * 400, lock=False, delay=0.02, jwt_secret=SECRET, jwt_audience="attune") as server:
        credential = token(exp=int(time.time()) + 2)
        async with WireClient.connect(server.host, additional_headers=bearer(credential)) as client:
            await client.open_session()
            await client.send("user.message", text="hello")
            with pytest.raises(Exception, match="1008"):
                await client.until("reply.done")


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")])
async def test_public_keys_of_three_kinds(key: Any, algorithm: str, tmp_path: Path) -> None:
    path = tmp_path / "public.pem"
    path.write_bytes(public_pem(key))
    vouched = await verifier(jwt_public_key_file=path).check(token(key, algorithm, sub="auth0|ann"))
    assert vouched.user_id == "auth0|ann"
    with pytest.raises(CredentialsRefused):
        await verifier(jwt_public_key_file=path).check(token())


async def test_alg_none() -> None:
    claims = {"sub": "ann", "exp": time.time() + 600, "aud": "attune", "iss": "https://id.example"}
    for algorithm in ("none", "None", "nOnE", ""):
        with pytest.raises(CredentialsRefused, match="does not hold"):
            await verifier(jwt_secret=SECRET).check(unsigned({"alg": algorithm, "typ": "JWT"}, claims))


async def test_a_public_key_is_no_secret(tmp_path: Path) -> None:
    """HS256 with the public key as secret, which a verifier that goes by the token's `alg` would take."""
    path = tmp_path / "public.pem"
    path.write_bytes(public_pem(RSA))
    claims = {"sub": "ann", "exp": time.time() + 600, "aud": "attune", "iss": "https://id.example"}
    forged = unsigned({"alg": "HS256", "typ": "JWT"}, claims, public_pem(RSA))
    with pytest.raises(CredentialsRefused, match="does not hold"):
        await verifier(jwt_public_key_file=path).check(forged)


async def test_an_expired_token() -> None:
    with pytest.raises(CredentialsRefused, match="expired"):
        await verifier(jwt_secret=SECRET).check(token(exp=time.time() - 60))


async def test_a_wrong_audience() -> None:
    for audience in ("other", ["other", "another"], None):
        with pytest.raises(CredentialsRefused, match="aud"):
            await verifier(jwt_secret=SECRET).check(token(aud=audience))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "names nobody"),
        ({"sub": "ann bob"}, "names nobody"),
        ({"sub": "x" * 129}, "names nobody"),
        ({"nbf": 4e9}, "not valid yet"),
        ({"exp": "soon"}, "does not hold"),
    ],
)
async def test_claims_that_do_not_hold(claims: dict[str, Any], reason: str) -> None:
    with pytest.raises(CredentialsRefused, match=reason):
        await verifier(jwt_secret=SECRET).check(token(**claims))


@pytest.mark.parametrize("garbage", ["x", "a.b", "a.b.c", "..", "é.é.é", "eyJhbGciOiJIUzI1NiJ9.W10.x"])
async def test_garbage(garbage: str) -> None:
    with pytest.raises(CredentialsRefused):
        await verifier(jwt_secret=SECRET).check(garbage)


async def test_another_secret_and_a_changed_claim() -> None:
    with pytest.raises(CredentialsRefused):
        await verifier(jwt_secret=SECRET).check(token("another-secret-that-signs-tokens-as-well"))
    head, _, signature = token().split(".")
    changed = base64.urlsafe_b64encode(json.dumps({"sub": "bob", "exp": 4e9}).encode()).rstrip(b"=").decode()
    with pytest.raises(CredentialsRefused):
        await verifier(jwt_secret=SECRET).check(f"{head}.{changed}.{signature}")


async def test_keys_that_a_provider_publishes() -> None:
    app, asked = FastAPI(), []

    @app.get("/jwks")
    def jwks() -> dict[str, Any]:
        asked.append(1)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key()))
        shared = {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(SECRET.encode()).decode()}
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}, {**shared, "alg": "HS256"}]}

    async with served(app) as host:
        checking = verifier(jwt_jwks_url=f"http://{host}/jwks")
        for _ in range(3):
            vouched = await checking.check(token(RSA, "RS256", headers={"kid": "one"}))
            assert vouched.user_id == "ann"
        for _ in range(5):
            with pytest.raises(CredentialsRefused):
                await checking.check(token(RSA, "RS256", headers={"kid": "unknown"}))
        with pytest.raises(CredentialsRefused):
            await checking.check(token(SECRET, headers={"kid": "shared"}))
        assert len(asked) == 1, "unknown ids do not make the server ask again and again"


async def test_a_provider_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Refused) as refused:
        await verifier(jwt_jwks_url=f"http://127.0.0.1:{port}/jwks").check(token(RSA, "RS256", headers={"kid": "one"}))
    assert (refused.value.status, refused.value.code) == (503, "identity_provider_unreachable")
    assert refused.value.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ht>", b"HTTP/1.1 500 No\r\n\r\n"]
)
async def test_a_provider_without_a_good_answer_is_not_asked_for_every_token(answer: bytes) -> None:
    asked: list[str] = []

    async def provide(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append("once")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(provide, "127.0.0.1", 0) as provider:
        port = provider.sockets[0].getsockname()[1]
        checking = verifier(jwt_jwks_url=f"http://127.0.0.1:{port}/jwks")
        tokens = [token(RSA, "RS256", headers={"kid": str(number)}) for number in range(20)]
        answers = await asyncio.gather(*(checking.check(each) for each in tokens), return_exceptions=True)
        assert [getattr(answer, "code", answer) for answer in answers] == ["identity_provider_unreachable"] * 20
        assert asked == ["once"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"jwt_secret": "short"}, "32 bytes"),
        ({"jwt_secret": SECRET, "jwt_jwks_url": "https://id.example/jwks"}, "only one"),
        ({"jwt_jwks_url": "https://id.example/jwks"}, "ATTUNE_JWT_AUDIENCE"),
        ({"jwt_jwks_url": "file:///etc/passwd", "jwt_audience": "attune"}, "scheme"),
        ({"jwt_public_key_file": "nowhere.pem"}, "nowhere.pem"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(SettingsInvalid, match=reason) as invalid:
        verifier_of(Settings(_env_file=None, **settings))
    assert SECRET not in str(invalid.value)
    assert "'short'" not in str(invalid.value)


def test_a_key_file_that_holds_a_private_or_a_weak_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    for content, reason in ((private_pem(RSA), "no public key"), (public_pem(weak), "2,048 bits")):
        path.write_bytes(content)
        with pytest.raises(SettingsInvalid, match=reason):
            verifier_of(Settings(_env_file=None, jwt_public_key_file=path))
