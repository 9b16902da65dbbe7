"""The web pages, and the headers that every answer has."""

import gzip
from pathlib import Path

import httpx
import pytest

from interlock.api.settings import ApiSettings
from tests.api.conftest import Serve
from tests.api.rest.requests import problem_of

BROTLI = b"\x0b\x02\x80hello\x03"
SCRIPT = "console.log('interlock');\n" * 200


@pytest.fixture
async def site(serve: Serve, tmp_path: Path) -> httpx.AsyncClient:
    """A client of an API whose pages were built."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Interlock</title>")
    script = folder / "assets" / "index-1a2b3c.js"
    script.write_text(SCRIPT)
    script.with_suffix(".js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    script.with_suffix(".js.br").write_bytes(BROTLI)
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("outside")
    (folder / "leak.txt").symlink_to(tmp_path / "secret.txt")
    return await (await serve(static=folder)).client(None)


@pytest.mark.parametrize("path", ["/", "/executions", "/workflows/some%20name/edit", "/a/b/c", "/apiary"])
async def test_an_address_of_the_pages_is_the_page(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Interlock" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert (await site.get(path, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=1.0, gzip;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0.0", None),
        ("identity", None),
        ("brotli", None),
    ],
)
async def test_assets_may_be_cached_for_ever_and_are_sent_as_the_build_compressed_them(
    site: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    async with site.stream("GET", "/assets/index-1a2b3c.js", headers={"Accept-Encoding": accepted}) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(body)
    assert (answer.headers["x-content-type-options"], answer.headers["cross-origin-resource-policy"]) == ("nosniff", "same-origin")
    assert (gzip.decompress(body) if encoding == "gzip" else body) == (BROTLI if encoding == "br" else SCRIPT.encode())
    again = {"Accept-Encoding": accepted, "If-None-Match": answer.headers["etag"]}
    assert (await site.get("/assets/index-1a2b3c.js", headers=again)).status_code == 304


async def test_what_the_build_compressed_has_no_address(site: httpx.AsyncClient) -> None:
    problem_of(await site.get("/assets/index-1a2b3c.js.gz"), 404, "IL051")


@pytest.mark.parametrize(
    "path",
    [
        "/missing.js",
        "/assets/missing.css",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd.x",
        "/leak.txt%00.js",
    ],
)
async def test_no_path_leads_out_of_the_pages(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(httpx.URL(str(site.base_url)).copy_with(raw_path=path.encode()))
    assert "outside" not in answer.text
    problem_of(answer, 404, "IL051")


async def test_a_link_out_of_the_pages_is_not_followed(site: httpx.AsyncClient) -> None:
    problem_of(await site.get("/leak.txt"), 404, "IL051")


async def test_missing_pages_say_how_to_build_them(serve: Serve, tmp_path: Path) -> None:
    client = await (await serve(static=tmp_path)).client(None)
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text


@pytest.mark.parametrize("path", ["/", "/healthz", "/openapi.json", "/api/v1/session", "/api/v1/nothing"])
async def test_every_answer_has_the_headers_that_browsers_obey(site: httpx.AsyncClient, path: str) -> None:
    headers = (await site.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "strict-transport-security" not in headers
    assert headers["x-request-id"]
    if path.startswith("/api"):
        assert headers["cache-control"] == "no-store"


async def test_behind_https_browsers_must_keep_using_it(serve: Serve) -> None:
    client = await (await serve(ApiSettings(public_url="https://interlock.example.com"))).client(None)
    assert (await client.get("/healthz")).headers["strict-transport-security"] == "max-age=31536000"


async def test_openapi_is_served(site: httpx.AsyncClient) -> None:
    answer = await site.get("/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"


async def test_health_and_readiness(site: httpx.AsyncClient) -> None:
    assert (await site.get("/healthz")).text == "ok\n"
    assert (await site.get("/readyz")).text == "ready\n"
