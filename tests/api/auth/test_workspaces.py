"""Workspaces: listed, made, limited, deleted and switched to, by who may and by nobody else."""

from typing import Any

import httpx
import psycopg
import pytest

from interlock.api.models.users import Role
from interlock.api.settings import ApiSettings
from tests.api.auth.gotrue import SECRET, SupabaseUser, running_gotrue
from tests.api.auth.test_people_and_keys import with_key
from tests.api.auth.test_signing_in import COOKIE, SESSION
from tests.api.conftest import Serve
from tests.api.rest.workflows import chain
from tests.api.serving import Api, Person

KEYS = "/api/v1/api-keys"
SWITCH = "/api/v1/session/workspace"
USERS = "/api/v1/users"
WORKFLOWS = "/api/v1/workflows"
WORKSPACES = "/api/v1/workspaces"


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["code"])


async def switch(client: httpx.AsyncClient, workspace_id: int) -> httpx.Response:
    """Switches as a page does: with the new CSRF token from then on."""
    answer = await client.put(SWITCH, json={"workspace_id": workspace_id})
    if answer.is_success:
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer


async def test_a_fresh_installation_has_one_workspace(api: Api) -> None:
    admin = await api.client()
    [only] = (await admin.get(WORKSPACES)).json()["items"]
    assert (only["id"], only["name"], only["role"]) == (1, "default", "admin")
    session = (await admin.get(SESSION)).json()
    assert session["workspace"] == {"id": 1, "name": "default", "role": "admin"}
    assert session["workspaces"] == [session["workspace"]]


async def test_a_session_says_whether_its_caller_knows_of_several_workspaces(api: Api) -> None:
    """Pages hide all of it from everybody else."""
    admin, member, viewer = [await api.browser(await api.make_person(role)) for role in (Role.ADMIN, Role.EDITOR, Role.VIEWER)]
    browsers = (admin, member, viewer)
    assert [(await browser.get(SESSION)).json()["several_workspaces"] for browser in browsers] == [False, False, False]
    red = await api.make_workspace("red")
    email = (await member.get(SESSION)).json()["user"]["email"]
    await api.accounts(red).create_user(email=email, name="", role=Role.VIEWER, password_hash=None, by="test")
    assert [(await browser.get(SESSION)).json()["several_workspaces"] for browser in browsers] == [True, True, False]
    of_red = await api.browser(await api.person(Role.ADMIN, red))
    assert (await of_red.get(SESSION)).json()["several_workspaces"] is False
    assert (await (await api.client()).get(SESSION)).json()["several_workspaces"] is False


async def test_who_makes_a_workspace_becomes_its_admin_and_switches_to_it(api: Api, connection: psycopg.AsyncConnection) -> None:
    admin = await api.browser(await api.person(Role.ADMIN))
    answer = await admin.post(WORKSPACES, json={"name": "red"})
    red = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/v1/workspaces/{red['id']}")
    assert (red["name"], red["role"], red["max_running"]) == ("red", "admin", None)
    assert refused(await admin.post(WORKSPACES, json={"name": "red"})) == (409, "IL021")
    session = (await switch(admin, red["id"])).json()
    assert session["workspace"] == {"id": red["id"], "name": "red", "role": "admin"}
    assert [one["name"] for one in session["workspaces"]] == ["default", "red"]
    assert (await admin.post(USERS, json={"email": "eva@example.org", "name": "Eva", "role": "viewer"})).status_code == 201
    assert (await admin.get(SESSION)).json()["workspace"]["name"] == "red"
    rows = await connection.execute(
        "select action, workspace_id from interlock.audit_log where action in ('create_workspace', 'create_user') order by id"
    )
    assert (await rows.fetchall())[-2:] == [("create_workspace", 1), ("create_user", red["id"])]


@pytest.mark.parametrize("name", ["", "Red", "-red", "_red", "red team", "röd", "r" * 64, "#2:red", "red\n"])
async def test_a_name_of_another_form_is_refused(api: Api, name: str) -> None:
    assert refused(await (await api.client()).post(WORKSPACES, json={"name": name})) == (422, "IL054")


async def test_people_see_only_their_own_workspaces(api: Api) -> None:
    """What the name and the id of another one lead to is what one leads to that does not exist."""
    red, blue = await api.make_workspace("red"), await api.make_workspace("blue")
    person = await api.person(Role.ADMIN, red)
    await api.join(person, Role.VIEWER, blue)
    await api.make_workspace("secret")
    browser = await api.browser(person)
    assert [(one["name"], one["role"]) for one in (await browser.get(WORKSPACES)).json()["items"]] == [("blue", "viewer"), ("red", "admin")]
    unknown, foreign = await browser.get(f"{WORKSPACES}/999"), await browser.get(f"{WORKSPACES}/1")
    assert refused(unknown) == refused(foreign) == (404, "IL060")
    assert unknown.json()["detail"].replace("999", "1") == foreign.json()["detail"]
    assert (await browser.get(f"{WORKSPACES}/{blue}")).json()["name"] == "blue"
    assert "secret" not in (await browser.get(SESSION)).text
    admin = await api.client()
    assert [(one["name"], one["role"]) for one in (await admin.get(WORKSPACES)).json()["items"]] == [
        ("blue", None),
        ("default", "admin"),
        ("red", None),
        ("secret", None),
    ]


async def test_a_key_says_nothing_of_the_other_workspaces_of_its_owner(api: Api) -> None:
    red = await api.make_workspace("red")
    person = await api.person(Role.EDITOR)
    await api.join(person, Role.EDITOR, red)
    program = await with_key(api, await api.make_key(person, Role.EDITOR, red))
    assert [one["name"] for one in (await program.get(WORKSPACES)).json()["items"]] == ["red"]
    session = (await program.get(SESSION)).json()
    assert session["workspaces"] == [session["workspace"]]
    assert refused(await program.get(f"{WORKSPACES}/1")) == (404, "IL060")


async def test_workspaces_are_listed_in_pages(api: Api) -> None:
    for number in range(4):
        await api.make_workspace(f"w{number}")
    admin, seen = await api.client(), list[str]()
    cursor: str | None = None
    while cursor or not seen:
        page = (await admin.get(WORKSPACES, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        seen += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["default", "w0", "w1", "w2", "w3"]


async def test_only_admins_of_the_first_workspace_administer_the_installation(api: Api) -> None:
    red = await api.make_workspace()
    person = await api.person(Role.ADMIN)
    await api.join(person, Role.ADMIN, red)
    for client in (
        await api.client(Role.ADMIN, red),
        await with_key(api, await api.make_key(person, Role.ADMIN, red)),
        await api.client(Role.EDITOR),
    ):
        for answer in (
            await client.post(WORKSPACES, json={"name": "more"}),
            await client.patch(f"{WORKSPACES}/{red}", json={"max_running": 1}),
            await client.delete(f"{WORKSPACES}/{red}"),
        ):
            assert refused(answer) == (403, "IL031")
    browser = await api.browser(person)
    assert "workspaces.manage" in (await browser.get(SESSION)).json()["permissions"]
    assert "workspaces.manage" not in (await switch(browser, red)).json()["permissions"]
    answer = await browser.post(WORKSPACES, json={"name": "more"})
    assert "only an admin of the workspace default" in answer.json()["detail"]


async def test_an_admin_of_another_workspace_makes_keys_of_every_role_in_it(api: Api) -> None:
    """That the role gives more in the first workspace does not matter: the key is of this one."""
    red = await api.make_workspace()
    admin = await api.client(Role.ADMIN, red)
    made = (await admin.post(KEYS, json={"name": "k", "role": "admin"})).json()
    program = await with_key(api, made["key"])
    assert (await program.get(SESSION)).json()["workspace"]["id"] == red
    assert refused(await program.post(WORKSPACES, json={"name": "more"})) == (403, "IL031")


async def test_limits_are_set_kept_and_taken_away_by_null_or_zero(api: Api) -> None:
    red = await api.make_workspace("red")
    admin, url = await api.client(), f"{WORKSPACES}/{red}"
    limits = {"max_requests": 600, "max_streams": 5, "max_running": 20, "max_stored_bytes": 5_000_000_000}
    assert (await admin.patch(url, json=limits)).json().items() >= limits.items()
    kept = (await admin.patch(url, json={"name": "rouge", "max_running": 30})).json()
    assert kept.items() >= (limits | {"max_running": 30, "name": "rouge"}).items()
    taken = (await admin.patch(url, json={"max_requests": None, "max_streams": 0})).json()
    assert (taken["max_requests"], taken["max_streams"], taken["max_running"]) == (None, None, 30)
    seen = (await (await api.client(Role.VIEWER, red)).get(url)).json()
    assert seen == taken | {"role": "viewer"}
    for wrong in ({"max_running": -1}, {"max_running": 2**31}, {"max_running": 1.5}, {"max_stored_bytes": 2**63}, {"name": "No"}):
        assert refused(await admin.patch(url, json=wrong)) == (422, "IL054"), wrong
    assert refused(await admin.patch(url, json={"name": "default"})) == (409, "IL021")
    assert refused(await admin.patch(f"{WORKSPACES}/1", json={"name": "first"})) == (400, "IL013")
    assert refused(await admin.patch(f"{WORKSPACES}/999", json={"max_running": 1})) == (404, "IL060")
    assert (await admin.patch(f"{WORKSPACES}/1", json={"name": "default", "max_streams": 7})).json()["max_streams"] == 7
    assert (await admin.patch(f"{WORKSPACES}/1", json={"max_running": 7})).json()["max_running"] == 7


async def test_a_session_moves_only_to_a_workspace_of_its_person(api: Api) -> None:
    red, blue = await api.make_workspace("red"), await api.make_workspace("blue")
    person = await api.person(Role.EDITOR)
    await api.join(person, Role.VIEWER, red)
    browser = await api.browser(person)
    before = browser.cookies[COOKIE]
    for foreign in (blue, 999):
        assert refused(await switch(browser, foreign)) == (404, "IL060")
    assert browser.cookies[COOKIE] == before
    session = (await switch(browser, red)).json()
    assert (session["user"]["role"], session["workspace"]["name"]) == ("viewer", "red")
    assert refused(await browser.post(WORKFLOWS, json={"definition": chain()})) == (403, "IL031")
    again = await api.browser(person)
    assert (await again.get(SESSION)).json()["workspace"]["name"] == "red", "the next sign-in begins there"


async def test_no_process_takes_a_session_that_moved_for_one_of_the_workspace_before(serve: Serve) -> None:
    """The token changes with the workspace, so what another process remembers of the old one leads nowhere."""
    here, there = await serve(), await serve()
    red = await here.make_workspace("red")
    person = await here.person(Role.EDITOR)
    await here.join(person, Role.EDITOR, red)
    browser = await here.browser(person)
    elsewhere = await there.client(None)
    elsewhere.cookies.set(COOKIE, browser.cookies[COOKIE])
    assert (await elsewhere.get(SESSION)).json()["workspace"]["name"] == "default"
    old = browser.headers["X-CSRF-Token"]
    await switch(browser, red)
    assert (await browser.get(SESSION)).json()["workspace"]["name"] == "red"
    elsewhere.cookies.set(COOKIE, browser.cookies[COOKIE])
    assert (await elsewhere.get(SESSION)).json()["workspace"]["name"] == "red"
    tab = await elsewhere.post(KEYS, json={"name": "from a tab that shows default"}, headers={"X-CSRF-Token": old})
    assert refused(tab) == (403, "IL034")


async def test_a_key_cannot_switch(api: Api) -> None:
    red = await api.make_workspace("red")
    person = await api.person(Role.EDITOR)
    await api.join(person, Role.EDITOR, red)
    answer = await (await api.client(Role.EDITOR)).put(SWITCH, json={"workspace_id": red})
    assert refused(answer) == (403, "IL031")
    assert "stays in its workspace: this one is of default" in answer.json()["detail"]


async def test_a_sign_in_begins_in_the_workspace_that_was_joined_first_until_another_is_chosen(api: Api) -> None:
    red, blue = await api.make_workspace("red"), await api.make_workspace("blue")
    person = await api.make_person(Role.EDITOR, red)
    await api.join(person, Role.EDITOR, blue)
    await api.join(person, Role.EDITOR, 1)
    browser = await api.browser(person)
    assert (await browser.get(SESSION)).json()["workspace"]["name"] == "red"
    await switch(browser, blue)
    await api.accounts(blue).delete_user(person.id, by="test")
    assert (await (await api.browser(person)).get(SESSION)).json()["workspace"]["name"] == "red"


async def test_a_new_password_leaves_the_session_in_its_workspace(api: Api) -> None:
    red = await api.make_workspace("red")
    person = await api.make_person(Role.EDITOR)
    await api.join(person, Role.EDITOR, red)
    browser = await api.browser(person)
    await switch(browser, red)
    await api.accounts().update_user(person.id, by="test")
    answer = await browser.put(f"{SESSION}/password", json={"current_password": person.password, "new_password": "quite another long phrase"})
    assert (answer.status_code, answer.json()["workspace"]["name"]) == (200, "red")


async def test_a_token_of_supabase_is_in_the_workspace_that_its_user_chose(serve: Serve) -> None:
    async with running_gotrue() as gotrue:
        api = await serve(ApiSettings(supabase_url=gotrue.url, supabase_jwt_secret=SECRET))
        red = await api.make_workspace("red")
        user = gotrue.add(SupabaseUser("eva@example.org", app_metadata={"interlock_role": "editor"}))
        client = await with_key(api, gotrue.shared_token(user))
        session = (await client.get(SESSION)).json()
        assert (session["workspace"], session["user"]["role"]) == ({"id": 1, "name": "default", "role": "editor"}, "editor")
        await api.join(_of(session), Role.VIEWER, red)
        assert refused(await client.put(SWITCH, json={"workspace_id": await api.make_workspace()})) == (404, "IL060")
        moved = (await client.put(SWITCH, json={"workspace_id": red})).json()
        assert (moved["workspace"]["name"], moved["user"]["role"], moved["csrf_token"]) == ("red", "viewer", None)
        assert (await client.get(SESSION)).json()["workspace"]["name"] == "red"


def _of(session: Any) -> Person:
    return Person(id=session["user"]["id"], email=session["user"]["email"], password="", role=Role(session["user"]["role"]))


async def test_a_workspace_is_deleted_when_nothing_is_left_to_do_in_it(api: Api, connection: psycopg.AsyncConnection) -> None:
    """Its members leave, their keys stop working, its credentials are gone; who was in no other workspace is deleted."""
    red = await api.make_workspace("red")
    only_here, elsewhere = await api.person(Role.VIEWER, red), await api.person(Role.EDITOR)
    await api.join(elsewhere, Role.EDITOR, red)
    program = await with_key(api, await api.make_key(elsewhere, Role.EDITOR, red))
    browser, lonely = await api.browser(elsewhere), await api.browser(only_here)
    await switch(browser, red)
    assert (await program.get(SESSION)).status_code == 200
    admin, url = await api.client(), f"{WORKSPACES}/{red}"
    assert refused(await admin.delete(f"{WORKSPACES}/1")) == (409, "IL061")
    assert (await admin.delete(url)).status_code == 204
    assert refused(await admin.delete(url)) == refused(await admin.get(url)) == (404, "IL060")
    assert (await program.get(SESSION)).status_code == (await lonely.get(SESSION)).status_code == 401
    assert (await browser.get(SESSION)).json()["workspace"]["name"] == "default"
    assert (await api.make_workspace("red")) != red
    left = await connection.execute("select count(*) from interlock.workspace_members where workspace_id = %s", (red,))
    assert await left.fetchone() == (0,)
