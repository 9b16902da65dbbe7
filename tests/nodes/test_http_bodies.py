"""How HTTP_REQUEST reads the bodies of responses, and which bodies it sends."""

import base64
import codecs
import time
from collections.abc import AsyncIterator
from encodings.aliases import aliases
from typing import Any

import pytest

from interlock.nodes import FinalError
from interlock.nodes.action_node.http_request.addresses import PrivateHosts
from interlock.nodes.action_node.http_request.body import present_body
from interlock.nodes.action_node.http_request.charsets import charset_of, codec_of
from interlock.nodes.action_node.http_request.executor import HttpRequest
from tests.nodes.contexts import context_for
from tests.nodes.http_server import LocalServer


@pytest.fixture
async def executor() -> AsyncIterator[HttpRequest]:
    made = HttpRequest(private=PrivateHosts.parse("*"))
    yield made
    await made.close()


async def send(executor: HttpRequest, url: str, **parameters: Any) -> dict[str, Any]:
    given = {"allow_private_addresses": True, **parameters, "url": url}
    return dict((await executor.execute(context_for(executor, given))).output)


def shown(body: bytes, content_type: str, form: Any = "auto") -> dict[str, Any]:
    return present_body(body, content_type=content_type, form=form).to_json()


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/json", "text/json; charset=utf-8", "application/problem+json", "APPLICATION/JSON ;a=b"]
)
def test_every_content_type_of_json_is_read_as_json(content_type: str) -> None:
    assert shown(b'{"a": [1]}', content_type) == {"body": {"a": [1]}, "body_type": "json"}


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "text/csv", "application/xml", "application/atom+xml", "application/x-ndjson", "application/yaml", "image/x;charset=utf-8"],
)
def test_written_formats_are_text(content_type: str) -> None:
    assert shown("<ä>".encode(), content_type) == {"body": "<ä>", "body_type": "text"}


@pytest.mark.parametrize("content_type", ["", "application/octet-stream", "image/png", "application/pdf"])
def test_everything_else_is_base64_and_says_so(content_type: str) -> None:
    assert shown(b"abc", content_type) == {"body": "YWJj", "body_type": "base64"}


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        ("application/json; charset=latin-1", '{"a": "grün"}'.encode("latin-1"), {"a": "grün"}),
        ("application/json; charset=latin-1", '"Ã¼"'.encode("latin-1"), "Ã¼"),
        ("text/json;charset=utf-16", '["ä"]'.encode("utf-16"), ["ä"]),
        ("application/json", '["ä"]'.encode("utf-16"), ["ä"]),
        ("application/json", codecs.BOM_UTF8 + '["ä"]'.encode(), ["ä"]),
        ("application/json; charset=UTF-8", codecs.BOM_UTF8 + b"[1]", [1]),
        ("text/plain; charset=windows-1252", b"\x80", "€"),
        ("text/plain; charset='koi8-u'", "Київ".encode("koi8-u"), "Київ"),
        ('text/plain; format=flowed; Charset="Shift_JIS"', "日本".encode("shift_jis"), "日本"),
        ("text/plain; charset=x-sjis", "日本".encode("shift_jis"), "日本"),
        ("text/plain; charset=", "ä".encode(), "ä"),
        ("text/plain", codecs.BOM_UTF8 + "ä".encode(), "ä"),
    ],
)
def test_the_charset_that_is_declared_is_used_for_text_and_for_json(content_type: str, body: bytes, value: Any) -> None:
    assert shown(body, content_type)["body"] == value
    assert "body_problem" not in shown(body, content_type)


@pytest.mark.parametrize(
    ("content_type", "body", "problem"),
    [
        ("text/plain", b"\xff\xfa", "a byte at position 0 that is not UTF-8"),
        ("text/plain; charset=utf-8", b"ab\xe4", "a byte at position 2 that is not utf-8"),
        ("text/plain; charset=utf-9", b"abc", "the character set 'utf-9' is unknown"),
        ("text/html; charset=cp1252", b"\x81", "a byte at position 0 that is not cp1252"),
        ("text/plain", b"a\x00b", "NUL"),
        ("application/json; charset=utf-9", b"{}", "the character set 'utf-9' is unknown"),
        ("application/json", b'"\xe4"', "that is not UTF-8"),
    ],
)
async def test_text_that_cannot_be_decoded_is_marked_and_is_an_error_where_text_was_asked_for(
    http_server: LocalServer, executor: HttpRequest, content_type: str, body: bytes, problem: str
) -> None:
    http_server.on("/", 200, body, content_type=content_type)
    output = await send(executor, http_server.url())
    assert (output["body"], output["body_type"]) == (base64.b64encode(body).decode(), "base64")
    assert problem in output["body_problem"]
    asked = "json" if "json" in content_type else "text"
    with pytest.raises(FinalError) as raised:
        await send(executor, http_server.url(), response=asked)
    assert raised.value.code == f"response_not_{asked}"
    assert problem in raised.value.message
    assert (await send(executor, http_server.url(), response="base64"))["body_type"] == "base64"


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 4301, "-" + "9" * 100_000])
def test_one_number_beyond_the_limits_never_turns_a_json_response_into_text(number: str) -> None:
    made = shown(b'{"a": [%b, 7615917337495251231, 5.0, {"b": null}]}' % number.encode(), "application/json")
    assert (made["body_type"], repr(made["body"])) == ("json", repr({"a": [number, 7615917337495251231, 5.0, {"b": None}]}))
    assert made["body_problem"].startswith("a number is kept as text: /a/0: ")
    with pytest.raises(FinalError) as raised:
        shown(b"[%b]" % number.encode(), "application/json", "json")
    assert raised.value.code == "response_not_json"
    assert raised.value.details["place"] == "/0"


@pytest.mark.parametrize("digits", ["7615917337495251231", "-9223372036854775809", "9" * 4300, "5.0", "0.1", "1.7976931348623157e308", "6.022e23"])
def test_whole_numbers_of_any_size_and_floats_are_exact_in_a_json_response(digits: str) -> None:
    made = shown(digits.encode(), "application/json")
    assert "body_problem" not in made
    assert repr(made["body"]) == repr(float(digits) if set(digits) & set(".e") else int(digits))


def test_a_word_that_is_no_number_is_still_not_json() -> None:
    assert shown(b"[NaN, 1e999]", "application/json")["body_type"] == "text"


def test_json_that_is_none_is_text_with_a_mark() -> None:
    made = shown(b"<html>", "application/json")
    assert (made["body"], made["body_type"]) == ("<html>", "text")
    assert made["body_problem"] == "it is not the JSON that it says: Line 1, column 1: Expecting value."


@pytest.mark.parametrize("form", ["auto", "json", "text", "base64"])
@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain; charset=utf-9", "image/png"])
def test_an_empty_body_is_null_whatever_its_type_and_the_form(content_type: str, form: str) -> None:
    assert shown(b"", content_type, form) == {"body": None, "body_type": "empty"}


async def test_responses_without_a_body_have_null(http_server: LocalServer, executor: HttpRequest) -> None:
    http_server.on("/gone", 204)
    http_server.on("/white", 200, b" \r\n", content_type="application/json")
    http_server.on("/head", 200, content_type="text/plain", content_length="5")
    for path, method in (("/gone", "DELETE"), ("/white", "GET"), ("/head", "HEAD")):
        output = await send(executor, http_server.url(path), method=method)
        assert (output["body"], output["body_type"]) == (None, "empty")
    assert shown(b" \n", "text/plain")["body"] == " \n"


@pytest.mark.parametrize(
    ("parameters", "length", "content_type"),
    [
        ({}, "0", None),
        ({"json": None, "body": None, "form": None}, "0", None),
        ({"body": ""}, "0", None),
        ({"form": {}}, "0", "application/x-www-form-urlencoded"),
        ({"form": {"a": []}}, "0", "application/x-www-form-urlencoded"),
        ({"json": {}}, "2", "application/json"),
        ({"json": ""}, "2", "application/json"),
        ({"json": False}, "5", "application/json"),
        ({"body": "null", "headers": {"Content-Type": "application/json"}}, "4", "application/json"),
    ],
)
async def test_null_is_no_body_and_what_is_empty_is_a_body_without_bytes(
    http_server: LocalServer, executor: HttpRequest, parameters: dict[str, Any], length: str, content_type: str | None
) -> None:
    http_server.on("/", 200)
    await send(executor, http_server.url(), method="POST", **parameters)
    received = http_server.received[0]
    assert (received.headers["content-length"], received.headers.get("content-type")) == (length, content_type)


async def test_the_beginning_of_an_unexpected_answer_is_read_in_its_charset(http_server: LocalServer, executor: HttpRequest) -> None:
    for charset in ("latin-1", "utf-9"):
        http_server.on("/", 404, "grün".encode("latin-1"), content_type=f"text/plain; charset={charset}")
        with pytest.raises(FinalError) as raised:
            await send(executor, http_server.url())
        assert raised.value.details["body"] == ("grün" if charset == "latin-1" else "gr\ufffdn")


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "unicode_escape", "raw-unicode-escape", "utf-7", "rot13", "base64", "zip", "undefined", "../x", "", "\x00"]
)
def test_what_python_calls_an_encoding_and_is_no_charset_is_unknown(charset: str) -> None:
    assert codec_of(charset) is None


def test_every_charset_decodes_a_large_body_in_time() -> None:
    body = bytes(range(32, 127)) * 10_000
    for name in sorted({*aliases, "koi8-u", "cp874"}):
        codec = codec_of(name)
        if codec is not None:
            begun = time.perf_counter()
            body.decode(codec, errors="replace")
            assert time.perf_counter() - begun < 1.0, name


def test_a_header_of_any_length_is_searched_for_a_charset_in_time() -> None:
    for text in ("text/plain" + ";" * 60_000, "text/plain;charset" * 6_000, "text/plain; charset" + " " * 60_000, 'a;charset="' + "b" * 60_000):
        begun = time.perf_counter()
        charset_of(text)
        assert time.perf_counter() - begun < 0.2
