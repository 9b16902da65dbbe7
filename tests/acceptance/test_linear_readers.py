"""What reads a request takes time in proportion to its size, whatever is in it: each reader is tried with hostile texts of two sizes."""

import contextlib
import gc
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request as HttpRequest

from interlock.api.auth.csrf import host_name
from interlock.api.auth.emails import canonical_email
from interlock.api.cursors import read_cursor
from interlock.api.definition_errors import place_of
from interlock.api.operations import OPERATIONS
from interlock.api.rest.endpoints import _is_known
from interlock.api.rest.forms import form_of
from interlock.api.rest.pages import _encoding
from interlock.api.rest.proofs import SESSION_COOKIE, _bearer, cookie_of
from interlock.api.rest.requests import _query
from interlock.definition import parse_expression, parse_template, read_yaml
from interlock.json_text import JsonLimits, check_json, json_pointer, read_json
from interlock.tracing import is_trace_parent

LIMITS = JsonLimits(text_bytes=64 * 1024 * 1024)
TIMES = 8
MOST_RATIO = 20
"""Eight times as much takes eight times as long; quadratic work would take 64 times as long."""


def keys(count: int) -> str:
    return ", ".join(f'"k{number}": 1' for number in range(count))


def asked(query: str) -> HttpRequest:
    return HttpRequest({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()})


def by_list_executions(query: str) -> Any:
    return _query(form_of(OPERATIONS["list_executions"]), asked(query))


def read_small(text: str) -> Any:
    return read_json(text, JsonLimits(values=40_000))


def with_header(name: str, value: str) -> HttpRequest:
    return HttpRequest({"type": "http", "method": "GET", "path": "/", "headers": [(name.encode(), value.encode())], "query_string": b""})


def session_in(value: str) -> Any:
    return cookie_of(with_header("cookie", value).headers.getlist("cookie"), SESSION_COOKIE)


def bearer_in(value: str) -> Any:
    return _bearer(with_header("authorization", value))


def known_by(value: str) -> Any:
    return _is_known(with_header("if-none-match", value), '"1"')


def encoding_for(value: str) -> Any:
    return _encoding(value, {"gzip": b"", "identity": b""})


READERS: dict[str, tuple[Callable[[Any], Any], Callable[[int], Any], int]] = {
    "JSON, a key twice at the end": (read_json, lambda n: "{" + keys(n) + ', "k0": 2}', 10_000),
    "JSON, every key twice": (read_json, lambda n: "{" + keys(n) + ", " + keys(n) + "}", 10_000),
    "JSON, many objects with a key twice": (read_json, lambda n: "[" + ", ".join(['{"a": 1, "a": 2}'] * n) + "]", 10_000),
    "JSON, an open text after many values": (read_small, lambda n: "[" + "1," * n + '"' + '\\"' * n, 50_000),
    "JSON, many short texts": (read_small, lambda n: "[" + '"a,",' * n + "]", 50_000),
    "JSON, deep": (read_json, lambda n: "[" * n, 20_000),
    "JSON, a long text with escapes": (read_json, lambda n: '"' + "\\u00e9" * n + '"', 100_000),
    "JSON, an open text": (read_json, lambda n: '"' + "\\" * n, 200_000),
    "JSON, numbers of many digits": (read_json, lambda n: "[" + ", ".join(["9" * 4_300] * n) + "]", 100),
    "JSON, one number of too many digits": (read_json, lambda n: "9" * n, 100_000),
    "JSON, a bad text at the end": (lambda value: check_json(value, LIMITS), lambda n: ["é"] * n + ["\ud800"], 50_000),
    "JSON pointer": (json_pointer, lambda n: ["~/"] * n, 20_000),
    "place": (place_of, lambda n: "/~1~0" * n, 10_000),
    "YAML, keys": (read_yaml, lambda n: "".join(f"k{number}: 1\n" for number in range(n)), 2_000),
    "YAML, a key twice at the end": (read_yaml, lambda n: "".join(f"k{number}: 1\n" for number in range(n)) + "k0: 2\n", 2_000),
    "YAML, a flow": (read_yaml, lambda n: "[" + "a," * n + "]", 5_000),
    "YAML, deep": (read_yaml, lambda n: "[" * n, 5_000),
    "YAML, anchors": (read_yaml, lambda n: "".join(f"- &a{number} 1\n- *a{number}\n" for number in range(n)), 2_000),
    "YAML, an open quote": (read_yaml, lambda n: 'a: "' + "x\n" * n, 5_000),
    "YAML, a plain text that looks like a number": (read_yaml, lambda n: "a: " + "1" * n + "x", 50_000),
    "template, open braces": (parse_template, lambda n: "{{ a }}" + "{" * n, 50_000),
    "template, an open brace": (parse_template, lambda n: "{{" + "(" * n, 50_000),
    "template, an open quote": (parse_template, lambda n: "{{ '" + "\\" * n, 50_000),
    "template, text": (parse_template, lambda n: "}} { } " * n, 50_000),
    "template, expressions": (parse_template, lambda n: "{{ a }}" * n, 200),
    "expression, braces": (parse_expression, lambda n: "{{a}} + " * n + "1", 10),
    "expression, quotes": (parse_expression, lambda n: "'" * n, 1_000),
    "expression, brackets": (parse_expression, lambda n: "(" * n, 1_000),
    "expression, a sum": (parse_expression, lambda n: "a + " * n + "a", 5),
    "expression, a list": (parse_expression, lambda n: "[" + "a, " * n + "]", 100),
    "cursor": (lambda text: read_cursor(text, lambda parts: parts, 1), lambda n: "W" * n, 50_000),
    "cursor, no base64": (lambda text: read_cursor(text, lambda parts: parts, 1), lambda n: "~" * n, 50_000),
    "query, many names": (by_list_executions, lambda n: "&".join(f"a{number}=1" for number in range(n)), 25),
    "query, one name often": (by_list_executions, lambda n: "&".join(["limit=1"] * n), 25),
    "query, long values": (by_list_executions, lambda n: "&".join(["limit=" + "%" * n] * 20), 1_000),
    "header Cookie, other cookies": (session_in, lambda n: "; ".join(f"c{number}=1" for number in range(n)), 1_000),
    "header Cookie, quoted backslashes": (session_in, lambda n: 'interlock_session="' + "\\" * n + '"', 1_000),
    "header Cookie, semicolons": (session_in, lambda n: ";=" * n, 5_000),
    "header Authorization": (bearer_in, lambda n: "Bearer" + " " * n + "x", 5_000),
    "header Host, a name": (host_name, lambda n: "a." * n, 5_000),
    "header Host, an address": (host_name, lambda n: "[" + ":" * n, 5_000),
    "header If-None-Match": (known_by, lambda n: '", W/"' * n, 1_000),
    "header Accept-Encoding": (encoding_for, lambda n: "gzip;q=0, " * n, 1_000),
    "header traceparent": (is_trace_parent, lambda n: "00-" + "0" * n + "-", 5_000),
    "email": (canonical_email, lambda n: "a" * n + "@", 50_000),
    "email, at signs": (canonical_email, lambda n: "@" * n, 50_000),
}


def seconds(read: Callable[[Any], Any], value: Any) -> float:
    """The least CPU time of some tries."""
    found = []
    for _ in range(4):
        gc.collect()
        began = time.thread_time()
        with contextlib.suppress(Exception):  # most of them are refused: how does not matter here
            read(value)
        found.append(time.thread_time() - began)
    return min(found)


@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_time_in_proportion_to_the_text(name: str) -> None:
    read, make, size = READERS[name]
    small, large = seconds(read, make(size)), seconds(read, make(size * TIMES))
    assert large <= max(MOST_RATIO * small, 0.002), f"{small * 1e3:.2f} ms for {size}, {large * 1e3:.2f} ms for {size * TIMES}"
