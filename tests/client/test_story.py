"""The client against a real server: from signing in to watching an execution over a network that breaks."""

import pytest

from interlock import errors
from interlock.api.models.users import Role
from interlock.api.settings import MEBIBYTE
from interlock.client import Client, paginate
from tests.api.conftest import Serve
from tests.api.services.asking import Asking
from tests.api.services.wide import BRANCHES, run_wide
from tests.api.serving import Api
from tests.client.breaking_proxy import breaking_proxy
from tests.client.conftest import chain, pause, step


async def test_from_a_definition_to_its_output(client: Client, worker: None) -> None:
    saved = await client.create_workflow(chain("tea", step("pour", cups="{{ cups * 2 }}")))
    assert (saved.name, saved.version, saved.created) == ("tea", 1, True)
    started = await client.run_workflow("tea", input={"cups": 2}, subject="kitchen")
    execution = await client.wait_for(started.execution_id, timeout_seconds=60)
    assert execution.status == "completed"
    assert execution.output == {"pour": {"cups": 4}}
    assert [found.id async for found in client.all_executions(subject="kitchen")] == [started.execution_id]
    assert execution.run_data is not None
    assert [visit.node_id for visit in execution.run_data.execution_path] == ["begin", "pour"]


async def test_a_path_of_many_mebibytes_is_read_to_its_end(api: Api, client: Client) -> None:
    execution = await run_wide(Asking(api.services), MEBIBYTE - 100)
    first = await client.get_execution(execution)
    assert first.run_data is not None
    assert first.run_data.truncated
    steps = [step async for step in client.all_path_steps(execution)]
    assert len({step.assignment_id for step in steps}) == len(steps) == BRANCHES + 2
    visits = [visit async for visit in client.all_execution_assignments(execution)]
    assert {visit.id for visit in visits} == {step.assignment_id for step in steps}
    page = await client.list_execution_assignments(execution, limit=10)
    assert page.next_since == page.items[-1].change_number


async def test_a_stream_continues_where_it_was_cut(api: Api, worker: None) -> None:
    steps = [each for number in range(6) for each in (step(f"step_{number}", n=number), pause(f"rest_{number}", 0.3))]
    async with breaking_proxy(api.url) as proxy, Client(proxy.url, api_key=await api.key()) as client:
        await client.create_workflow(chain("slow", *steps))
        started = await client.run_workflow("slow")
        seen = []
        async for event in client.watch_execution(started.execution_id):
            seen.append(event)
            if len(seen) % 3 == 0:
                proxy.cut()
        assert proxy.connections >= 3
    numbers = [event.change_number for event in seen if event.kind != "end"]
    assert numbers == sorted(set(numbers))
    assert seen[-1].kind == "end"
    ended = {event.assignment.node_id for event in seen if event.assignment is not None and event.assignment.status == "completed"}
    assert ended == {"begin", *[each["id"] for each in steps]}


async def test_a_stream_outlives_the_server_that_began_it(serve: Serve, worker: None) -> None:
    first, second = await serve(), await serve()
    async with breaking_proxy(first.url) as proxy, Client(proxy.url, api_key=await first.key()) as client:
        await client.create_workflow(chain("slow", step("one", n=1), pause("rest", 1), step("two", n=2)))
        started = await client.run_workflow("slow")
        kinds = []
        async for event in client.watch_execution(started.execution_id):
            kinds.append(event.kind)
            if proxy.target == first.url:
                proxy.target = second.url
                first.stop()
                proxy.cut()
        assert kinds[-1] == "end"
        assert kinds.count("end") == 1


async def test_an_answer_that_is_lost_starts_nothing_twice(api: Api) -> None:
    async with breaking_proxy(api.url) as proxy, Client(proxy.url, api_key=await api.key()) as client:
        await client.create_workflow(chain("tea", step("pour", n=1)))
        proxy.cut()
        proxy.drop_answers = 1
        started = await client.run_workflow("tea")
        assert proxy.drop_answers == 0
        assert started.created is False
        assert [found.id async for found in client.all_executions()] == [started.execution_id]


async def test_a_call_that_is_not_safe_to_repeat_is_not_repeated(api: Api) -> None:
    async with breaking_proxy(api.url) as proxy, Client(proxy.url, api_key=await api.key()) as client:
        proxy.drop_answers = 1
        with pytest.raises(errors.ServerUnreachable):
            await client.create_api_key(name="lost")
        assert sum(key.name == "lost" for key in (await client.list_api_keys()).items) == 1


async def test_pages_are_read_to_the_end(client: Client) -> None:
    await client.create_workflow(chain("tea", step("pour", n=1)))
    started = [(await client.run_workflow("tea")).execution_id for _ in range(5)]
    found = [each.id async for each in paginate(client.list_executions, workflow="tea", limit=2)]
    assert found == started[::-1]


async def test_signing_in_by_email_and_password(api: Api) -> None:
    person = await api.person(Role.EDITOR)
    async with Client(api.url) as client:
        with pytest.raises(errors.NotSignedIn):
            await client.list_workflows()
        with pytest.raises(errors.SignInRefused):
            await client.sign_in(email=person.email, password="not that one")
        session = await client.sign_in(email=person.email, password=person.password)
        assert session.user.email == person.email
        await client.create_workflow(chain("tea", step("pour", n=1)))
        changed = await client.change_password(current_password=person.password, new_password="another long password")
        assert changed.via == "session"
        await client.create_workflow(chain("coffee", step("pour", n=1)))
        await client.sign_out()
        with pytest.raises(errors.NotSignedIn):
            await client.get_session()


async def test_what_the_server_refuses_is_raised_by_its_class(api: Api, client: Client) -> None:
    with pytest.raises(errors.WorkflowNotFound):
        await client.get_workflow("nothing")
    with pytest.raises(errors.ExecutionNotFound):
        await client.wait_for("0" * 32)
    with pytest.raises(errors.DefinitionRefused) as refused:
        await client.create_workflow({"name": "x", "nodes": [{"id": "a", "type": "ACTION_NODE", "subtype": "NOTHING"}], "connections": []})
    assert refused.value.fields[0].place
    await client.create_workflow(chain("tea", step("pour", n=1)))
    await client.update_workflow("tea", chain("tea", step("pour", n=2)), expected_version=1)
    with pytest.raises(errors.VersionConflict):
        await client.update_workflow("tea", chain("tea", step("pour", n=3)), expected_version=1)
    await client.delete_workflow("tea", expected_version=2)
    async with Client(api.url, api_key=await api.key(Role.VIEWER)) as viewer:
        with pytest.raises(errors.NotAllowed):
            await viewer.create_workflow(chain("cocoa", step("pour", n=1)))


async def test_waiting_ends_with_its_timeout(client: Client) -> None:
    await client.create_workflow(chain("tea", step("pour", n=1)))
    started = await client.run_workflow("tea")
    with pytest.raises(TimeoutError):
        await client.wait_for(started.execution_id, timeout_seconds=0.3)
