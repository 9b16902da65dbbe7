"""A second workspace attacks every operation, over REST and gRPC: what belongs to the first one does not exist for it."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import Any, Final

import httpx
import psycopg
import pytest

from interlock.api.auth.permissions import OF_INSTALLATION, Permission
from interlock.api.models.base import Request
from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS, Operation
from tests.api.isolation.arena import SETTINGS, Arena, arena_of
from tests.api.isolation.attacks import NUMBERS, Attack, attacks_on, controls_of, unruled
from tests.api.isolation.digests import OF_NO_WORKSPACE, ROWS, digest_of, rows_of, tables, tables_changed
from tests.api.isolation.faces import Caller, Face, Reply, variants_of
from tests.api.isolation.rules import RULES, Rule
from tests.api.isolation.texts import labelled, secrets_in
from tests.api.isolation.twins import ATTACKER, UUID_PATTERN, original_of, twin_of, without
from tests.api.rest.workflows import chain
from tests.api.serving import Api

FOUGHT: Final = ((SETTINGS[0], "rest"), (SETTINGS[0], "grpc"), (SETTINGS[1], "rest"), (SETTINGS[2], "grpc"))
EAGER: Final = {SETTINGS[0]: 1}
"""The number of callers who make every attack, by setting: somebody who is in both workspaces, by session. All others make some."""
LAST: Final = ("complete_assignments", "claim_assignments", "run_workflow", "retry_execution")
"""Of operations of one method, those that come last, in this order: a claim makes a worker of an id, and a start an execution about a subject."""
WITHOUT_EFFECT: Final = {
    ("sign_in", "email"): "a wrong password is answered alike, whoever there is",
    ("delete_draft", "draft_id"): "deleting what does not exist succeeds; the digests say whether a row went",
    ("run_workflow", "subject"): "an execution keeps any text",
    ("test_workflow", "subject"): "an execution keeps any text",
    ("list_workspaces", "cursor"): "a page that begins after its own workspace is empty",
    ("create_workspace", "name"): "only for admins of the first workspace, who see all names",
    ("update_workspace", "name"): "the same",
}
"""Fields that make no difference in the own workspace either, with the reason."""


def test_every_operation_has_a_rule() -> None:
    assert set(RULES) == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_field_that_may_name_something_has_a_rule(operation: Operation) -> None:
    assert unruled(operation, RULES[operation.name]) == []


def test_a_field_without_a_rule_is_found() -> None:
    class WithMore(OPERATIONS["get_execution"].request):  # type: ignore[misc]  # a class of the table
        nearby: str
        inside: "list[Inner]"

    class Inner(Request):
        other_id: str | None = None
        is_open: bool = True

    WithMore.model_rebuild(_types_namespace={"Inner": Inner})
    operation = Operation(
        name="get_execution",
        service="executions",
        rest="GET /x",
        permission=Permission.ACCOUNT,
        request=WithMore,
        answer=OPERATIONS["get_execution"].answer,
    )
    assert unruled(operation, RULES["get_execution"]) == ["nearby", "inside.other_id"]
    assert unruled(operation, Rule(names={"nearby": "x", "inside.other_id": "x", "gone": "x"})) == ["gone", "execution_id", "run_data_cursor"]


async def test_every_table_says_which_rows_are_of_a_workspace(connection: psycopg.AsyncConnection) -> None:
    assert await tables(connection) == {*ROWS, *OF_NO_WORKSPACE}


async def test_every_attack_would_hit_in_the_own_workspace(api: Api, connection: psycopg.AsyncConnection) -> None:
    """The attacks name what exists: for somebody who belongs there each field makes a difference, but for a few with their reasons."""
    async with arena_of(api, connection) as arena:
        numbers, idle = count(1_000), set()
        for operation in sorted(OPERATIONS.values(), key=lambda each: _damage(each, (*LAST, "stop_worker"))):
            for path, kind in RULES[operation.name].names.items():
                if kind not in NUMBERS and not await _has_effect(arena, operation, path, numbers):
                    idle.add((operation.name, path))
                if operation.name == "claim_assignments":  # a claim made a worker of the id that no worker had
                    await connection.execute("delete from interlock.workers where id = %s", (twin_of(arena.victim.places[0]["worker"]),))
    assert idle == set(WITHOUT_EFFECT)


async def _has_effect(arena: Arena, operation: Operation, path: str, numbers: Iterator[int]) -> bool:
    """Whether it makes a difference at some place that the field names what exists, or shows what no attacker may see."""
    for request, other, value in controls_of(operation, RULES[operation.name], path, arena.victim):
        if "request" in operation.request.model_fields:
            request["request"], other["request"] = next(numbers), next(numbers)
        nowhere = await arena.rest.ask(operation, arena.victim_admin, other)  # first: what it asks for is not there to be changed
        got = await arena.rest.ask(operation, arena.victim_admin, request)
        if labelled(got.text) != labelled(original_of(nowhere.text, [value])) or secrets_in(arena.secrets, without(got.text, request)):
            return True
    return False


@pytest.mark.parametrize(("setting", "face"), FOUGHT)
async def test_what_belongs_to_another_workspace_does_not_exist(api: Api, connection: psycopg.AsyncConnection, setting: str, face: str) -> None:
    async with arena_of(api, connection, setting) as arena:
        attacking = _Attacking(arena, connection, face, await api.client(Role.ADMIN, arena.own.workspace_id), eager=EAGER.get(setting, 0))
        await attacking.run()
        assert attacking.hits == [], f"{len(attacking.hits)} hits: {attacking.counts()}"
        assert attacking.count > 1_000


async def test_a_wall_that_is_missing_is_found(api: Api, connection: psycopg.AsyncConnection) -> None:
    """Where nothing limits calls any more, each attack on what they guard is a hit."""
    guarded = ("get_user", "list_users", "list_api_keys", "get_credential", "list_credentials", "suspend_execution", "run_workflow", "revoke_api_key")
    async with arena_of(api, connection) as arena:
        await connection.execute(
            "create or replace function interlock.current_workspace() returns integer language sql stable as 'select null::integer'"
        )
        attacking = _Attacking(arena, connection, "rest", await api.client(Role.ADMIN, arena.own.workspace_id))
        await attacking.run(guarded)
        assert attacking.operations_hit == set(guarded)


class _Attacking:
    def __init__(
        self, arena: Arena, connection: psycopg.AsyncConnection, face: str, own_admin: httpx.AsyncClient, *, eager: int = EAGER[SETTINGS[0]]
    ) -> None:
        self._eager = eager
        self._own_admin = own_admin
        self._numbers = count(1_000)
        self._rows: dict[str, list[str]] = {}
        self._digest = ""
        self.arena = arena
        self.face: Face = arena.rest if face == "rest" else arena.grpc
        self.is_rest = face == "rest"
        self.connection = connection
        self.hits: list[str] = []
        self.count = 0
        self._of: Counter[str] = Counter()

    @property
    def operations_hit(self) -> set[str]:
        return set(self._of)

    def counts(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in self._of.most_common())

    async def run(self, names: Collection[str] = OPERATIONS.keys()) -> None:
        self._rows = await rows_of(self.connection, self.arena.victim.workspace_id)
        self._digest = await digest_of(self.connection, self.arena.victim.workspace_id)
        for operation in sorted((OPERATIONS[name] for name in names), key=_damage):
            for number, caller in enumerate(self.arena.callers):
                for attack in self._attacks(operation, number, caller):
                    for variant in variants_of(operation, attack.request) if self.is_rest and number < self._eager else [""]:
                        await self._try(operation, caller, attack, variant)
                    if operation.method != "GET" and number < self._eager:
                        await self._look_for_changes(operation, caller, attack)
                await self._look_for_changes(operation, caller)

    def _attacks(self, operation: Operation, number: int, caller: Caller) -> Sequence[Attack]:
        """The first callers make every attack, the others some of them; none does what the caller may."""
        rule = RULES[operation.name]
        if operation.permission is Permission.PUBLIC and number > 0:
            return []
        if (rule.ends_session and caller.is_guest and rule.names) or (operation.permission in OF_INSTALLATION and caller.administers):
            return []
        attacks = list(attacks_on(operation, rule, self.arena.victim, self.arena.own, {"worker": caller.worker}))
        return attacks if number < self._eager else _some(attacks, number)

    async def _look_for_changes(self, operation: Operation, caller: Caller, attack: Attack | None = None) -> None:
        workspace = self.arena.victim.workspace_id
        now = await digest_of(self.connection, workspace)
        if now != self._digest:
            changed = await tables_changed(self._rows, self.connection, workspace)
            self._hit(operation, caller, attack, f"changed the victim's rows: {changed}")
            self._rows, self._digest = await rows_of(self.connection, workspace), now

    async def _try(self, operation: Operation, caller: Caller, attack: Attack, variant: str) -> None:
        rule = RULES[operation.name]
        self.count += 1
        got = await self._ask(operation, caller, attack, attack.request, variant)
        nowhere = await self._ask(operation, caller, attack, attack.twin, variant) if attack.twin != attack.request else got
        expected = {rule.refuses} if rule.refuses and attack.is_whole else rule.answers
        if not caller.may(operation.permission):
            expected = {"IL031"}
        secrets = self.arena.secrets | self.arena.names
        if rule.names_workspaces and (caller.is_guest or caller.administers):
            expected, secrets = {"ok", *expected}, self.arena.secrets
        if got.code not in {*expected, "refused"}:
            self._hit(operation, caller, attack, f"answered {got.code}, not {expected}: {got.text}")
        if rule.shows is None:
            if rule.differs is None and secrets != self.arena.secrets and labelled(got.text) != labelled(original_of(nowhere.text, attack.asked)):
                self._hit(operation, caller, attack, f"{got.text}\n    is not the answer for what exists nowhere:\n{nowhere.text}")
            if found := secrets_in(secrets, without(got.text, attack.asked)):
                self._hit(operation, caller, attack, f"shows {found}: {got.text}")
        if found := secrets_in(secrets, nowhere.text):
            self._hit(operation, caller, attack, f"shows {found}, though nothing of the victim was named: {nowhere.text}")

    async def _ask(self, operation: Operation, caller: Caller, attack: Attack, request: dict[str, Any], variant: str) -> Reply:
        """Asks once, and takes back what came of it."""
        rule, changed = RULES[operation.name], dict(request)
        if "request" in request and "request" not in attack.fields:
            changed["request"] = next(self._numbers)
        if rule.alone and "workflow" not in attack.fields:
            definition = chain(f"{ATTACKER} alone {next(self._numbers)}")
            made = await self.arena.rest.ask(OPERATIONS["create_workflow"], self.arena.callers[0], {"definition": definition})
            changed["workflow"] = UUID_PATTERN.findall(made.text)[0]
        reply = await self.face.ask(operation, caller, changed, variant=variant)
        if rule.made is not None and reply.code == "ok":
            await self._delete(rule.made.format(UUID_PATTERN.findall(reply.text)[0]))
        return reply

    async def _delete(self, path: str) -> None:
        answer = await self._own_admin.delete(f"/api/v1{path}")
        assert answer.is_success, answer.text

    def _hit(self, operation: Operation, caller: Caller, attack: Attack | None, what: str) -> None:
        self._of[operation.name] += 1
        if self._of[operation.name] <= 3:
            named = "" if attack is None else f", {attack.fields} = {attack.asked}"
            self.hits.append(f"{operation.name} by {caller.name}{named}: {what[:1_500]}")


def _damage(operation: Operation, last: Sequence[str] = LAST) -> tuple[bool, int, int]:
    """In this order, no operation takes away what a later one names."""
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return RULES[operation.name].ends_session, methods.index(operation.method), last.index(operation.name) + 1 if operation.name in last else 0


def _some(attacks: Sequence[Attack], number: int) -> Sequence[Attack]:
    """Others for each number: at least two, where there are so many, that name nothing of the attackers."""
    whole = [attack for attack in attacks if attack.is_whole]
    return whole[number % max(1, len(whole)) :: max(1, min(10, len(whole) // 2))]
