"""HTTP_REQUEST through real proxies on loopback."""

import asyncio
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from interlock.nodes import FinalError, NodeError, RetryableError
from interlock.nodes.action_node.http_request.addresses import Address, PrivateHosts
from interlock.nodes.action_node.http_request.executor import HttpRequest
from interlock.nodes.action_node.http_request.proxies import DirectHosts, Proxies
from tests.client.networks import OutwardProxy, served
from tests.nodes.contexts import context_for
from tests.nodes.http_server import LocalServer, local_server
from tests.nodes.test_http_tls import certificate

__all__ = ["certificate"]

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "INTERLOCK_HTTP_PROXY", "INTERLOCK_HTTP_NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def proxy(http_server: LocalServer) -> AsyncIterator[OutwardProxy]:
    made = OutwardProxy({"service.test": http_server.port, "other.test": http_server.port})
    async with served(made):
        yield made


async def nowhere(host: str, port: int) -> list[Address]:
    """Resolves nothing, as machines do that only a proxy leads out of."""
    raise OSError("no name server")


async def send(executor: HttpRequest, url: str, **parameters: Any) -> dict[str, Any]:
    try:
        return dict((await executor.execute(context_for(executor, {**parameters, "url": url}))).output)
    finally:
        await executor.close()


async def failure(executor: HttpRequest, url: str, **parameters: Any) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await send(executor, url, **parameters)
    return raised.value


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "INTERLOCK_HTTP_PROXY"])
async def test_a_request_goes_through_the_proxy_that_the_environment_or_the_setting_names(
    name: str, http_server: LocalServer, proxy: OutwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    http_server.on("/x", 200, b"{}", content_type="application/json")
    monkeypatch.setenv(name, proxy.url)
    output = await send(HttpRequest(private=PrivateHosts(), resolver=nowhere), "http://service.test/x", query={"a": 1})
    assert output["status"] == 200
    assert proxy.asked == ["GET http://service.test/x?a=1"]
    assert http_server.received[0].headers["idempotency-key"] == "key-1"


async def test_tls_goes_through_a_tunnel_and_is_checked_against_the_name(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with local_server(tls=serving) as server:
        server.on("/", 200, b"safe", content_type="text/plain")
        proxy = OutwardProxy({"secure.test": server.port, "other.test": server.port})
        async with served(proxy):
            monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//me:s3cret@"))
            monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

            def made() -> HttpRequest:
                return HttpRequest(private=PrivateHosts(), tls=trusting, resolver=nowhere)

            assert (await send(made(), "https://secure.test/"))["body"] == "safe"
            assert (await failure(made(), "https://other.test/")).code == "certificate_refused"
    assert proxy.asked == ["CONNECT secure.test:443", "CONNECT other.test:443"]
    assert "proxy-authorization" not in server.received[0].headers


async def test_the_password_of_a_proxy_goes_to_the_proxy_and_into_no_error(http_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    http_server.on("http://service.test/", 200)
    monkeypatch.setenv("HTTP_PROXY", f"http://me:s%203cret@127.0.0.1:{http_server.port}")
    await send(HttpRequest(private=PrivateHosts(), resolver=nowhere), "http://service.test/")
    assert http_server.received[0].headers["proxy-authorization"] == "Basic bWU6cyAzY3JldA=="
    monkeypatch.setenv("HTTP_PROXY", "http://me:s3cret@127.0.0.1:1")
    error = await failure(HttpRequest(private=PrivateHosts(), resolver=nowhere), "http://service.test/")
    assert (error.code, error.retryable) == ("http_connection", True)
    assert "through the proxy http://127.0.0.1:1" in error.message
    assert "s3cret" not in json.dumps(error.to_json()) + repr(Proxies.from_environment().find("http", "service.test", None))


async def test_hosts_in_no_proxy_are_reached_directly(http_server: LocalServer, proxy: OutwardProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    http_server.on("/", 200)

    async def here(host: str, port: int) -> list[Address]:
        return [ipaddress.ip_address("127.0.0.1")]

    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    for name in ("NO_PROXY", "INTERLOCK_HTTP_NO_PROXY"):
        monkeypatch.setenv(name, "elsewhere.test, service.test")
        executor = HttpRequest(private=PrivateHosts.parse("*"), resolver=here)
        await send(executor, f"http://service.test:{http_server.port}/", allow_private_addresses=True)
    monkeypatch.setenv("INTERLOCK_HTTP_PROXY", "direct")
    await send(HttpRequest(private=PrivateHosts.parse("*"), resolver=here), f"http://other.test:{http_server.port}/", allow_private_addresses=True)
    assert proxy.asked == []
    assert len(http_server.received) == 3


async def test_this_machine_is_never_asked_from_a_proxy(http_server: LocalServer, proxy: OutwardProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would take these names for its own machine."""
    http_server.on("/", 200)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    for host in ("127.0.0.1", "localhost", "a.localhost", "[::1]"):
        assert (await failure(HttpRequest(private=PrivateHosts()), http_server.url(host=host))).code in {"address_refused", "http_connection"}
    executor = HttpRequest(private=PrivateHosts.parse("*"))
    assert (await send(executor, http_server.url(), allow_private_addresses=True))["status"] == 200
    assert proxy.asked == []


async def test_a_proxy_at_an_address_of_ipv6_and_a_server_at_one(http_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_server("::1") as proxy:
        proxy.on("http://service.test/", 200)
        monkeypatch.setenv("HTTP_PROXY", proxy.url(host="[::1]"))
        assert (await send(HttpRequest(private=PrivateHosts(), resolver=nowhere), "http://service.test/"))["status"] == 200
        error = await failure(HttpRequest(private=PrivateHosts(), resolver=nowhere), "http://[2606:4700::1111]/")
    assert (error.code, len(proxy.received)) == ("proxy_refused", 1)


@pytest.mark.parametrize(
    ("url", "known_as", "permitted", "allowed"),
    [
        ("http://10.0.0.1/", None, "", False),
        ("http://0x0a000001/", None, "", False),
        ("http://169.254.169.254/", None, "*", False),
        ("http://service.test/", "10.0.0.1", "", False),
        ("http://service.test/", "10.0.0.1", "10.0.0.0/8", True),
        ("http://service.test/", "169.254.169.254", "*", False),
        ("http://service.test/", "93.184.216.34", "", True),
        ("http://service.test/", "", "", True),
        ("http://intranet/", "", "", False),
        ("http://intranet/", "", "intranet", True),
        ("http://db.internal/", "", "", False),
        ("http://printer.local./", "", "", False),
        ("http://metadata.google.internal/", "", "*", False),
        ("http://metadata.goog/", "", "", False),
    ],
)
async def test_behind_a_proxy_the_host_is_checked_all_the_same(
    url: str, known_as: str | None, permitted: str, allowed: bool, proxy: OutwardProxy, http_server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`known_as`: the address by which this machine knows the host; empty: it cannot resolve it; None: it is asked itself."""

    async def resolver(host: str, port: int) -> list[Address]:
        if not known_as:
            raise OSError("unknown")
        return [ipaddress.ip_address(known_as)]

    http_server.on("/", 200)
    proxy.names["intranet"] = http_server.port
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    made = HttpRequest(private=PrivateHosts.parse(permitted), resolver=None if known_as is None else resolver)
    if allowed:
        assert (await send(made, url, allow_private_addresses=bool(permitted)))["status"] == 200
    else:
        error = await failure(made, url, allow_private_addresses=bool(permitted))
        assert (error.code, error.retryable) == ("address_refused", False)
        assert proxy.asked == []


async def test_a_redirect_behind_a_proxy_is_checked_again(http_server: LocalServer, proxy: OutwardProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    http_server.on("/", 302, location="http://db.internal/")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    error = await failure(HttpRequest(private=PrivateHosts(), resolver=nowhere), "http://service.test/")
    assert error.code == "address_refused"
    assert proxy.asked == ["GET http://service.test/"]


@pytest.mark.parametrize(
    ("status", "kind"), [(403, FinalError), (407, FinalError), (429, RetryableError), (502, RetryableError), (504, RetryableError)]
)
async def test_a_proxy_that_does_not_connect_is_named_with_its_status(status: int, kind: type[NodeError], monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    listening = await asyncio.start_server(refuse, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    monkeypatch.setenv("HTTPS_PROXY", address)
    error = await failure(HttpRequest(private=PrivateHosts(), resolver=nowhere), "https://service.test/")
    listening.close()
    assert type(error) is kind
    assert (error.code, error.details) == ("proxy_refused", {"proxy": address, "status": status})


@pytest.mark.parametrize(
    "text", ["socks5://127.0.0.1:1080", "http://", "http://[", "http://a.example:99999999", "ftp://a.example", f"http://{'a' * 64}.example"]
)
async def test_a_setting_that_names_no_proxy_is_an_error_that_names_the_setting(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_HTTP_PROXY", text)
    error = await failure(HttpRequest(private=PrivateHosts(), resolver=nowhere), "http://service.test/")
    assert (error.code, error.retryable, error.details) == ("proxy_unusable", True, {"setting": "INTERLOCK_HTTP_PROXY"})


@pytest.mark.parametrize(
    ("environment", "scheme", "proxy"),
    [
        ({}, "http", None),
        ({"HTTP_PROXY": "a:1"}, "http", "http://a:1"),
        ({"HTTP_PROXY": "a:1"}, "https", None),
        ({"HTTPS_PROXY": "https://a"}, "https", "https://a:443"),
        ({"ALL_PROXY": "http://a"}, "https", "http://a:80"),
        ({"ALL_PROXY": "http://a", "HTTPS_PROXY": "http://b:2"}, "https", "http://b:2"),
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2"}, "https", "http://b:2"),
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": ""}, "https", None),
        ({"HTTP_PROXY": "http://a:1", "REQUEST_METHOD": "GET"}, "http", None),
        ({"http_proxy": "http://a:1", "REQUEST_METHOD": "GET"}, "http", "http://a:1"),
        ({"HTTP_PROXY": "http://a:1", "INTERLOCK_HTTP_PROXY": "http://b:2"}, "https", "http://b:2"),
        ({"HTTPS_PROXY": "http://a:1", "INTERLOCK_HTTP_PROXY": "direct"}, "https", None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}, "https", None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*", "INTERLOCK_HTTP_NO_PROXY": ""}, "https", "http://a:1"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "https", "http://[::1]:3128"),
        ({"HTTPS_PROXY": "http://büro.example"}, "https", "http://xn--bro-hoa.example:80"),
    ],
)
def test_settings_come_before_the_environment(environment: dict[str, str], scheme: str, proxy: str | None) -> None:
    found = Proxies.from_environment(environment).find(scheme, "service.test", None)
    assert (None if found is None else str(found)) == proxy


@pytest.mark.parametrize(
    ("text", "host", "port", "direct"),
    [
        ("", "a.example", 443, False),
        ("a.example", "a.example", 443, True),
        ("A.Example.", "a.example.", 443, True),
        ("example", "a.example", 443, True),
        (".a.example", "a.example", 443, True),
        ("*.a.example", "b.a.example", 443, True),
        ("a.example", "ba.example", 443, False),
        ("b.a.example", "a.example", 443, False),
        ("a.example:8443", "a.example", 8443, True),
        ("a.example:8443", "a.example", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "11.1.2.3", 80, False),
        ("10.0.0.1:81", "10.0.0.1", 80, False),
        ("fd00::/8", "fd00::1", 80, True),
        ("[fd00::1]:80", "fd00::1", 80, True),
        ("[fd00::1]:80", "fd00::1", 81, False),
        ("10.0.0.0/8", "a.example", 80, False),
        ("x, *", "a.example", 80, True),
        ("x y\ta.example", "a.example", 80, True),
        ("", "127.0.0.1", 80, True),
        ("", "localhost", 80, True),
    ],
)
def test_no_proxy_lists_hosts_with_those_below_them_addresses_and_networks(text: str, host: str, port: int, direct: bool) -> None:
    assert DirectHosts.parse(text).has(host, port) is direct
