"""The tables of docs/reference/http-requests.md."""

import codecs
import json
import re
from pathlib import Path

import pytest

from interlock.definition import Scope, parse_template
from interlock.nodes import FinalError
from interlock.nodes.action_node.http_request.addresses import LOCAL_DOMAINS, is_local_name
from interlock.nodes.action_node.http_request.body import present_body
from interlock.nodes.action_node.http_request.url import join_url

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "http-requests.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(("template", "values", "url"), rows("The URL"))
def test_each_url_of_the_page_is_asked_as_it_says(template: str, values: str, url: str) -> None:
    read, scope = parse_template(template.strip("`")), Scope(input=json.loads(values.strip("`")))
    if url == "*refused*":
        with pytest.raises(FinalError):
            read.render_joined(scope, join_url)
    else:
        assert read.render_joined(scope, join_url) == url.strip("`")


@pytest.mark.parametrize(("types", "sent", "kind", "body", "problem"), rows("The body that is received"))
def test_each_body_of_the_page_is_read_as_it_says(types: str, sent: str, kind: str, body: str, problem: str) -> None:
    received = codecs.escape_decode(sent.strip("`").encode())[0]  # bytes as Python writes them
    for content_type in re.findall("`([^`]+)`", types):
        shown = present_body(received, content_type=content_type, form="auto")
        assert (shown.type, shown.value) == (kind.strip("`"), json.loads(body.strip("`"))), content_type
        assert (shown.problem or "").partition(":")[0] == problem


def test_the_page_lists_the_domains_of_internal_networks() -> None:
    listed = set(re.findall(r"`(\.[a-z][a-z.]+)`", PAGE))
    assert listed | {".localhost"} == set(LOCAL_DOMAINS)
    assert all(is_local_name(f"a{domain}") for domain in listed)
