"""People, roles, sessions and keys in several workspaces: what the admin of one may not do to the members of another."""

import psycopg
import pytest

from interlock.api.auth.authenticate import authenticate
from interlock.api.models.users import Role
from tests.api.auth.test_people_and_keys import with_key
from tests.api.auth.test_signing_in import SESSION
from tests.api.clock import Clock
from tests.api.conftest import Serve
from tests.api.serving import Api

KEYS = "/api/v1/api-keys"
USERS = "/api/v1/users"


async def test_a_key_and_a_session_say_in_which_workspace_they_are(api: Api) -> None:
    other = await api.make_workspace("red")
    key = await api.key(Role.VIEWER, other)
    of_key = await authenticate(api.services, bearer=key, cookie=None, remote="192.0.2.1")
    assert of_key is not None
    assert (of_key.workspace_id, of_key.workspace, of_key.role) == (other, "red", Role.VIEWER)
    person = await api.person(Role.EDITOR, other)
    browser = await api.browser(person)
    of_session = await authenticate(api.services, bearer=None, cookie=browser.cookies["interlock_session"], remote="192.0.2.1")
    assert of_session is not None
    assert (of_session.workspace_id, of_session.workspace, of_session.role) == (other, "red", Role.EDITOR)


async def test_people_of_another_workspace_do_not_exist(api: Api) -> None:
    red = await api.make_workspace()
    own, foreign = await api.person(Role.VIEWER, red), await api.person(Role.VIEWER)
    admin = await api.client(Role.ADMIN, red)
    assert {user["email"] for user in (await admin.get(USERS)).json()["items"]} == {own.email, (await api.person(Role.ADMIN, red)).email}
    url = f"{USERS}/{foreign.id}"
    for answer in (await admin.get(url), await admin.patch(url, json={"role": "admin"}), await admin.delete(url)):
        assert (answer.status_code, answer.json()["code"]) == (404, "IL036")
    assert (await (await api.client()).get(url)).json()["role"] == "viewer"


async def test_an_admin_of_one_workspace_cannot_take_over_a_person_of_another(api: Api) -> None:
    """Adding them gives no password, and changes only their role, and that only here."""
    red = await api.make_workspace()
    victim = await api.person(Role.ADMIN)
    admin = await api.client(Role.ADMIN, red)
    added = (await admin.post(USERS, json={"email": victim.email, "name": "Mine", "role": "viewer", "password": "correct horse batteries"})).json()
    assert (added["name"], added["role"], added["one_time_password"], added["must_change_password"]) == ("The admin", "viewer", None, False)
    url = f"{USERS}/{victim.id}"
    for change in ({"reset_password": True}, {"disabled": True}, {"name": "Mine"}, {"role": "editor", "name": "Mine"}):
        refused = await admin.patch(url, json=change)
        assert (refused.status_code, refused.json()["code"]) == (403, "IL031"), change
        assert "default" not in refused.json()["detail"]
    assert (await admin.patch(url, json={"role": "editor", "name": "The admin", "disabled": False})).json()["role"] == "editor"
    browser = await api.browser(victim)
    assert (await browser.get(SESSION)).json()["user"]["role"] == "admin"
    assert (await admin.delete(url)).status_code == 204
    assert (await admin.get(url)).status_code == 404
    assert (await browser.get(USERS)).status_code == 200


async def test_an_admin_of_every_workspace_of_a_person_may_change_their_name_but_their_key_may_not(api: Api) -> None:
    """A key is of one workspace: it does not use what its owner may do elsewhere."""
    red, blue = await api.make_workspace(), await api.make_workspace()
    admin, person = await api.person(Role.ADMIN, red), await api.person(Role.VIEWER, red)
    for one, role in ((admin, Role.ADMIN), (person, Role.EDITOR)):
        await api.join(one, role, blue)
    browser, program = await api.browser(admin), await api.client(Role.ADMIN, red)
    url = f"{USERS}/{person.id}"
    assert (await program.patch(url, json={"name": "New"})).json()["code"] == "IL031"
    assert (await browser.patch(url, json={"name": "New"})).json()["name"] == "New"
    own = f"{USERS}/{admin.id}"
    assert (await program.patch(own, json={"reset_password": True})).json()["code"] == "IL031"
    await api.make_person(Role.ADMIN, blue)
    await api.accounts(blue).update_user(admin.id, role=Role.VIEWER, by="test")
    assert (await browser.patch(url, json={"name": "Newer"})).json()["code"] == "IL031"


async def test_an_admin_of_the_first_workspace_may_change_members_of_it_who_are_in_others(api: Api) -> None:
    red = await api.make_workspace()
    person = await api.person(Role.VIEWER)
    await api.join(person, Role.ADMIN, red)
    await api.make_person(Role.ADMIN, red)
    admin = await api.client()
    assert (await admin.patch(f"{USERS}/{person.id}", json={"disabled": True})).json()["disabled"] is True


async def test_the_last_admin_of_each_workspace_stays(api: Api) -> None:
    red = await api.make_workspace("red")
    person = await api.person(Role.ADMIN, red)
    url = f"{USERS}/{person.id}"
    admin = await api.client(Role.ADMIN, red)
    await api.person(Role.ADMIN)
    for answer in (await admin.patch(url, json={"role": "editor"}), await admin.patch(url, json={"disabled": True}), await admin.delete(url)):
        assert (answer.status_code, answer.json()["code"]) == (409, "IL037")
        assert "workspace red" in answer.json()["detail"]
    await api.join(person, Role.VIEWER, 1)
    refused = await (await api.client()).patch(url, json={"disabled": True})
    assert refused.json()["code"] == "IL037"
    await api.make_person(Role.ADMIN, red)
    assert (await admin.patch(url, json={"role": "editor"})).status_code == 200


async def test_a_key_dies_when_its_owner_leaves_its_workspace(serve: Serve) -> None:
    """In the process that removed them at once, in another one within 5 s; the key that they have elsewhere works on."""
    here, there = await serve(), await serve()
    clock = there.services.auth.proofs.clock = Clock()
    red = await here.make_workspace()
    person = await here.make_person(Role.EDITOR)
    await here.join(person, Role.EDITOR, red)
    in_red, in_default = await here.make_key(person, Role.EDITOR, red), await here.make_key(person, Role.EDITOR)
    program, elsewhere = await with_key(here, in_red), await with_key(there, in_red)
    assert (await program.get(SESSION)).status_code == (await elsewhere.get(SESSION)).status_code == 200
    assert (await (await here.client(Role.ADMIN, red)).delete(f"{USERS}/{person.id}")).status_code == 204
    assert (await program.get(SESSION)).status_code == 401
    clock.forward(5)
    assert (await elsewhere.get(SESSION)).status_code == 401
    assert (await (await with_key(here, in_default)).get(SESSION)).status_code == 200


async def test_a_key_of_somebody_who_is_no_member_is_not_valid_even_if_it_was_not_revoked(api: Api, connection: psycopg.AsyncConnection) -> None:
    red = await api.make_workspace()
    program = await api.client(Role.EDITOR, red)
    person = await api.person(Role.EDITOR, red)
    assert (await program.get(SESSION)).status_code == 200
    await connection.execute("delete from interlock.workspace_members where user_id = %s", (person.id,))
    api.services.auth.proofs.forget()
    assert (await program.get(SESSION)).status_code == 401


async def test_keys_are_listed_and_revoked_only_in_their_workspace(api: Api) -> None:
    red = await api.make_workspace()
    person = await api.person(Role.EDITOR)
    await api.join(person, Role.EDITOR, red)
    mine = await api.browser(person)
    made = (await mine.post(KEYS, json={"name": "of default"})).json()
    in_red = await with_key(api, await api.make_key(person, Role.EDITOR, red))
    assert [key["role"] for key in (await in_red.get(KEYS)).json()["items"]] == ["editor"]
    assert made["id"] not in {key["id"] for key in (await in_red.get(KEYS)).json()["items"]}
    admin = await api.client(Role.ADMIN, red)
    assert made["id"] not in {key["id"] for key in (await admin.get(KEYS)).json()["items"]}
    for client in (in_red, admin):
        assert (await client.delete(f"{KEYS}/{made['id']}")).json()["code"] == "IL038"
    assert (await mine.delete(f"{KEYS}/{made['id']}")).status_code == 204


async def test_a_session_goes_on_in_another_workspace_after_its_user_left_one(api: Api) -> None:
    red, blue = await api.make_workspace(), await api.make_workspace()
    person = await api.person(Role.EDITOR, red)
    await api.join(person, Role.VIEWER, blue)
    browser = await api.browser(person)
    assert (await browser.get(SESSION)).json()["user"]["role"] == "editor"
    assert (await (await api.client(Role.ADMIN, red)).delete(f"{USERS}/{person.id}")).status_code == 204
    refused = await browser.post(KEYS, json={"name": "from a page of red"})
    assert (refused.status_code, refused.json()["code"]) == (403, "IL034")
    session = (await browser.get(SESSION)).json()
    assert session["user"]["role"] == "viewer"
    browser.headers["X-CSRF-Token"] = session["csrf_token"]
    assert (await browser.post(KEYS, json={"name": "of blue"})).status_code == 201
    assert (await (await api.client(Role.ADMIN, blue)).delete(f"{USERS}/{person.id}")).status_code == 204
    assert (await browser.get(SESSION)).status_code == 401


async def test_a_person_is_deleted_with_the_last_workspace(api: Api) -> None:
    red = await api.make_workspace()
    person = await api.person(Role.EDITOR, red)
    admin = await api.client(Role.ADMIN, red)
    assert (await admin.delete(f"{USERS}/{person.id}")).status_code == 204
    made = (await admin.post(USERS, json={"email": person.email, "name": "New", "role": "viewer"})).json()
    assert made["id"] != str(person.id)
    assert made["one_time_password"]


@pytest.mark.parametrize("role", ["editor", "viewer"])
async def test_a_role_is_of_the_workspace_in_which_it_was_given(api: Api, role: str) -> None:
    red = await api.make_workspace()
    person = await api.person(Role.OPERATOR, red)
    await api.join(person, Role.ANNOTATOR, 1)
    assert (await (await api.client()).patch(f"{USERS}/{person.id}", json={"role": role})).json()["role"] == role
    assert (await (await api.client(Role.ADMIN, red)).get(f"{USERS}/{person.id}")).json()["role"] == "operator"
