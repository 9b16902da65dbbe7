"""A Supabase project's identity service over real HTTP: the parts of GoTrue's published interface that we use, with real keys and signatures."""

import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ANON_KEY: Final = "anon-key-of-the-project"
SECRET: Final = "the-jwt-secret-of-the-project-0123456789"


@dataclass
class SupabaseUser:
    email: str
    password: str = "the password at supabase"
    id: str = field(default_factory=lambda: str(uuid4()))
    confirmed: bool = True
    app_metadata: dict[str, Any] = field(default_factory=dict)
    user_metadata: dict[str, Any] = field(default_factory=dict)
    factors: list[dict[str, Any]] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """As UserSchema."""
        confirmed_at = "2026-01-02T03:04:05.678Z" if self.confirmed else None
        return {
            "id": self.id,
            "aud": "authenticated",
            "role": "authenticated",
            "email": self.email,
            "email_confirmed_at": confirmed_at,
            "phone": "",
            "confirmed_at": confirmed_at,
            "app_metadata": {"provider": "email", "providers": ["email"], **self.app_metadata},
            "user_metadata": self.user_metadata,
            "factors": self.factors,
            "identities": [],
            "is_anonymous": False,
        }


class GoTrue:
    """One project: its users, its signing keys, and a count of its requests."""

    def __init__(self) -> None:
        self.url = ""
        self.users: dict[str, SupabaseUser] = {}
        self.keys: dict[str, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey] = {"one": ec.generate_private_key(ec.SECP256R1())}
        self.asked: list[str] = []
        self.jwks: Any = None
        self.status: int | None = None

    def add(self, user: SupabaseUser) -> SupabaseUser:
        self.users[user.email.lower()] = user
        return user

    def claims(self, user: SupabaseUser, **changed: Any) -> dict[str, Any]:
        """Returns the claims of an access token; a claim that is None is left out."""
        now = int(time.time())
        claims = {
            "iss": f"{self.url}/auth/v1",
            "sub": user.id,
            "aud": "authenticated",
            "exp": now + 3_600,
            "iat": now,
            "email": user.email,
            "phone": "",
            "app_metadata": {"provider": "email", "providers": ["email"], **user.app_metadata},
            "user_metadata": user.user_metadata,
            "role": "authenticated",
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": now}],
            "session_id": str(uuid4()),
            "is_anonymous": False,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, user: SupabaseUser, kid: str = "one", **changed: Any) -> str:
        algorithm = "ES256" if isinstance(self.keys[kid], ec.EllipticCurvePrivateKey) else "RS256"
        return jwt.encode(self.claims(user, **changed), self.keys[kid], algorithm, {"kid": kid})

    def shared_token(self, user: SupabaseUser, secret: str = SECRET, **changed: Any) -> str:
        return jwt.encode(self.claims(user, **changed), secret, "HS256", {"kid": "legacy"})

    def public_keys(self) -> dict[str, Any]:
        return {"keys": [_jwk(kid, key) for kid, key in self.keys.items()]}

    async def answer_jwks(self, request: web.Request) -> web.Response:
        self.asked.append("jwks")
        if self.status:
            return web.Response(status=self.status, text="<html>bad gateway</html>")
        return web.json_response(self.jwks or self.public_keys())

    async def answer_token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        if self.status:
            return web.Response(status=self.status, text="<html>bad gateway</html>")
        if request.headers.get("apikey") != ANON_KEY:
            return web.json_response({"message": "Invalid API key"}, status=401)
        assert request.query["grant_type"] == "password"
        body = await request.json()
        user = self.users.get(body["email"].lower())
        if user is None or user.password != body["password"]:
            return web.json_response({"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}, status=400)
        return web.json_response(
            {"access_token": self.token(user), "token_type": "bearer", "expires_in": 3_600, "refresh_token": "r" * 22, "user": user.record()}
        )

    async def answer_user(self, request: web.Request) -> web.Response:
        self.asked.append("user")
        if request.headers.get("apikey") != ANON_KEY:
            return web.json_response({"message": "Invalid API key"}, status=401)
        claims = jwt.decode(request.headers["Authorization"].removeprefix("Bearer "), options={"verify_signature": False})
        user = next((user for user in self.users.values() if user.id == claims["sub"]), None)
        if user is None:
            return web.json_response({"code": 403, "error_code": "user_not_found", "msg": "User from sub claim in JWT does not exist"}, status=403)
        return web.json_response(user.record())


@asynccontextmanager
async def running_gotrue() -> AsyncIterator[GoTrue]:
    project = GoTrue()
    app = web.Application()
    app.router.add_get("/auth/v1/.well-known/jwks.json", project.answer_jwks)
    app.router.add_post("/auth/v1/token", project.answer_token)
    app.router.add_get("/auth/v1/user", project.answer_user)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    project.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield project
    finally:
        await runner.cleanup()


def _jwk(kid: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": _number(numbers.n), "e": _number(numbers.e)}
    point = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "use": "sig",
        "key_ops": ["verify"],
        "kid": kid,
        "x": _number(point.x, 32),
        "y": _number(point.y, 32),
    }


def _number(value: int, length: int | None = None) -> str:
    return urlsafe_b64encode(value.to_bytes(length or (value.bit_length() + 7) // 8, "big")).decode().rstrip("=")
