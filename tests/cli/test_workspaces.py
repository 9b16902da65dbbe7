"""`interlock workspaces` and `--workspace`, on a database and over a server."""

import asyncio
import json

from interlock.api.auth.tokens import hash_of, new_api_key
from interlock.controlplane import open_pool
from interlock.controlplane.accounts import Accounts
from tests.api.serving import admin_key
from tests.cli.command import Result, run_here, start
from tests.cli.conftest import WriteWorkflow, transform

WORKSPACES = "workspaces"


def said(result: Result) -> str:
    assert result.code == 0, result.stdout + result.stderr
    return result.said


def names(result: Result) -> list[str]:
    assert result.code == 0, result.stdout + result.stderr
    return [one["name"] for one in result.document]


def test_a_workspace_from_its_beginning_to_its_end_on_a_database(database_url: str) -> None:
    def run(*arguments: str) -> Result:
        return run_here(WORKSPACES, *arguments, database=database_url)

    assert names(run("list", "--json")) == ["default"]
    assert "add-member red EMAIL --role admin" in said(run("create", "red"))
    again = run("create", "red", "--json")
    assert (again.code, again.document["error"]["code"]) == (6, "IL021")
    made = run("add-member", "red", "Eva@example.org", "--role", "admin", "--json")
    assert (made.document["email"], made.document["name"], made.document["role"]) == ("eva@example.org", "Eva", "admin")
    assert len(made.document["one_time_password"]) > 10
    assert "signs in as before" in said(run("add-member", "default", "eva@example.org"))
    assert [one["role"] for one in run("members", "default", "--json").document] == ["viewer"]
    assert "eva@example.org" in said(run("members", "red"))
    limited = run("update", "red", "--name", "rouge", "--max-running", "20", "--max-stored-bytes", "5000000000", "--json").document
    assert (limited["name"], limited["max_running"], limited["max_stored_bytes"], limited["max_streams"]) == ("rouge", 20, 5_000_000_000, None)
    assert "5,000,000,000" in said(run("list"))
    assert run("update", "rouge", "--max-running", "0", "--max-requests", "600", "--json").document["max_requests"] == 600
    assert run("update", "rouge", "--max-running", "0", "--json").document["max_running"] is None
    last = run("remove-member", "rouge", "EVA@example.org", "--json")
    assert (last.code, last.document["error"]["code"]) == (6, "IL037")
    said(run("add-member", "rouge", "bob@example.org", "--role", "admin"))
    said(run("remove-member", "rouge", "EVA@example.org"))
    said(run("delete", "rouge"))
    assert names(run("list", "--json")) == ["default"]


def test_what_is_wrong_is_said(database_url: str) -> None:
    run_here(WORKSPACES, "create", "red", database=database_url)
    for arguments, code, about in (
        (("create", "Not a name"), 6, "IL013"),
        (("delete", "none"), 6, "IL060"),
        (("delete", "default"), 6, "IL061"),
        (("members", "none"), 6, "IL060"),
        (("remove-member", "red", "nobody@example.org"), 6, "IL036"),
        (("add-member", "red", "eva@example.org", "--role", "boss"), 2, "usage"),
        (("update", "red"), 2, "usage"),
    ):
        answer = run_here(WORKSPACES, *arguments, "--json", database=database_url)
        assert (answer.code, answer.document["error"]["code"]) == (code, about), arguments


def test_workflows_are_deployed_run_and_listed_in_the_workspace_that_is_named(database_url: str, workflow_file: WriteWorkflow) -> None:
    run_here(WORKSPACES, "create", "red", database=database_url)
    file = workflow_file("tea", transform("pour", cups=2))
    assert run_here("deploy", file, "--workspace", "red", database=database_url).code == 0
    assert run_here("run", "tea", "--json", database=database_url).document["error"]["code"] == "IL005"
    done = run_here("run", "tea", "--workspace", "red", "--work", "--json", database=database_url)
    assert (done.code, done.document["status"]) == (0, "completed")
    assert run_here("executions", "list", "--json", database=database_url).document == []
    [listed] = run_here("executions", "list", "--workspace", "red", "--json", database=database_url).document
    foreign = run_here("executions", "show", listed["execution_id"], "--json", database=database_url)
    assert (foreign.code, foreign.document["error"]["code"]) == (6, "IL001")
    unknown = run_here("executions", "list", "--workspace", "none", "--json", database=database_url)
    assert (unknown.code, unknown.document["error"]["code"]) == (6, "IL060")


def test_over_a_server_the_key_says_the_workspace(database_url: str) -> None:
    key = asyncio.run(admin_key(database_url))
    running = start("api", "--port", "0", "--database", database_url, "--json")
    try:
        assert running.stdout is not None
        address = json.loads(running.stdout.readline())["address"]

        def run(*arguments: str, key: str = key) -> Result:
            return run_here(*arguments, "--json", environment={"INTERLOCK_URL": address, "INTERLOCK_API_KEY": key})

        made = run(WORKSPACES, "create", "red").document
        assert (made["name"], made["role"]) == ("red", "admin")
        assert run(WORKSPACES, "update", "red", "--max-streams", "5").document["max_streams"] == 5
        assert run(WORKSPACES, "update", "red", "--max-streams", "0").document["max_streams"] is None
        foreign = run(WORKSPACES, "add-member", "red", "eva@example.org")
        assert (foreign.code, foreign.document["error"]["code"]) == (6, "IL060")
        assert "the API key is of the workspace default" in foreign.document["error"]["message"]
        of_red = asyncio.run(key_of_the_only_member(database_url, made["id"]))
        assert run(WORKSPACES, "add-member", "red", "eva@example.org", key=of_red).document["one_time_password"]
        assert "eva@example.org" in {one["email"] for one in run(WORKSPACES, "members", "red", key=of_red).document}
        assert names(run(WORKSPACES, "list", key=of_red)) == ["red"]
        refused = run(WORKSPACES, "delete", "red", key=of_red)
        assert (refused.code, refused.document["error"]["code"]) == (6, "IL031")
        assert run(WORKSPACES, "remove-member", "red", "eva@example.org", key=of_red).code == 0
        option = run("executions", "list", "--workspace", "red")
        assert (option.code, option.document["error"]["where"]) == (2, "--workspace")
        assert run(WORKSPACES, "delete", "red").document == {"deleted": "red"}
        assert names(run(WORKSPACES, "list")) == ["default"]
    finally:
        running.kill()
        running.wait()


async def key_of_the_only_member(database_url: str, workspace_id: int) -> str:
    """Makes an API key as they would on the page of the workspace."""
    async with open_pool(database_url, limit=1) as pool:
        accounts, made = Accounts(pool, workspace_id), new_api_key()
        [member] = await accounts.list_users(search=None, after=None, limit=2)
        await accounts.create_api_key(
            member.id, made_by_key=None, name="test", prefix=made.prefix, key_hash=hash_of(made.key), role="admin", days=None, by="test"
        )
    return made.key
