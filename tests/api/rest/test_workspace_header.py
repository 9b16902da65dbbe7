"""`X-Workspace-Id`: a request that is meant for one workspace does nothing in another one, to which the session moved meanwhile."""

import asyncio

import httpx
import pytest

from interlock.api.auth import proofs
from interlock.api.auth.permissions import Permission
from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS, Operation
from interlock.api.rest import events as stream
from tests.api.rest.requests import address, problem_of
from tests.api.rest.workflows import chain, run, save, watching
from tests.api.serving import DEFAULT, Api, Person

SESSION = "/api/v1/session"
WORKFLOWS = "/api/v1/workflows"
NEED_A_SIGN_IN = [operation for operation in OPERATIONS.values() if operation.permission is not Permission.PUBLIC]


def meant_for(workspace_id: object) -> dict[str, str]:
    return {"X-Workspace-Id": str(workspace_id)}


async def of_two(api: Api) -> tuple[Person, int, httpx.AsyncClient]:
    """Returns an editor of `default` and of another workspace, the id of that, and a browser of theirs, in `default`."""
    person, red = await api.make_person(Role.EDITOR), await api.make_workspace("red")
    await api.join(person, Role.EDITOR, red)
    return person, red, await api.browser(person)


@pytest.mark.parametrize("operation", NEED_A_SIGN_IN, ids=lambda operation: operation.name)
async def test_each_operation_is_refused_where_the_caller_is_in_another_workspace(api: Api, operation: Operation) -> None:
    """Before anything of the body is read: none comes."""
    for caller in (await api.client(), await api.browser(await api.person())):
        problem = problem_of(await caller.request(operation.method, address(operation), headers=meant_for(999)), 412, "IL064")
        assert problem.detail == "the request is meant for the workspace 999, and you are in the workspace 1 (default)"
        answer = await caller.request(operation.method, address(operation), headers=meant_for(DEFAULT))
        assert answer.status_code != 412, answer.text


async def test_a_change_for_the_workspace_before_is_not_made_in_the_one_that_another_tab_switched_to(api: Api) -> None:
    """The page of the first tab has got the new CSRF token: that alone does not protect."""
    _, red, browser = await of_two(api)
    switched = await browser.put(f"{SESSION}/workspace", json={"workspace_id": red}, headers=meant_for(DEFAULT))
    browser.headers["X-CSRF-Token"] = switched.json()["csrf_token"]
    problem_of(await browser.post(WORKFLOWS, json={"definition": chain()}, headers=meant_for(DEFAULT)), 412, "IL064")
    problem_of(await browser.get(WORKFLOWS, headers=meant_for(DEFAULT)), 412, "IL064")
    assert (await browser.get(WORKFLOWS)).json()["items"] == []
    assert (await browser.post(WORKFLOWS, json={"definition": chain()}, headers=meant_for(red))).status_code == 201


async def test_a_change_for_a_workspace_that_the_person_left_is_not_made_in_the_next_one(api: Api) -> None:
    """The session goes on in another workspace with the token that it had."""
    person, red, browser = await of_two(api)
    assert (await (await api.client()).delete(f"/api/v1/users/{person.id}")).status_code == 204
    problem_of(await browser.post(WORKFLOWS, json={"definition": chain()}, headers=meant_for(DEFAULT)), 412, "IL064")
    assert (await browser.get(SESSION)).json()["workspace"]["id"] == red


async def test_an_operation_without_a_sign_in_takes_any(api: Api) -> None:
    person = await api.person()
    answer = await (await api.client(None)).post(SESSION, json={"email": person.email, "password": person.password}, headers=meant_for(999))
    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["", "01", "+1", "1.0", "default", "-1", "1, 1", "٣", "9" * 5000])
async def test_only_the_id_itself_is_the_workspace(api: Api, value: str) -> None:
    headers = [(b"X-Workspace-Id", value.encode())]
    assert len(problem_of(await (await api.client()).get(SESSION, headers=headers), 412, "IL064").detail) < 150


async def test_it_may_come_once(api: Api) -> None:
    problem_of(await (await api.client()).get(SESSION, headers=[*meant_for(1).items(), *meant_for(1).items()]), 400, "IL013")


async def test_a_stream_ends_when_its_watcher_is_in_another_workspace(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(proofs, "KEPT_SECONDS", 0.1)
    person, _, browser = await of_two(api)
    admin = await api.client()
    await save(admin, chain())
    execution = await run(admin)
    async with asyncio.timeout(60), watching(browser, execution) as events:
        await anext(events)
        assert (await admin.delete(f"/api/v1/users/{person.id}")).status_code == 204
        assert "end" not in {event.kind async for event in events}
    problem_of(await browser.get(f"/api/v1/executions/{execution}/events", headers=meant_for(DEFAULT)), 412, "IL064")
