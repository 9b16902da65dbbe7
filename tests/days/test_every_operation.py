"""Every operation of REST and gRPC, streams and sign-in too, while the database takes no writes, and while it is gone."""

import re
from typing import Final

import pytest

from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from tests.api.isolation.attacks import request_of
from tests.api.isolation.faces import caller_by_key, caller_by_session, faces_of
from tests.api.isolation.rules import RULES
from tests.api.isolation.twins import VICTIM
from tests.api.isolation.worlds import make_world
from tests.api.rest.processes import ENCRYPTION_KEY
from tests.api.serving import serving
from tests.days.pair import Pair

BROKEN: Final = re.compile(r"5(?!03\b)\d\d\b|INTERNAL\b|UNKNOWN\b|DATA_LOSS\b")
"""The first line of an answer that is a defect."""
UNAVAILABLE: Final = re.compile(r"503\b|UNAVAILABLE\b")
LATER: Final = re.compile(r"^retry-after: [1-9]\d*$|^retry_delay", re.MULTILINE)


@pytest.mark.parametrize("end", ["fence", "kill"])
async def test_every_operation_answers_rightly_or_is_unavailable_for_a_while(pair: Pair, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", ENCRYPTION_KEY)
    async with serving(pair.url) as api, faces_of(api) as (rest, grpc):
        world = await make_world(api, FIRST_WORKSPACE, VICTIM)
        admin = world.people[Role.ADMIN]
        callers = [await caller_by_key(api, "admin", admin, FIRST_WORKSPACE), await caller_by_session(api, "admin", admin)]
        await pair.until_replayed()
        if end == "fence":
            await pair.fence()
        else:
            pair.kill()
        found: dict[tuple[str, str, str], str] = {}
        for face in (rest, grpc):
            for caller in callers:
                for operation in OPERATIONS.values():
                    request = request_of(operation, RULES[operation.name], world.places[0])
                    reply = await face._ask_once(operation, caller, request, "")
                    found[type(face).__name__, caller.name, operation.name] = reply.text
    assert {asked: text for asked, text in found.items() if BROKEN.match(text)} == {}
    refused = {asked: text for asked, text in found.items() if UNAVAILABLE.match(text)}
    assert {asked: text for asked, text in refused.items() if not LATER.search(text)} == {}
    assert {"sign_in", "watch_execution", "run_workflow", "create_user"} <= {operation for _, _, operation in refused}
    if end == "kill":
        assert len(refused) > 0.9 * len(found), sorted(found.keys() - refused.keys())
