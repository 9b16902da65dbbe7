"""The names under which a server answers: a page of another site can neither use a name of its own, nor set a cookie."""

import pytest

from interlock.api.auth.csrf import check_host, is_loopback
from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings
from interlock.errors import CsrfRefused
from tests.api.auth.test_signing_in import COOKIE, SESSION
from tests.api.conftest import Serve
from tests.api.serving import PASSWORD, Api


async def test_a_foreign_name_of_the_loopback_address_is_refused(api: Api) -> None:
    """DNS rebinding: the page's own origin is the host that it asks, so only the name gives it away."""
    person, key = await api.person(Role.ADMIN), await api.key(Role.ADMIN)
    client = await api.client(None)
    port = api.url.rpartition(":")[2]
    for name in (f"evil.example:{port}", "evil.example", f"127.0.0.1.evil.example:{port}", f"localhost.evil.example:{port}", "[::1", "192.168.0.7",
                 "[::1].evil.example", f"[::1].evil:{port}", "[::1]evil", f"[::1]:{port}.evil", "localhost@evil.example", "evil.example#localhost",
                 "localhost:80:80", "localhost:x", "localhost/evil", "127.0.0.1\\.evil", "[localhost]", "[::1%25lo]", "localhost evil"):  # fmt: skip
        headers = {"Host": name, "Origin": f"http://{name}"}
        answer = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "IL034"), name
        assert "set-cookie" not in answer.headers
        for path in (SESSION, "/metrics"):
            answer = await client.get(path, headers={"Host": name, "Authorization": f"Bearer {key}"})
            assert (answer.status_code, answer.json()["code"]) == (403, "IL034"), (name, path)
    for name in (f"localhost:{port}", f"127.0.0.1:{port}", "[::1]", f"flows.localhost:{port}", "LOCALHOST"):
        headers = {"Host": name, "Origin": f"http://{name}"}
        answer = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers=headers)
        assert answer.status_code == 200, (name, answer.text)


@pytest.mark.parametrize("settings", [ApiSettings(host="0.0.0.0"), ApiSettings(public_url="http://flows.example.org")])
async def test_a_server_that_others_reach_accepts_any_name(serve: Serve, settings: ApiSettings) -> None:
    api = await serve(settings)
    client = await api.client(Role.VIEWER)
    url = f"http://127.0.0.1:{api.url.rpartition(':')[2]}{SESSION}"
    assert (await client.get(url, headers={"Host": "interlock.internal:8080"})).status_code == 200


def test_a_host_that_no_browser_sends_is_accepted() -> None:
    check_host(None, listening_at="127.0.0.1")
    with pytest.raises(CsrfRefused):
        check_host("", listening_at="localhost")
    assert is_loopback("127.8.9.1")
    assert not is_loopback("localhost.")
    assert not is_loopback("0.0.0.0")


async def test_behind_https_another_subdomain_cannot_set_the_cookie(serve: Serve) -> None:
    api = await serve(ApiSettings(public_url="https://flows.example.org"))
    person = await api.person(Role.VIEWER)
    client = await api.client(None)
    answer = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers={"Origin": "https://flows.example.org"})
    cookie = answer.headers["set-cookie"]
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags
    assert not [flag for flag in flags if flag.startswith("domain")]
    token = cookie.split(";")[0].partition("=")[2]
    anonymous = await api.client(None)
    assert (await anonymous.get(SESSION, headers={"Cookie": f"{COOKIE}={token}"})).json()["code"] == "IL030"
    mine = {"Cookie": f"__Host-{COOKIE}={token}; {COOKIE}=planted"}
    session = await anonymous.get(SESSION, headers=mine)
    assert session.status_code == 200
    ended = await anonymous.delete(SESSION, headers={**mine, "X-CSRF-Token": session.json()["csrf_token"]})
    assert ended.status_code == 204
    taken = ended.headers["set-cookie"].lower()
    assert taken.startswith(f"__host-{COOKIE}=")
    assert "; secure" in taken  # else a browser does not take it away
