"""Fills a workspace with one of everything that an operation can name or show; whatever people can write has the marker of the workspace in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

import httpx

from interlock.api.models.users import Role
from interlock.controlplane import ControlPlane
from tests.api.isolation.twins import ATTACKER, VICTIM, Cursor, Number
from tests.api.serving import Api, Person, open_session
from tests.controlplane.plane import Plane

JsonObject = dict[str, Any]

LIMITS: Final = {VICTIM: 76_543_210, ATTACKER: 12_345_670}
"""The numbers of the limits of the workspaces are near to these."""
LISTS: Final = {
    "list_workflows": "/workflows",
    "list_executions": "/executions",
    "list_assignments": "/assignments",
    "list_users": "/users",
    "list_api_keys": "/api-keys",
    "list_credentials": "/credentials",
    "list_drafts": "/drafts",
    "list_versions": "/workflows/{work}/versions",
    "list_workflow_executions": "/workflows/{work}/executions",
}
"""Where each list is that has pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is in a workspace.

    Attributes:
        places: in each, one value of every kind that `rules.py` knows, and those of one place belong together: an assignment is of its execution.
        people: the members, by role.
    """

    workspace_id: int
    marker: str
    places: Sequence[Mapping[str, Any]]
    people: Mapping[Role, Person]


async def make_world(api: Api, workspace_id: int, marker: str, *, guest: Person | None = None) -> World:
    """Fills a workspace.

    Args:
        guest: somebody who becomes an admin here, too; assignments here are assigned to them.
    """
    builder = _Builder(api, workspace_id, marker, await api.client(Role.ADMIN, workspace_id))
    return await builder.make(guest)


class _Builder:
    def __init__(self, api: Api, workspace_id: int, marker: str, admin: httpx.AsyncClient) -> None:
        self.api = api
        self.workspace_id = workspace_id
        self.marker = marker
        self.admin = admin
        self.plane = Plane(api.services.pool)
        self.own_plane = ControlPlane(api.services.pool, workspace_id)
        self.worker = str(uuid4())
        self.request = 0

    async def make(self, guest: Person | None) -> World:
        people = await self._people(guest)
        workers, keys = [self.worker], await self._keys(people)
        if guest is not None:
            worker, key = await self._work_of(guest)
            workers, keys = [worker, *workers], [key, *keys]
        credentials = [await self._credential(f"{self.marker}-{each}") for each in ("mail", "store")]
        workflows = {name: await self._workflow(name, *versions) for name, versions in self._definitions().items()}
        drafts = [await self._draft(f"{self.marker} idea"), await self._draft(f"{self.marker} work", workflow=workflows["work"])]
        await self.ask("POST", f"/workflows/{workflows['work']}/editors")
        executions = await self._executions(workflows)
        await self._assign(guest or people[Role.ANNOTATOR], executions)
        await self.own_plane._call("select interlock.acquire_workflow_lock(%s, %s, %s)", f"{self.marker}-hand", f"{self.marker} holder", 86_400)
        await self._set_limits()
        gone = workflows["gone"]
        name = await self.plane.value("select name from interlock.workspaces where id = %s", self.workspace_id)
        await self.ask("DELETE", f"/workflows/{gone}")
        by_name, by_id = (f"{self.marker} work", f"{self.marker} waiting", f"{self.marker} gone"), ("work", "gone", "failing")
        names = [*by_name, *(str(workflows[each]) for each in by_id)]
        values: dict[str, Sequence[Any]] = {
            "workflow": names,
            "definition": [self._asking("work"), self._asking("new")],
            "workflow_id": [str(each) for each in workflows.values()],
            "version_id": [Number(row["id"]) for row in await self._versions()],
            "credential": credentials,
            "credential_name": [f"{self.marker}-mail", f"{self.marker}-store"],
            "draft": drafts,
            "user": [str(each.id) for role, each in people.items() if role is not Role.ADMIN],
            "worker_owner": [str(people[Role.ADMIN].id)],
            "email": [each.email for each in people.values()],
            "api_key": keys,
            "worker": workers,
            "queue": [f"{self.marker}-calls", f"{self.marker}-queue", f"{self.marker}-people"],
            "trigger": [f"{self.marker}_begin"],
            "workspace": [Number(self.workspace_id)],
            "workspace_name": [name],
            "cursor_of_list_workspaces": [Cursor.of(name)],
            "search": [self.marker],
            "tag": [f"{self.marker}-tag"],
            "subject": [f"{self.marker} subject"],
            "idempotency_key": [f"{self.marker}-once"],
            "request_number": [self.request + 1, self.request, 1],
            "version": [2, 1],
            **{f"cursor_of_{name}": await self._cursors(path, workflows) for name, path in LISTS.items()},
        }
        of_executions = await self._of_executions(executions)
        count = max(len(of_executions), *(len(each) for each in values.values()))
        places = [
            dict(zip(values, column, strict=True)) | dict(place)
            for column, place in zip(
                zip(*(islice(cycle(each), count) for each in values.values()), strict=True), islice(cycle(of_executions), count), strict=True
            )
        ]
        return World(workspace_id=self.workspace_id, marker=self.marker, places=places, people=people)

    # People

    async def _people(self, guest: Person | None) -> dict[Role, Person]:
        """One of each role, each with a session."""
        people: dict[Role, Person] = {}
        for role in Role:
            person = people[role] = await self.api.person(role, self.workspace_id)
            renamed = f"{self.marker} {role}"
            email = f"{self.marker}-{role}@example.com"
            await self.plane.execute("update interlock.users set name = %s, email = %s where id = %s", renamed, email, person.id)
            people[role] = Person(id=person.id, email=email, password=person.password, role=role, workspace_id=self.workspace_id)
            await open_session(self.api, people[role])
        self.api.services.auth.proofs.forget()
        if guest is not None:
            await self.api.join(guest, Role.ADMIN, self.workspace_id)
        return people

    async def _keys(self, people: Mapping[Role, Person]) -> list[str]:
        found = [(await self.ask("POST", "/api-keys", name=f"{self.marker} key {number}", role="viewer"))["id"] for number in range(2)]
        rows = await self.plane.rows("select id from interlock.api_keys where user_id = any (%s)", [person.id for person in people.values()])
        return [*found, *(str(row["id"]) for row in rows if str(row["id"]) not in found)]

    async def _work_of(self, guest: Person) -> tuple[str, str]:
        """A worker that the guest has registered here, and the API key with which they did."""
        worker, key = str(uuid4()), await self.api.make_key(guest, Role.ADMIN, self.workspace_id)
        claim = {"worker_id": worker, "request": 1, "queues": [f"{self.marker}-nothing"], "lease_seconds": 86_400}
        answer = await self.admin.post("/api/v1/assignments/claim", json=claim, headers={"Authorization": f"Bearer {key}"})
        assert answer.is_success, answer.text
        statement: LiteralString = "select id from interlock.api_keys where user_id = %s and workspace_id = %s"
        return worker, str(await self.plane.value(statement, guest.id, self.workspace_id))

    async def _credential(self, name: str) -> str:
        made = await self.ask(
            "POST",
            "/credentials",
            name=name,
            kind="bearer",
            fields={"token": f"{self.marker}-secret"},
            description=f"{self.marker} description",
            allowed_hosts=[f"{self.marker}.example.com"],
        )
        return str(made["id"])

    async def _set_limits(self) -> None:
        """Numbers that nothing else has."""
        await self.plane.execute(
            """update interlock.workspaces
               set max_requests = %s + 1, max_streams = %s + 2, max_running = case when id > 1 then %s + 3 end,
                   max_stored_bytes = %s * 1000000::bigint, stored_bytes = %s + 4,
                   stored_measured_at = interlock.now(), created_by = %s
               where id = %s""",
            *[LIMITS[self.marker]] * 5,
            f"{self.marker} founder",
            self.workspace_id,
        )

    # Workflows and executions

    def _definition(self, name: str, nodes: Sequence[JsonObject], **more: Any) -> JsonObject:
        all_nodes = [{"id": f"{self.marker}_begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *nodes]
        return {
            "name": f"{self.marker} {name}",
            "description": f"{self.marker} description",
            "tags": [f"{self.marker}-tag"],
            "nodes": all_nodes,
            "connections": [{"from": one["id"], "to": two["id"]} for one, two in pairwise(all_nodes)],
            **more,
        }

    def _asking(self, name: str) -> JsonObject:
        """A definition that names all that a definition can name."""
        call = {
            "id": f"{self.marker}_call",
            "type": "ACTION_NODE",
            "subtype": "HTTP_REQUEST",
            "queue": f"{self.marker}-queue",
            "lock": f"{self.marker}-lock",
            "parameters": {"url": f"https://{self.marker}.example.com", "credential": f"{self.marker}-mail"},
        }
        return self._definition(name, [call], lock=f"{self.marker}-whole")

    def _definitions(self) -> dict[str, Sequence[JsonObject]]:
        """The versions of each workflow."""
        mark = self.marker
        step = _step(f"{mark}_step", name=f"{mark} step", queue=f"{mark}-queue", lock=f"{mark}-lock", text=f"{mark} parameter")
        retried = _step(f"{mark}_retried", queue=f"{mark}-queue", retry={"max_attempts": 3, "initial_seconds": 86_000})
        context = {"id": f"{mark}_note", "type": "FLOW_NODE", "subtype": "SET_CONTEXT", "parameters": {"values": {"note": f"{mark} context"}}}
        end = {"id": "end", "type": "FLOW_NODE", "subtype": "END"}
        fail = {"id": f"{mark}_fail", "type": "FLOW_NODE", "subtype": "FAIL", "parameters": {"message": f"{mark} on purpose", "code": f"{mark}_code"}}
        wait = {"id": f"{mark}_wait", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 3_000_000}}
        call = {
            "id": f"{mark}_call",
            "type": "ACTION_NODE",
            "subtype": "HTTP_REQUEST",
            "queue": f"{mark}-calls",
            "parameters": {"url": f"https://{mark}.example.com", "credential": f"{mark}-missing"},
        }
        person = _step(f"{mark}_ask", queue=f"{mark}-people")
        one = self._definition
        return {
            "work": (one("work", [step]), one("work", [context, step, end])),
            "retried": (one("retried", [retried]),),
            "failing": (one("failing", [context, fail]),),
            "ending": (one("ending", [context, end]),),
            "waiting": (one("waiting", [context, wait, end], lock=f"{mark}-whole-{{{{ input.lock }}}}"),),
            "paused": (one("paused", [person, end]),),
            "slow": (one("slow", [wait], timeout_seconds=100_000),),
            "cron": (one("cron", [context, end], virtual_users="cron"),),
            "calling": (one("calling", [call]),),
            "gone": (one("gone", [context, end]),),
        }

    async def _workflow(self, name: str, first: JsonObject, *later: JsonObject) -> str:
        workflow = str((await self.ask("POST", "/workflows", definition=first))["id"])
        for definition in later:
            await self.ask("PUT", f"/workflows/{workflow}", definition=definition)
        return workflow

    async def _draft(self, name: str, **more: Any) -> str:
        """Unfinished work of the admin."""
        draft = str(uuid4())
        await self.ask("PUT", f"/drafts/{draft}", revision=0, definition={"name": name}, pins={f"{self.marker}_step": {}}, **more)
        return draft

    async def _run(self, workflow: str, **more: Any) -> str:
        given = {"text": f"{self.marker} input", "lock": "same"}
        started = await self.ask("POST", f"/workflows/{workflow}/run", input=given, subject=f"{self.marker} subject", **more)
        return str(started["execution_id"])

    async def _claim(self, *queues: str, limit: int = 1) -> list[JsonObject]:
        self.request += 1
        claimed = await self.ask(
            "POST",
            "/assignments/claim",
            worker_id=self.worker,
            request=self.request,
            worker_name=f"{self.marker} worker",
            queues=list(queues),
            limit=limit,
            lease_seconds=86_400,
        )
        return list(claimed["items"])

    async def _executions(self, workflows: Mapping[str, str]) -> dict[str, str]:
        """One for each status, and more that a worker, a retry or an operator has touched."""
        made = {"pending": await self._run(workflows["cron"])}  # before a tick
        made["paused"] = await self._paused(workflows["paused"])
        made["retried"] = await self._run(workflows["retried"])
        await self._fail(f"{self.marker}-queue", retryable=True)
        made["held"] = await self._run(workflows["work"], idempotency_key=f"{self.marker}-once")
        await self._claim(f"{self.marker}-queue")
        made["waits for the lock"] = await self._run(workflows["work"])
        made["waiting"] = await self._run(workflows["waiting"])
        made["waits for the other"] = await self._run(workflows["waiting"])
        made["calling"] = await self._run(workflows["calling"])
        made["failed"] = await self._run(workflows["failing"])
        made["again"] = (await self.ask("POST", f"/executions/{made['failed']}/retry", idempotency_key=f"{self.marker}-once"))["execution_id"]
        made["completed"] = await self._run(workflows["ending"])
        made["cancelled"] = await self._run(workflows["waiting"])
        await self.ask("POST", f"/executions/{made['cancelled']}/cancel", reason=f"{self.marker} reason")
        made["suspended"] = await self._run(workflows["work"])
        await self.ask("POST", f"/executions/{made['suspended']}/suspend")
        made["timed out"] = await self._run(workflows["slow"])
        made["gone"] = await self._run(workflows["gone"])
        await self.plane.execute("update interlock.executions set deadline_at = interlock.now() where id = %s", made["timed out"])
        await self.plane.control.tick()
        await self._check_statuses(made)
        return made

    async def _check_statuses(self, made: Mapping[str, str]) -> None:
        rows = await self.plane.rows("select status from interlock.executions where id = any (%s)", [UUID(each) for each in made.values()])
        assert {row["status"] for row in rows} == {"pending", "running", "waiting", "paused", "completed", "failed", "cancelled", "timed_out"}

    async def _paused(self, workflow: str) -> str:
        """An execution that waits for a person. No node asks one yet, so the test lets a result do it."""
        execution = await self._run(workflow)
        [claimed] = await self._claim(f"{self.marker}-people")
        await self.plane.admit_waits()
        self.request += 1
        result = {
            **{key: claimed[key] for key in ("execution_id", "assignment_id", "attempt")},
            "outcome": "waiting",
            "wait": {"for": "person"},
            "output": {"question": f"{self.marker} question"},
        }
        exchanged = await self.plane.control.exchange(UUID(self.worker), self.request, [result], queues=[], limits=[])
        assert exchanged.answers == ["ok"]
        return execution

    async def _fail(self, queue: str, *, retryable: bool) -> None:
        [claimed] = await self._claim(queue)
        self.request += 1
        error = {"code": f"{self.marker}_broke", "message": f"{self.marker} broke", "hint": f"{self.marker} hint", "retryable": retryable}
        result = {**{key: claimed[key] for key in ("execution_id", "assignment_id", "attempt")}, "outcome": "failed", "error": error}
        answer = await self.ask("POST", "/assignments/complete", worker_id=self.worker, request=self.request, results=[result])
        assert [one["answer"] for one in answer["answers"]] == ["ok"]

    async def _assign(self, person: Person, executions: Mapping[str, str]) -> None:
        """Nothing assigns anything to people yet, so the test does it; and makes what waits for workers wait for long."""
        statement: LiteralString = "update interlock.assignments set assigned_to = %s where execution_id = any (%s) and status = 'pending'"
        await self.plane.execute(statement, person.id, [UUID(executions["waits for the lock"]), UUID(executions["calling"])])
        await self.plane.execute(
            "update interlock.assignments set due_at = due_at - interval '1 hour' where execution_id = %s and status = 'pending'",
            UUID(executions["calling"]),
        )

    async def _of_executions(self, executions: Mapping[str, str]) -> list[JsonObject]:
        places = []
        for execution in executions.values():
            items = (await self.ask("GET", f"/executions/{execution}/assignments"))["items"]
            part = (await self.ask("GET", f"/executions/{execution}?run_data_limit=1"))["run_data"]
            cursor = part["next_cursor"] or Cursor.of(execution, items[-1]["id"])
            places.append(
                {
                    "execution": execution,
                    "assignment": items[-1]["id"],
                    "attempt": items[-1]["attempt"],
                    "node": items[-1]["node_id"],
                    "change_number": max(0, items[-1]["change_number"] - 1),
                    "cursor_of_get_execution": Cursor(cursor),
                }
            )
        return places

    async def _versions(self) -> list[Any]:
        statement: LiteralString = """
            select v.id from interlock.workflow_versions v join interlock.workflows w on w.id = v.workflow_id
            where w.workspace_id = %s order by v.id"""
        return await self.plane.rows(statement, self.workspace_id)

    async def _cursors(self, path: str, workflows: Mapping[str, str]) -> list[Cursor]:
        """The cursor of the first page, of one item."""
        page = await self.ask("GET", f"{path.format(**workflows)}?limit=1")
        assert page["next_cursor"] is not None, path
        return [Cursor(page["next_cursor"])]

    async def ask(self, method: str, path: str, /, **body: Any) -> JsonObject:
        answer = await self.admin.request(method, f"/api/v1{path}", json=body or None)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return dict(answer.json()) if answer.content else {}


def _step(node: str, *, text: str = "text", **more: Any) -> JsonObject:
    return {"id": node, "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"text": text}}, **more}
