"""Drafts keep unfinished work as it is, for their person alone; and an editor says who else edits."""

import asyncio
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg
import pytest

from interlock.api.models.users import Role
from tests.api.rest.workflows import chain
from tests.api.serving import Api

UNFINISHED: Final = {"zeta": 1, "name": "half", "nodes": [{"id": "a", "type": "ACTION_NODE"}], "connections": [{"from": "a", "to": "nowhere"}]}
BROKEN: Final = "name: half\nnodes:\n  - id: [a\n"


@pytest.fixture
async def editor(api: Api) -> httpx.AsyncClient:
    return await api.client(Role.EDITOR)


async def save(client: httpx.AsyncClient, draft: str, revision: int = 0, **content: Any) -> httpx.Response:
    return await client.put(f"/api/v1/drafts/{draft}", json={"revision": revision, **(content or {"definition": UNFINISHED})})


async def saved(client: httpx.AsyncClient, draft: str, revision: int = 0, **content: Any) -> dict[str, Any]:
    answer = await save(client, draft, revision, **content)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def drafts_of(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    return list((await client.get("/api/v1/drafts", params=query)).json()["items"])


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


async def made(client: httpx.AsyncClient, name: str = "chain", **more: Any) -> str:
    answer = await client.post("/api/v1/workflows", json={"definition": chain(name), **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_draft_keeps_errors_and_the_order_of_keys_and_exact_numbers(editor: httpx.AsyncClient) -> None:
    draft = str(uuid4())
    definition = {**UNFINISHED, "b": 2**70, "a": [1.0, None]}
    first = await saved(editor, draft, definition=definition, pins={"a": {"n": 10**30}})
    assert (first["revision"], first["name"], first["workflow_id"]) == (1, "half", None)
    read = (await editor.get(f"/api/v1/drafts/{draft}")).json()
    assert read["definition"] == definition
    assert list(read["definition"]) == list(definition)
    assert read["pins"] == {"a": {"n": 10**30}}


async def test_a_text_that_cannot_be_read_is_kept_as_the_person_has_it(editor: httpx.AsyncClient) -> None:
    draft = str(uuid4())
    await saved(editor, draft, text=BROKEN, syntax="yaml")
    read = (await editor.get(f"/api/v1/drafts/{draft}")).json()
    assert (read["text"], read["syntax"], read["definition"]) == (BROKEN, "yaml", None)
    refused: list[dict[str, Any]] = [{"text": BROKEN}, {"syntax": "yaml", "definition": {}}, {"pins": {}}, {"definition": {}, "base_version": 1}]
    for content in refused:
        assert code_of(await save(editor, draft, 1, **content)) == "IL054"


async def test_pins_stay_if_they_are_left_out(editor: httpx.AsyncClient) -> None:
    draft = str(uuid4())
    await saved(editor, draft, definition={}, pins={"a": 1})
    await saved(editor, draft, 1, definition={"name": "x"})
    assert (await editor.get(f"/api/v1/drafts/{draft}")).json()["pins"] == {"a": 1}


async def test_a_second_tab_gets_a_conflict_and_overwrites_nothing(editor: httpx.AsyncClient) -> None:
    draft = str(uuid4())
    await saved(editor, draft)
    await saved(editor, draft, 1, definition={"name": "mine"})
    refused = await save(editor, draft, 1, definition={"name": "other"})
    assert (refused.status_code, code_of(refused)) == (409, "IL025")
    assert "revision 2, not 1" in refused.text
    assert (await editor.get(f"/api/v1/drafts/{draft}")).json()["definition"] == {"name": "mine"}
    assert (await editor.delete(f"/api/v1/drafts/{draft}", params={"revision": 1})).status_code == 409


async def test_a_repeated_save_changes_nothing_more(editor: httpx.AsyncClient) -> None:
    draft = str(uuid4())
    for revision, content in ((0, {"definition": UNFINISHED}), (1, {"definition": {"name": "two"}, "pins": {"a": 1}})):
        once = await saved(editor, draft, revision, **content)
        assert await saved(editor, draft, revision, **content) == once
        assert once["revision"] == revision + 1


async def test_of_two_saves_at_once_one_gets_the_conflict(editor: httpx.AsyncClient) -> None:
    draft = str(uuid4())
    await saved(editor, draft)
    answers = await asyncio.gather(*(save(editor, draft, 1, definition={"name": f"n{number}"}) for number in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_one_person_has_one_draft_of_a_workflow(editor: httpx.AsyncClient) -> None:
    workflow = await made(editor)
    first, second = str(uuid4()), str(uuid4())
    answers = await asyncio.gather(*(save(editor, draft, definition=UNFINISHED, workflow=workflow, base_version=1) for draft in (first, second)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    [draft] = await drafts_of(editor, workflow=workflow)
    assert (code_of(refused), refused.json()["details"]) == ("IL025", draft["id"])
    assert (draft["workflow_id"], draft["workflow"], draft["base_version"], draft["current_version"]) == (workflow, "chain", 1, 1)


async def test_nobody_else_sees_a_draft_and_two_people_may_choose_one_id(api: Api, editor: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    draft, workflow = str(uuid4()), await made(editor)
    await saved(editor, draft, definition=UNFINISHED, workflow=workflow)
    assert await drafts_of(admin) == []
    assert code_of(await admin.get(f"/api/v1/drafts/{draft}")) == "IL024"
    assert (await admin.delete(f"/api/v1/drafts/{draft}")).status_code == 204
    assert (await saved(admin, draft, definition={"name": "the admin's"}, workflow=workflow))["revision"] == 1
    assert (await editor.get(f"/api/v1/drafts/{draft}")).json()["definition"] == UNFINISHED
    person = await api.person(Role.EDITOR)
    elsewhere = await api.make_workspace()
    await api.join(person, Role.EDITOR, elsewhere)
    other = await api.client(None)
    other.headers["Authorization"] = f"Bearer {await api.make_key(person, Role.EDITOR, elsewhere)}"
    assert await drafts_of(other) == []
    assert code_of(await other.get(f"/api/v1/drafts/{draft}")) == "IL024"
    assert code_of(await save(other, draft, definition={}, workflow=workflow)) == "IL005"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_who_may_not_write_workflows_has_no_drafts_and_edits_nothing(api: Api, role: Role, admin: httpx.AsyncClient) -> None:
    client, workflow = await api.client(role), await made(admin)
    assert code_of(await save(client, str(uuid4()))) == "IL031"
    assert code_of(await client.get("/api/v1/drafts")) == "IL031"
    assert code_of(await client.post(f"/api/v1/workflows/{workflow}/editors")) == "IL031"


async def test_a_draft_goes_when_it_is_discarded_and_a_save_after_that_says_so(editor: httpx.AsyncClient) -> None:
    draft = str(uuid4())
    await saved(editor, draft)
    assert code_of(await editor.delete(f"/api/v1/drafts/{draft}", params={"revision": 7})) == "IL025"
    for _ in range(2):
        assert (await editor.delete(f"/api/v1/drafts/{draft}", params={"revision": 1})).status_code == 204
    assert code_of(await save(editor, draft, 1)) == "IL024"


async def test_drafts_go_with_their_workflow(editor: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    workflow = await made(editor)
    await saved(editor, str(uuid4()), definition=UNFINISHED, workflow=workflow)
    await saved(editor, own := str(uuid4()))
    assert (await admin.delete(f"/api/v1/workflows/{workflow}")).status_code == 204
    assert [draft["id"] for draft in await drafts_of(editor)] == [own]
    assert code_of(await save(editor, str(uuid4()), definition={}, workflow=workflow)) == "IL005"


async def test_drafts_go_with_their_person(api: Api, admin: httpx.AsyncClient, connection: psycopg.AsyncConnection) -> None:
    person = await api.make_person(Role.EDITOR)
    client = await api.client(None)
    client.headers["Authorization"] = f"Bearer {await api.make_key(person, Role.EDITOR)}"
    workflow = await made(admin)
    await saved(client, str(uuid4()), definition=UNFINISHED, workflow=workflow)
    await client.post(f"/api/v1/workflows/{workflow}/editors")
    assert (await admin.delete(f"/api/v1/users/{person.id}")).status_code == 204
    for statement in ("select count(*) from interlock.drafts", "select count(*) from interlock.editors"):
        assert await (await connection.execute(statement)).fetchone() == (0,)


async def test_a_person_has_a_hundred_drafts_at_most_and_each_has_8_mib(editor: httpx.AsyncClient, connection: psycopg.AsyncConnection) -> None:
    await saved(editor, str(uuid4()), definition={"description": "x" * 3_000_000})
    assert (await save(editor, str(uuid4()), text="x" * 9_000_000, syntax="json")).status_code == 413
    [row] = await (await connection.execute("select user_id from interlock.drafts")).fetchall()
    await connection.execute(
        "select interlock.save_draft(%s, gen_random_uuid(), null, null, '{}', null, null, null, 0) from generate_series(1, 99)", row
    )
    await connection.commit()
    refused = await save(editor, str(uuid4()))
    assert (refused.status_code, code_of(refused)) == (409, "IL026")
    with pytest.raises(psycopg.Error, match="at most 8192 kB"):
        await connection.execute("select interlock.save_draft(%s, gen_random_uuid(), null, null, null, repeat('x', 8388609), 'json', null, 0)", row)


async def test_a_full_workspace_begins_no_drafts_and_goes_on_saving_those_that_are_there(
    editor: httpx.AsyncClient, connection: psycopg.AsyncConnection
) -> None:
    draft = str(uuid4())
    await saved(editor, draft)
    await connection.execute("update interlock.workspaces set max_stored_bytes = 1, stored_bytes = 2")
    await connection.commit()
    assert code_of(await save(editor, str(uuid4()))) == "IL063"
    assert (await saved(editor, draft, 1, definition={}))["revision"] == 2


async def test_drafts_count_as_stored(editor: httpx.AsyncClient, connection: psycopg.AsyncConnection) -> None:
    await connection.execute("update interlock.workspaces set max_stored_bytes = 1000000000")
    before = await _stored(connection)
    await saved(editor, str(uuid4()), text="".join(str(uuid4()) for _ in range(10_000)), syntax="json")
    assert await _stored(connection) - before > 100_000


async def _stored(connection: psycopg.AsyncConnection) -> int:
    await connection.execute("update interlock.workspaces set stored_measured_at = null")
    await connection.execute("select interlock.measure_workspaces()")
    await connection.commit()
    [row] = await (await connection.execute("select stored_bytes from interlock.workspaces where id = 1")).fetchall()
    return int(row[0])


async def test_the_list_is_of_one_s_own_drafts_with_the_last_saved_first_and_in_pages(editor: httpx.AsyncClient) -> None:
    ids = [str(uuid4()) for _ in range(5)]
    for draft in ids:
        await saved(editor, draft)
    await saved(editor, ids[0], 1, definition={"name": "again"})
    found: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = (await editor.get("/api/v1/drafts", params=query)).json()
        found += [draft["id"] for draft in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == [ids[0], *reversed(ids[1:])]


async def test_who_else_edits_is_told_by_name_for_half_a_minute(
    api: Api, editor: httpx.AsyncClient, admin: httpx.AsyncClient, connection: psycopg.AsyncConnection
) -> None:
    workflow = await made(editor)

    async def editing(client: httpx.AsyncClient, **body: bool) -> list[str]:
        answer = (await client.post(f"/api/v1/workflows/{workflow}/editors", json=body)).json()
        assert (answer["current_version"], answer["version_created_by"]) == (1, (await api.person(Role.EDITOR)).email)
        return [each["name"] for each in answer["editors"]]

    assert await editing(editor) == []
    assert await editing(admin) == ["The editor"]
    assert await editing(editor) == ["The admin"]
    assert await editing(admin, leaves=True) == ["The editor"]
    assert await editing(editor) == []
    assert await editing(admin) == ["The editor"]
    await connection.execute("insert into interlock.test_clock (shift) values ('29 seconds')")
    await connection.commit()
    assert await editing(admin) == ["The editor"]
    await connection.execute("update interlock.test_clock set shift = '31 seconds'")
    await connection.commit()
    assert await editing(admin) == []


async def test_a_version_has_the_note_of_whoever_published_it(editor: httpx.AsyncClient) -> None:
    workflow = await made(editor, note="the first one")
    path = f"/api/v1/workflows/{workflow}"
    await editor.put(path, json={"definition": chain(more=2)})
    await editor.put(path, json={"definition": chain(more=3), "note": "three"})
    versions = (await editor.get(f"{path}/versions")).json()["items"]
    assert [(each["version"], each["note"]) for each in versions] == [(3, "three"), (2, None), (1, "the first one")]
    assert (await editor.get(f"{path}/versions/1")).json()["note"] == "the first one"
    await editor.put(path, json={"definition": chain(more=2), "note": "better"})
    await editor.put(path, json={"definition": chain(more=3)})
    versions = (await editor.get(f"{path}/versions")).json()["items"]
    assert [each["note"] for each in versions] == ["three", "better", "the first one"]
    assert (await editor.put(path, json={"definition": chain(), "note": "x" * 501})).status_code == 422
