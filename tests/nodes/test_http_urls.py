"""The URLs of HTTP_REQUEST: what templates put into them, and the query."""

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from interlock.definition import Scope, parse_template
from interlock.definition.expressions.template import RenderedPiece
from interlock.nodes import FinalError
from interlock.nodes.action_node.http_request.addresses import PrivateHosts
from interlock.nodes.action_node.http_request.executor import HttpRequest
from interlock.nodes.action_node.http_request.url import join_url
from tests.nodes.contexts import context_for
from tests.nodes.http_server import LocalServer

RESERVED = ":/?#[]@!$&'()*+,;=%"


@pytest.fixture
async def executor() -> AsyncIterator[HttpRequest]:
    made = HttpRequest(private=PrivateHosts.parse("*"))
    yield made
    await made.close()


def joined(template: str, **values: Any) -> str:
    return str(parse_template(template).render_joined(Scope(input=values), join_url))


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ({"a": "2"}, "/x?a=1&b=%20&a=2"),
        ({"c": ["x", 2], "d": None, "e": True}, "/x?a=1&b=%20&c=x&c=2&e=true"),
        ({"c": []}, "/x?a=1&b=%20"),
        ({"a b": "ü&="}, "/x?a=1&b=%20&a+b=%C3%BC%26%3D"),
        ({}, "/x?a=1&b=%20"),
    ],
)
async def test_the_query_is_added_behind_that_of_the_url(http_server: LocalServer, executor: HttpRequest, query: dict[str, Any], target: str) -> None:
    http_server.on("/x", 200)
    given = {"url": http_server.url("/x?a=1&b=%20"), "query": query, "allow_private_addresses": True}
    await executor.execute(context_for(executor, given))
    assert http_server.received[0].target == target


async def test_a_query_is_added_to_a_url_without_one(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/x", 200)
    for path in ("/x", "/x?", "/x#part"):
        given = {"url": http_server.url(path), "query": {"a": 1}, "allow_private_addresses": True}
        await executor.execute(context_for(executor, given))
    assert [request.target for request in http_server.received] == ["/x?a=1"] * 3


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("https://a.example/items/{{ v }}/x", "https://a.example/items/{}/x"),
        ("https://a.example/items/a-{{ v }}.json", "https://a.example/items/a-{}.json"),
        ("https://a.example/a=b&c/{{ v }}", "https://a.example/a=b&c/{}"),
        ("https://a.example/?q={{ v }}&r=1", "https://a.example/?q={}&r=1"),
        ("https://a.example?q={{ v }}", "https://a.example?q={}"),
        ("https://a.example/x?next=https://b.example/{{ v }}", "https://a.example/x?next=https://b.example/{}"),
        ("https://a.example/x#{{ v }}", "https://a.example/x#{}"),
        ("{{ base }}/items/{{ v }}", "https://a.example:8443/v1/items/{}"),
        ("{{ base }}?q={{ v }}", "https://a.example:8443/v1?q={}"),
        ("{{ base }}?next=http://b.example/{{ v }}", "https://a.example:8443/v1?next=http://b.example/{}"),
        ("https://{{ host }}:{{ port }}/{{ v }}", "https://a.example:8443/{}"),
        ("{{ scheme }}://{{ host }}/{{ v }}", "https://a.example/{}"),
        ("https://me:{{ v }}@a.example/x", "https://me:{}@a.example/x"),
    ],
)
def test_every_reserved_character_of_a_value_is_encoded_after_the_host(template: str, made: str) -> None:
    value = f'50% off/{RESERVED} ä\\"<>^`{{|}}-._~'
    url = joined(template, v=value, base="https://a.example:8443/v1", host="a.example", port=8443, scheme="https")
    before, _, after = made.partition("{}")
    assert url.startswith(before)
    assert url.endswith(after)
    encoded = url[len(before) : len(url) - len(after)]
    assert unquote(encoded) == value
    assert set(encoded) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%")
    if "#" not in made:
        assert encoded in str(httpx.URL(url)).replace("%7E", "~"), "httpx leaves it as it is"


@pytest.mark.parametrize(
    ("template", "values", "url"),
    [
        ("{{ url }}", {"url": "https://a.example/x/y?z=1#%"}, "https://a.example/x/y?z=1#%"),
        ("{{ base + path }}", {"base": "https://a.example/", "path": "a/b?c"}, "https://a.example/a/b?c"),
        ("{{ base }}{{ path }}", {"base": "https://a.example", "path": "/a/b"}, "https://a.example/a/b"),
        ("https://{{ rest }}", {"rest": "a.example/x"}, "https://a.example/x"),
        ("https://a.example/{{ n }}/{{ m }}", {"n": 12, "m": None}, "https://a.example/12/null"),
        ("https://a.example/{{ l }}", {"l": ["a b", 1]}, "https://a.example/%5B%22a%20b%22%2C%201%5D"),
        ("https://a.example/100%/{{ n }}", {"n": 1}, "https://a.example/100%/1"),
        ("https://a.example/{{ n }}..x/.{{ n }}", {"n": "."}, "https://a.example/...x/.."),
    ],
)
def test_the_beginning_of_a_url_and_what_the_author_wrote_stay_as_they_are(template: str, values: dict[str, Any], url: str) -> None:
    if url.endswith("/.."):
        with pytest.raises(FinalError):
            joined(template, **values)
    else:
        assert joined(template, **values) == url


@pytest.mark.parametrize("value", [".", ".."])
@pytest.mark.parametrize("template", ["https://a.example/items/{{ v }}", "{{ base }}/items/{{ v }}/x", "https://a.example/{{ v }}?q=1"])
def test_a_value_that_leads_to_another_folder_is_refused(template: str, value: str) -> None:
    with pytest.raises(FinalError) as raised:
        joined(template, v=value, base="https://a.example")
    assert raised.value.code == "url_refused"
    assert f"/{value}x" in joined(template, v=f"{value}x", base="https://a.example")
    assert joined("https://a.example/../x/{{ v }}", v="y") == "https://a.example/../x/y"


@pytest.mark.parametrize("value", ["evil.example/", "evil.example?", "evil.example#", "me@evil.example", "evil.example\\", "a b", "a\nb"])
@pytest.mark.parametrize("template", ["https://{{ v }}.a.example/x", "https://a-{{ v }}.example", "https://a.example:{{ v }}/x"])
def test_a_value_inside_a_host_cannot_lead_to_another_server(template: str, value: str) -> None:
    with pytest.raises(FinalError) as raised:
        joined(template, v=value)
    assert raised.value.code == "url_refused"
    assert value not in raised.value.message


def test_long_values_and_long_urls_take_time_in_proportion() -> None:
    def written(text: str) -> RenderedPiece:
        return RenderedPiece(text=text, is_expression=False)

    def value(text: str) -> RenderedPiece:
        return RenderedPiece(text=text, is_expression=True)

    start = written("https://a.example/")
    for pieces in (
        [start, value("%" * 8_000_000)],
        [start, *[value("%" * 8000)] * 1000],
        [start, *[value("%"), written("/")] * 4000],
        [start, written("x/" * 1_000_000), *[value("a"), written("/y")] * 500],
        [*[value("")] * 100_000, written("/x")],
    ):
        begun = time.perf_counter()
        join_url(pieces)
        assert time.perf_counter() - begun < 0.3
