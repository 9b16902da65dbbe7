"""The address of a caller behind a proxy: only the proxies that the settings name are believed."""

import pytest
from psycopg import AsyncConnection

from interlock.api.grpc.metadata import address_of_caller
from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings, settings_from_environment
from interlock.errors import BadRequest
from tests.api.auth.test_signing_in import SESSION
from tests.api.conftest import Serve
from tests.api.grpc.conftest import serving_grpc
from tests.api.serving import PASSWORD

PUBLIC = "https://flows.example.org/interlock"
SAID = "198.51.100.1, 203.0.113.9"
CASES = {
    "no proxy trusted": (ApiSettings(), "127.0.0.1"),
    "a proxy on this machine": (ApiSettings(public_url=PUBLIC), "203.0.113.9"),
    "two proxies": (ApiSettings(public_url=PUBLIC, trusted_proxies=("127.0.0.0/8", "203.0.113.0/24")), "198.51.100.1"),
    "another proxy": (ApiSettings(public_url=PUBLIC, trusted_proxies=("10.0.0.7",)), "127.0.0.1"),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_address_of_a_sign_in_is_what_a_trusted_proxy_says(serve: Serve, database_url: str, connection: AsyncConnection, case: str) -> None:
    settings, expected = CASES[case]
    api = await serve(settings)
    person = await api.person(Role.VIEWER)
    client = await api.client(None)
    answer = await client.post(SESSION, json={"email": person.email, "password": PASSWORD}, headers={"X-Forwarded-For": SAID})
    assert answer.status_code == 200
    async with serving_grpc(database_url, settings) as served:
        caller = await served.client(None)
        await caller.start("sign_in", {"email": person.email, "password": PASSWORD}, x_forwarded_for=SAID)
    rows = await (await connection.execute("select remote from interlock.sessions")).fetchall()
    assert rows == [(expected,)] * 2


def test_addresses_before_the_one_that_a_proxy_appended_are_not_believed() -> None:
    trusted = ("10.0.0.0/8", "::1")
    assert address_of_caller("192.0.2.1", "10.0.0.1, 127.0.0.1", trusted) == "192.0.2.1"
    assert address_of_caller("::1", "1.1.1.1,2.2.2.2, 10.1.1.1", trusted) == "2.2.2.2"
    assert address_of_caller("10.0.0.1", "", trusted) == "10.0.0.1"
    assert address_of_caller("", "1.1.1.1", trusted) == ""
    assert address_of_caller("10.0.0.1", "1.1.1.1, <script>", trusted) == "10.0.0.1"


@pytest.mark.parametrize("given", ["10.0.0.7", "proxy.example.org", "10.0.0.1/24", ","])
def test_trusted_proxies_are_addresses_and_need_a_public_url(given: str) -> None:
    if given == ",":
        assert settings_from_environment({"INTERLOCK_TRUSTED_PROXIES": given}).trusted_proxies == ("127.0.0.1", "::1")
        return
    with pytest.raises(BadRequest, match="INTERLOCK_TRUSTED_PROXIES"):
        settings_from_environment({"INTERLOCK_TRUSTED_PROXIES": given})
    if given == "10.0.0.7":
        environ = {"INTERLOCK_TRUSTED_PROXIES": given, "INTERLOCK_PUBLIC_URL": PUBLIC}
        assert (settings_from_environment(environ).trusted_proxies, settings_from_environment(environ).path_prefix) == ((given,), "/interlock")
