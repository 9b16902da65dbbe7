"""What REST adds to workflows: YAML, entity tags, idempotency keys, and the addresses of what was made."""

import httpx
import pytest
import yaml

from tests.api.rest.requests import places, problem_of
from tests.api.rest.workflows import chain, run, save

YAML = {"Content-Type": "application/yaml"}


async def test_a_definition_may_be_sent_as_yaml(admin: httpx.AsyncClient) -> None:
    text = yaml.safe_dump(chain())
    report = await admin.post("/api/v1/workflows/validate", content=text, headers=YAML)
    assert report.json()["valid"] is True
    made = await admin.post("/api/v1/workflows", content=text, headers=YAML)
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v1/workflows/{made.json()['id']}"
    assert made.headers["etag"] == '"1"'
    changed = await admin.put("/api/v1/workflows/chain", content=yaml.safe_dump(chain(more=1)), headers=YAML | {"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    again = await admin.post("/api/v1/workflows", json={"definition": chain(more=1)})
    assert (again.status_code, again.json()["created"]) == (201, False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2", "IL013"),
        ("!!python/object:os.system {}", "IL013"),
        ("a: &a [*a]", "IL013"),
        ("{", "IL013"),
        ("- 1", "IL054"),
        ("text", "IL054"),
    ],
)
async def test_bad_yaml_is_refused_with_its_place(admin: httpx.AsyncClient, text: str, code: str) -> None:
    answer = await admin.post("/api/v1/workflows/validate", content=text, headers=YAML)
    problem_of(answer, 400 if code == "IL013" else 422, code)


async def test_yaml_that_grows_without_bounds_is_refused(admin: httpx.AsyncClient) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    problem_of(await admin.post("/api/v1/workflows/validate", content="\n".join(lines), headers=YAML), 400, "IL013")


async def test_a_refused_definition_lists_its_errors_with_places(admin: httpx.AsyncClient) -> None:
    definition = chain()
    definition["nodes"][1]["subtype"] = "NOTHING"
    definition["connections"][0]["to"] = "nowhere"
    problem = problem_of(await admin.post("/api/v1/workflows", json={"definition": definition}), 422, "IL020")
    assert len(problem.invalid) >= 2
    assert all(field.code and field.message and field.hint for field in problem.invalid)


async def test_a_workflow_with_a_newer_version_is_not_overwritten(admin: httpx.AsyncClient) -> None:
    await save(admin, chain())
    path = "/api/v1/workflows/chain"
    assert (await admin.put(path, json={"definition": chain(more=1)}, headers={"If-Match": '"1"'})).status_code == 200
    problem_of(await admin.put(path, json={"definition": chain(more=2)}, headers={"If-Match": '"1"'}), 412, "IL019")
    problem_of(await admin.delete(path, headers={"If-Match": '"1"'}), 412, "IL019")
    assert (await admin.put(path, json={"definition": chain(more=3)}, headers={"If-Match": "*"})).json()["version"] == 3
    answer = await admin.put(path, json={"definition": chain(), "expected_version": 3})
    assert places(problem_of(answer, 422, "IL054")) == ["body.expected_version"]
    assert (await admin.delete(path, headers={"If-Match": '"3"'})).status_code == 204
    problem_of(await admin.get(path), 404, "IL005")


async def test_a_version_that_the_client_has_is_not_sent_again(admin: httpx.AsyncClient) -> None:
    await save(admin, chain())
    for path in ("/api/v1/workflows/chain", "/api/v1/workflows/chain/versions/1"):
        answer = await admin.get(path)
        assert answer.headers["etag"] == '"1"'
        for known in ('"1"', 'W/"1"', '"7", "1"', "*"):
            again = await admin.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"1"')
        assert (await admin.get(path, headers={"If-None-Match": '"2"'})).status_code == 200
    await admin.put("/api/v1/workflows/chain", json={"definition": chain(more=1)})
    assert (await admin.get("/api/v1/workflows/chain", headers={"If-None-Match": '"1"'})).status_code == 200


async def test_a_run_with_a_key_is_started_once(admin: httpx.AsyncClient) -> None:
    await save(admin, chain())
    path, key = "/api/v1/workflows/chain/run", {"Idempotency-Key": "order-17"}
    first = await admin.post(path, json={"input": {"a": 1}}, headers=key)
    assert (first.status_code, first.json()["created"]) == (202, True)
    assert first.headers["location"] == f"/api/v1/executions/{first.json()['execution_id']}"
    for again in (
        await admin.post(path, json={"input": {"a": 1}}, headers=key),
        await admin.post(path, json={"input": {"a": 1}, "idempotency_key": "order-17"}),
        await admin.post(path, json={"input": {"a": 1}, "idempotency_key": "order-17"}, headers=key),
    ):
        assert again.json() == {"execution_id": first.json()["execution_id"], "created": False}
    differs = await admin.post(path, json={"idempotency_key": "order-18"}, headers=key)
    assert places(problem_of(differs, 422, "IL054")) == ["header.Idempotency-Key"]


async def test_a_run_needs_no_body(admin: httpx.AsyncClient) -> None:
    await save(admin, chain())
    answer = await admin.post("/api/v1/workflows/chain/run")
    assert answer.status_code == 202
    assert (await admin.get(answer.headers["location"])).json()["input"] == {}


async def test_lists_page_to_their_end(admin: httpx.AsyncClient) -> None:
    await save(admin, chain())
    started = {await run(admin) for _ in range(5)}
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await admin.get("/api/v1/executions", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert sorted(seen) == sorted(started)
    problem_of(await admin.get("/api/v1/executions", params={"cursor": "AAAA"}), 422, "IL054")


async def test_yaml_is_kept_as_it_was_sent(admin: httpx.AsyncClient) -> None:
    text = f"# for the team\n{yaml.safe_dump(chain())}\n# the end\n"
    assert (await admin.post("/api/v1/workflows", content=text, headers=YAML)).status_code == 201
    assert (await admin.get("/api/v1/workflows/chain")).json()["source"] == text
    assert (await admin.get("/api/v1/workflows/chain/versions/1")).json()["source"] == text
