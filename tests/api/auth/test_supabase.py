"""Signing in with Supabase's tokens and passwords, against its interface over HTTP."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from interlock.api.auth import jwks
from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings, settings_from_environment
from interlock.controlplane.accounts import Accounts
from interlock.errors import BadRequest
from tests.api.auth.gotrue import ANON_KEY, SECRET, GoTrue, SupabaseUser, running_gotrue
from tests.api.auth.test_signing_in import SESSION
from tests.api.conftest import Serve
from tests.api.serving import PASSWORD, Api


@pytest.fixture
async def gotrue() -> AsyncIterator[GoTrue]:
    async with running_gotrue() as project:
        yield project


@pytest.fixture
async def api(serve: Serve, gotrue: GoTrue) -> Api:
    return await serve(ApiSettings(supabase_url=gotrue.url, supabase_anon_key=ANON_KEY, supabase_jwt_secret=SECRET))


async def ask(api: Api, token: str) -> httpx.Response:
    client = await api.client(None)
    return await client.get(SESSION, headers={"Authorization": f"Bearer {token}"})


async def add_user(api: Api, email: str, role: str = "editor") -> None:
    await Accounts(api.services.pool).create_user(email=email, name="N", role=role, password_hash=None, by="test")


def refusal(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (401, "IL030"), answer.text
    return str(answer.json()["detail"])


async def test_a_confirmed_email_signs_in_its_user_again_and_again(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("Eva@example.org"))
    for token in (gotrue.token(user), gotrue.shared_token(user)):
        body = (await ask(api, token)).json()
        assert (body["user"]["email"], body["user"]["role"], body["via"], body["csrf_token"]) == ("eva@example.org", "editor", "jwt", None)
    user.email = "married@example.org"
    assert (await ask(api, gotrue.token(user))).json()["user"]["email"] == "eva@example.org"
    assert gotrue.asked.count("user") == 1


async def test_an_unconfirmed_email_signs_in_nobody_whatever_the_token_says(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org", "admin")
    claimed = {"email_verified": True, "email": "eva@example.org"}
    user = gotrue.add(SupabaseUser("eva@example.org", confirmed=False, user_metadata=claimed))
    assert "not a user of Interlock" in refusal(await ask(api, gotrue.token(user)))
    user.app_metadata = {"interlock_role": "admin"}
    assert "belongs to another user" in refusal(await ask(api, gotrue.token(user)))


async def test_without_the_anon_key_only_a_signed_claim_confirms_an_email(serve: Serve, gotrue: GoTrue) -> None:
    api = await serve(ApiSettings(supabase_url=gotrue.url))
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("eva@example.org", user_metadata={"email_verified": True}))
    assert "not a user of Interlock" in refusal(await ask(api, gotrue.token(user)))
    assert (await ask(api, gotrue.token(user, email_verified=True))).status_code == 200
    assert "not accepted" in refusal(await ask(api, gotrue.shared_token(user)))


async def test_an_email_with_letters_that_only_look_like_ascii_is_not_confirmed(api: Api, gotrue: GoTrue) -> None:
    """The Kelvin sign becomes k in lower case, but it is another mailbox than that of mike."""
    await add_user(api, "mike@example.org", "admin")
    user = gotrue.add(SupabaseUser("mi\u212ae@example.org"))
    assert "not a user of Interlock" in refusal(await ask(api, gotrue.token(user)))


async def test_the_projects_admins_make_users_by_naming_their_role(api: Api, gotrue: GoTrue, connection: psycopg.AsyncConnection) -> None:
    user = gotrue.add(SupabaseUser("new@example.org", app_metadata={"interlock_role": "operator"}, user_metadata={"full_name": "New\x00 Person"}))
    made = (await ask(api, gotrue.token(user))).json()["user"]
    assert (made["role"], made["name"], made["must_change_password"]) == ("operator", "new@example.org", False)
    wrong = gotrue.add(SupabaseUser("wrong@example.org", app_metadata={"interlock_role": "emperor"}))
    assert "is not a role of Interlock" in refusal(await ask(api, gotrue.token(wrong)))
    own = gotrue.add(SupabaseUser("own@example.org", user_metadata={"interlock_role": "admin"}))
    assert "not a user of Interlock" in refusal(await ask(api, gotrue.token(own)))
    row = await (await connection.execute("select actor from interlock.audit_log where action = 'create_user'")).fetchone()
    assert row == ("supabase",)


async def test_a_user_who_was_disabled_or_deleted_here_stays_out(api: Api, gotrue: GoTrue) -> None:
    user = gotrue.add(SupabaseUser("new@example.org", app_metadata={"interlock_role": "operator"}))
    made = (await ask(api, gotrue.token(user))).json()["user"]
    accounts = Accounts(api.services.pool)
    await accounts.update_user(made["id"], disabled=True, by="test")
    assert "disabled" in refusal(await ask(api, gotrue.token(user)))
    await accounts.delete_user(made["id"], by="test")
    assert "deleted" in refusal(await ask(api, gotrue.token(user)))


async def test_a_user_who_was_deleted_comes_back_when_an_admin_adds_the_email_again(api: Api, gotrue: GoTrue) -> None:
    """Only if Supabase confirms it; a role that Supabase names does not bring anybody back."""
    user = gotrue.add(SupabaseUser("new@example.org", app_metadata={"interlock_role": "operator"}))
    made = (await ask(api, gotrue.token(user))).json()["user"]
    await Accounts(api.services.pool).delete_user(made["id"], by="test")
    assert "deleted" in refusal(await ask(api, gotrue.token(user)))
    await add_user(api, "new@example.org", "viewer")
    user.confirmed = False
    assert "deleted" in refusal(await ask(api, gotrue.token(user)))
    user.confirmed = True
    back = (await ask(api, gotrue.token(user))).json()["user"]
    assert back["id"] != made["id"]
    assert back["role"] == "viewer"


async def test_two_supabase_users_cannot_be_one(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org")
    first = gotrue.add(SupabaseUser("eva@example.org"))
    assert (await ask(api, gotrue.token(first))).status_code == 200
    second = gotrue.add(SupabaseUser("eva@example.org"))
    assert "belongs to another" in refusal(await ask(api, gotrue.token(second)))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"exp": int(time.time()) - 60}, "expired"),
        ({"exp": None}, "exp"),
        ({"nbf": int(time.time()) + 86_400}, "not yet valid"),
        ({"iat": int(time.time()) + 86_400}, "not yet valid"),
        ({"iss": "https://other.supabase.co/auth/v1"}, "another issuer"),
        ({"iss": None}, "iss"),
        ({"aud": "other"}, "not for signed-in users"),
        ({"aud": None}, "aud"),
        ({"sub": None}, "sub"),
        ({"sub": "x" * 300}, "sub"),
        ({"role": "anon"}, "anon key"),
        ({"role": "service_role"}, "service_role key"),
        ({"role": "postgres"}, "not for signed-in users"),
        ({"is_anonymous": True}, "anonymous"),
    ],
)
async def test_a_claim_that_is_wrong_is_refused(api: Api, gotrue: GoTrue, changed: dict[str, Any], says: str) -> None:
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("eva@example.org"))
    for token in (gotrue.token(user, **changed), gotrue.shared_token(user, **changed)):
        assert says.lower() in refusal(await ask(api, token)).lower()


async def test_the_projects_own_keys_are_not_users(api: Api) -> None:
    for role in ("anon", "service_role"):
        key = jwt.encode({"iss": "supabase", "ref": "abcdefghijklmnop", "role": role, "iat": 1_700_000_000, "exp": 2_015_360_000}, SECRET, "HS256")
        assert f"{role} key" in refusal(await ask(api, key))


async def test_small_differences_of_clocks_are_accepted(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org")
    user, now = gotrue.add(SupabaseUser("eva@example.org")), int(time.time())
    assert (await ask(api, gotrue.token(user, exp=now - 2, nbf=now + 2, iat=now + 2))).status_code == 200


def unsigned(claims: dict[str, Any], header: dict[str, Any], signature: str = "") -> str:
    parts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
    return f"{parts[0]}.{parts[1]}.{signature}"


async def test_the_token_does_not_choose_how_it_is_checked(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org", "admin")
    user = gotrue.add(SupabaseUser("eva@example.org"))
    claims, own = gotrue.claims(user), ec.generate_private_key(ec.SECP256R1())
    public = gotrue.keys["one"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    import hashlib
    import hmac

    header = {"alg": "HS256", "kid": "one", "typ": "JWT"}
    body = unsigned(claims, header).rstrip(".")
    confused = body + "." + urlsafe_b64encode(hmac.new(public, body.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    good = gotrue.token(user)
    hostile = [
        unsigned(claims, {"alg": "none"}),
        unsigned(claims, {"alg": "None", "kid": "one"}, "x"),
        unsigned(claims, {"alg": ["ES256"], "kid": "one"}, "eA"),
        unsigned(claims, {"alg": "ES256", "kid": "one"}, ""),
        unsigned(claims, {"alg": "ES256", "kid": {"a": 1}}, "eA"),
        confused,
        jwt.encode(claims, "another secret of thirty-two bytes!!", "HS256"),
        jwt.encode(claims, SECRET + "0" * 32, "HS512"),
        jwt.encode(claims, own, "ES256", {"kid": "one"}),
        jwt.encode(
            claims, own, "ES256", {"kid": "one", "jku": f"{gotrue.url}/evil", "jwk": json.loads(jwt.algorithms.ECAlgorithm.to_jwk(own.public_key()))}
        ),
        jwt.encode(claims, own, "ES256"),
        good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB"),
        ".".join([good.split(".")[0], gotrue.token(user, sub="somebody-else").split(".")[1], good.split(".")[2]]),
        urlsafe_b64encode(b"[" * 9_000).decode().rstrip("=") + ".e30.eA",
        urlsafe_b64encode(b'{"alg": "HS256", "kid": 1e999}').decode().rstrip("=") + ".e30.eA",
        "..",
        "a.b.c",
        "x" * 20_000 + ".y.z",
    ]
    for token in hostile:
        refusal(await ask(api, token))
    assert (await ask(api, good)).status_code == 200


async def test_keys_are_rotated_and_the_service_is_not_asked_too_often(api: Api, gotrue: GoTrue, monkeypatch: pytest.MonkeyPatch) -> None:
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("eva@example.org"))
    assert (await ask(api, gotrue.token(user))).status_code == 200
    gotrue.keys["two"] = rsa.generate_private_key(65537, 2048)
    assert "does not have" in refusal(await ask(api, gotrue.token(user, "two")))  # within the floor
    for _ in range(20):
        refusal(await ask(api, jwt.encode(gotrue.claims(user), gotrue.keys["two"], "RS256", {"kid": f"made-up-{_}"})))
    assert gotrue.asked.count("jwks") == 1
    monkeypatch.setattr(jwks, "FLOOR_SECONDS", 0.0)
    assert (await ask(api, gotrue.token(user, "two"))).status_code == 200
    assert gotrue.asked.count("jwks") == 2
    del gotrue.keys["one"]
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.0)
    old = ec.generate_private_key(ec.SECP256R1())
    refusal(await ask(api, jwt.encode(gotrue.claims(user), old, "ES256", {"kid": "one"})))


async def test_weak_and_foreign_keys_are_not_used(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("eva@example.org"))
    weak = rsa.generate_private_key(65537, 1024)
    gotrue.keys["weak"] = weak
    published = gotrue.public_keys()
    secret = urlsafe_b64encode(b"published for all to see 0123456789").decode().rstrip("=")
    published["keys"] += [{"kty": "oct", "kid": "oct", "alg": "HS256", "k": secret}, {"kty": "EC", "kid": "damaged", "crv": "P-256"}, 7, {"kid": 7}]
    gotrue.jwks = published
    refusal(await ask(api, jwt.encode(gotrue.claims(user), weak, "RS256", {"kid": "weak"})))
    refusal(await ask(api, jwt.encode(gotrue.claims(user), "published for all to see 0123456789", "HS256", {"kid": "oct"})))
    assert (await ask(api, gotrue.token(user))).status_code == 200


async def test_while_the_service_is_away_old_keys_are_used_and_without_any_sign_in_fails(
    api: Api, gotrue: GoTrue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("eva@example.org"))
    monkeypatch.setattr(jwks, "FLOOR_SECONDS", 0.0)
    for status, body in ((502, None), (None, {"keys": "none"}), (None, {"keys": [{"kid": "x" * 300_000}]}), (None, ["keys"])):
        gotrue.status, gotrue.jwks = status, body
        answer = await ask(api, gotrue.token(user))
        assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "IL039", True)
    gotrue.status = gotrue.jwks = None
    assert (await ask(api, gotrue.token(user))).status_code == 200
    gotrue.status = 502
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.0)
    assert (await ask(api, gotrue.token(user))).status_code == 200


async def sign_in(api: Api, email: str, password: str) -> httpx.Response:
    client = await api.client(None)
    return await client.post(SESSION, json={"email": email, "password": password})


async def test_a_supabase_password_makes_a_session_of_ours(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("eva@example.org"))
    answer = await sign_in(api, "Eva@Example.org", user.password)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["via"], answer.json()["user"]["role"]) == ("session", "editor")
    client = await api.client(None)
    cookie = {"Cookie": f"interlock_session={answer.cookies['interlock_session']}"}
    assert (await client.get(SESSION, headers=cookie)).json()["user"]["email"] == "eva@example.org"
    assert (await sign_in(api, "eva@example.org", "another password")).json()["code"] == "IL032"


async def test_the_local_account_is_checked_first(api: Api, gotrue: GoTrue) -> None:
    person = await api.person(Role.VIEWER)
    assert (await sign_in(api, person.email, PASSWORD)).status_code == 200
    assert gotrue.asked == []
    assert (await sign_in(api, person.email, "wrong password")).json()["code"] == "IL032"
    assert (await sign_in(api, "nobody@example.org", "wrong password")).json()["code"] == "IL032"
    assert gotrue.asked == ["token", "token"]


async def test_a_user_whom_only_supabase_knows_is_told_so(api: Api, gotrue: GoTrue) -> None:
    user = gotrue.add(SupabaseUser("stranger@example.org"))
    assert "not a user of Interlock" in refusal(await sign_in(api, user.email, user.password))
    user.app_metadata = {"interlock_role": "viewer"}
    assert (await sign_in(api, user.email, user.password)).status_code == 200


async def test_a_second_factor_cannot_be_bypassed(api: Api, gotrue: GoTrue) -> None:
    await add_user(api, "eva@example.org")
    user = gotrue.add(SupabaseUser("eva@example.org", factors=[{"id": "f", "factor_type": "totp", "status": "verified"}]))
    assert "second factor" in refusal(await sign_in(api, user.email, user.password))


async def test_a_service_that_is_away_or_misconfigured_is_reported(serve: Serve, api: Api, gotrue: GoTrue) -> None:
    person = await api.person(Role.VIEWER)
    gotrue.status = 502
    assert (await sign_in(api, person.email, PASSWORD)).status_code == 200
    assert (await sign_in(api, person.email, "wrong password")).json()["code"] == "IL039"
    gotrue.status = 429
    assert (await sign_in(api, person.email, "wrong password")).json()["code"] == "IL033"
    gotrue.status = None
    wrongly = await serve(ApiSettings(supabase_url=gotrue.url, supabase_anon_key="wrong"))
    assert (await sign_in(wrongly, person.email, "wrong password")).json()["code"] == "IL039"


async def test_an_unused_one_time_password_is_void_after_a_sign_in_with_supabase(api: Api, gotrue: GoTrue) -> None:
    admin = await api.client()
    made = (await admin.post("/api/v1/users", json={"email": "eva@example.org", "name": "Eva", "role": "viewer"})).json()
    user = gotrue.add(SupabaseUser("eva@example.org"))
    assert (await ask(api, gotrue.token(user))).json()["user"]["must_change_password"] is False
    assert (await sign_in(api, "eva@example.org", made["one_time_password"])).json()["code"] == "IL032"


async def test_without_supabase_no_jwt_is_accepted(serve: Serve, gotrue: GoTrue) -> None:
    api = await serve()
    user = gotrue.add(SupabaseUser("eva@example.org"))
    assert "not accepted" in refusal(await ask(api, gotrue.token(user)))


def test_settings_come_from_the_environment() -> None:
    assert settings_from_environment({}) == ApiSettings()
    settings = settings_from_environment(
        {
            "SUPABASE_URL": "https://p.supabase.co/",
            "SUPABASE_ANON_KEY": "a",
            "SUPABASE_JWT_SECRET": SECRET,
            "INTERLOCK_HOST": "0.0.0.0",
            "INTERLOCK_PORT": "9000",
            "INTERLOCK_GRPC_PORT": "9001",
            "INTERLOCK_PUBLIC_URL": "https://flows.example.org",
            "INTERLOCK_ALLOWED_ORIGINS": "https://a.example.org, http://localhost:5173",
            "INTERLOCK_SESSION_SECONDS": "",
        }
    )
    assert (settings.supabase_url, settings.host, settings.port, settings.grpc_port) == ("https://p.supabase.co", "0.0.0.0", 9000, 9001)
    assert settings.allowed_origins == ("https://a.example.org", "http://localhost:5173")
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    "environ",
    [
        {"INTERLOCK_PORT": "http"},
        {"INTERLOCK_PORT": "-1"},
        {"INTERLOCK_PORT": "65536"},
        {"INTERLOCK_PORT": "²"},
        {"SUPABASE_JWT_SECRET": SECRET},
        {"SUPABASE_URL": "https://p.supabase.co", "SUPABASE_JWT_SECRET": "short"},
        {"SUPABASE_URL": "p.supabase.co"},
        {"SUPABASE_URL": "https://user:pass@p.supabase.co"},
        {"SUPABASE_URL": "https://p:99999"},
        {"SUPABASE_URL": "ftp://p.supabase.co"},
        {"INTERLOCK_PUBLIC_URL": "flows.example.org"},
        {"INTERLOCK_ALLOWED_ORIGINS": "*"},
        {"INTERLOCK_ALLOWED_ORIGINS": "https://a.example.org/path"},
        {"INTERLOCK_SESSION_SECONDS": "5"},
    ],
)
def test_wrong_settings_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(BadRequest) as refused:
        settings_from_environment(environ)
    assert next(name for name in environ) in str(refused.value) or "SUPABASE_JWT_SECRET" in str(refused.value)
    assert "short" not in refused.value.message
    assert refused.value.hint
