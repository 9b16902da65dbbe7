"""What is refused has a place: a pointer in JSON, and line and column in YAML."""

import httpx
import pytest

from tests.api.rest.requests import problem_of

YAML = {"Content-Type": "application/yaml"}
TEXT = """# a comment
name: refund
nodes:
  - {id: begin, type: TRIGGER_NODE, subtype: MANUAL}
  - id: wait
    type: FLOW_NODE
    subtype: WAIT
    parameters:
      secnods: 5
  - id: odd
    type: NO_SUCH
    subtype: NODE
connections:
  - {from: begin, to: nowhere}
"""


async def test_errors_of_a_yaml_definition_have_line_and_column(admin: httpx.AsyncClient) -> None:
    report = (await admin.post("/api/v1/workflows/validate", content=TEXT, headers=YAML)).json()
    assert report["valid"] is False
    positions = {error["place"]: (error["line"], error["column"]) for error in report["errors"]}
    refused = problem_of(await admin.post("/api/v1/workflows", content=TEXT, headers=YAML), 422, "IL020")
    assert {field.place: (field.line, field.column) for field in refused.invalid} == positions
    lines = TEXT.splitlines()
    for place, (line, column) in positions.items():
        last = place.rpartition(".")[2].partition("[")[0] or place
        assert lines[line - 1][column - 1 :].startswith((last, "{", "id", "nodes", "connections")), (place, line, column)
    assert (9, 7) in positions.values()
    assert 14 in {line for line, _ in positions.values()}


async def test_errors_of_a_json_definition_have_their_place_and_no_line(admin: httpx.AsyncClient) -> None:
    definition = {"name": "w", "nodes": [{"id": "a", "type": "NO_SUCH", "subtype": "NODE"}], "connections": []}
    report = (await admin.post("/api/v1/workflows/validate", json={"definition": definition})).json()
    assert report["errors"]
    assert {(error["line"], error["column"]) for error in report["errors"]} == {(None, None)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nnodes: [a\n", "Line 3, column 1"),
        ("name: a\nnodes: []\nname: b\n", "Line 3, column 1: The key 'name' is there twice"),
        ("name: w\nnodes:\n  - id: a\n    parameters:\n      n: .nan\n", "/nodes/0/parameters/n: Line 5, column 7: .nan is not JSON"),
        ("name: w\nn: !!python/none x\n", "Line 2, column 4: The tag"),
        ("name: *nothing\n", "Line 1, column 7: The alias"),
    ],
)
async def test_yaml_that_cannot_be_read_is_refused_with_line_and_column(admin: httpx.AsyncClient, text: str, said: str) -> None:
    problem = problem_of(await admin.post("/api/v1/workflows/validate", content=text, headers=YAML), 400, "IL013")
    assert said in problem.detail


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"input": {"a": [1, NaN]}}', "/input/a/1: NaN is not JSON"),
        (b'{"input": {"a b": {"c": 1, "c": 2}}}', "/input/a b/c: The key 'c' is given twice"),
        (b'{"input": {"a": 1e999}}', "/input/a"),
        (b'{"input": {"x": ' + b"9" * 4301 + b"}}", "/input/x: A whole number has at most 4,300 digits"),
        (b'{"input":\n  {"a": }}', "Line 2, column 9"),
    ],
)
async def test_json_that_cannot_be_read_is_refused_with_its_pointer(admin: httpx.AsyncClient, text: bytes, said: str) -> None:
    answer = await admin.post("/api/v1/workflows/none/run", content=text, headers={"Content-Type": "application/json"})
    assert said in problem_of(answer, 400, "IL013").detail
