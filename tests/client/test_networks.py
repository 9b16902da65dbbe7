"""The client and the command line through outgoing proxies, and through proxies before a server."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from interlock import errors
from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings
from interlock.client import Client
from tests.api.conftest import Serve
from tests.api.serving import Api
from tests.cli.command import interlock
from tests.client.conftest import chain, step
from tests.client.networks import InwardProxy, OutwardProxy, served
from tests.nodes.test_http_tls import certificate

__all__ = ["certificate"]

HOST = "secure.test"
OF_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A server below a path of a host with TLS, which is reached through another proxy only."""

    api: Api
    url: str
    outward: OutwardProxy
    inward: InwardProxy


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OF_PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@asynccontextmanager
async def opened_company(serve: Serve, certificate: Path) -> AsyncIterator[Company]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    url = f"https://{HOST}/interlock"
    api = await serve(ApiSettings(public_url=url))
    inward, outward = InwardProxy(api.url, "/interlock"), OutwardProxy({})
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(served(inward, tls))
        outward.names[HOST] = inward.port
        await opened.enter_async_context(served(outward))
        yield Company(api=api, url=url, outward=outward, inward=inward)


@pytest.fixture
async def company(serve: Serve, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Company]:
    async with opened_company(serve, certificate) as opened:
        monkeypatch.setenv("HTTPS_PROXY", opened.outward.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        yield opened


async def test_a_server_below_a_path_is_reached_through_an_outgoing_proxy(company: Company, worker: None) -> None:
    async with Client(f"{company.url}/", api_key=await company.api.key()) as client:
        await client.create_workflow(chain("tea", step("pour", cups="{{ cups * 2 }}")))
        started = await client.run_workflow("tea", input={"cups": 2})
        assert (await client.wait_for(started.execution_id, timeout_seconds=60)).output == {"pour": {"cups": 4}}
    assert set(company.outward.asked) == {f"CONNECT {HOST}:443"}
    assert f"GET /interlock/api/v1/executions/{started.execution_id}/events" in company.inward.asked


async def test_the_command_line_goes_the_same_way(company: Company, certificate: Path) -> None:
    key = await company.api.key()
    environment = {"INTERLOCK_URL": company.url, "INTERLOCK_API_KEY": key, "HTTPS_PROXY": company.outward.url, "SSL_CERT_FILE": str(certificate)}
    listing = await asyncio.to_thread(interlock, "executions", "list", "--json", environment=environment)
    assert listing.document == []
    assert company.outward.asked


async def test_a_session_below_a_path_has_a_cookie_for_tls_only_and_addresses_with_the_path(company: Company) -> None:
    person = await company.api.person()
    async with httpx.AsyncClient() as browser:
        signed_in = await browser.post(f"{company.url}/api/v1/session", json={"email": person.email, "password": person.password})
        assert signed_in.status_code == 200
        cookie = signed_in.headers["set-cookie"]
        assert cookie.startswith("__Host-interlock_session=")
        assert "; Secure" in cookie
        browser.headers.update({"X-CSRF-Token": signed_in.json()["csrf_token"], "Origin": f"https://{HOST}"})
        made = await browser.post(f"{company.url}/api/v1/workflows", json={"definition": chain("tea", step("pour"))})
        assert made.status_code == 201
        assert made.headers["location"] == f"/interlock/api/v1/workflows/{made.json()['id']}"
        assert (await browser.get(f"https://{HOST}{made.headers['location']}")).json()["name"] == "tea"


async def test_a_proxy_that_refuses_is_distinguished_from_a_server_that_is_away(company: Company) -> None:
    company.outward.refuses = True
    async with Client(company.url, api_key="il_x", patience_seconds=0) as client:
        with pytest.raises(errors.ServerUnreachable, match="proxy") as refused:
            await client.list_workflows()
    assert "NO_PROXY" in refused.value.hint


async def test_what_is_in_no_proxy_and_what_is_on_this_machine_is_asked_directly(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = OutwardProxy({"flows.test": int(api.url.rpartition(":")[2])})
    key = await api.key(Role.VIEWER)
    async with served(proxy):
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for local in (api.url, api.url.replace("127.0.0.1", "localhost")):
            async with Client(local, api_key=key, patience_seconds=0) as client:
                assert (await client.list_workflows()).items == []
        assert proxy.asked == []
        async with Client("http://flows.test", api_key=key, patience_seconds=0) as client:
            with pytest.raises(errors.CsrfRefused):  # it is served on loopback, and knows no such name
                await client.list_workflows()
        assert proxy.asked == ["GET http://flows.test/api/v1/workflows"]
        monkeypatch.setenv("NO_PROXY", "flows.test")
        async with Client("http://flows.test", api_key=key, patience_seconds=0) as client:
            with pytest.raises(errors.ServerUnreachable):
                await client.list_workflows()
        assert len(proxy.asked) == 1
