"""A workspace that is attacked, one of the attackers, and the callers of the attackers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS
from tests.api.isolation.digests import ids_of
from tests.api.isolation.faces import Caller, Grpc, Rest, caller_by_key, caller_by_session, faces_of
from tests.api.isolation.twins import ATTACKER, VICTIM, VICTIM_TEAM
from tests.api.isolation.worlds import LIMITS, World, make_world
from tests.api.serving import DEFAULT, Api, Person

SETTINGS: Final = ("the first workspace by another", "another one by the first workspace", "another one by another")
"""Who is attacked by whom. The first workspace differs: its queues and locks have plain names, and its admins administer the installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Attributes:
    secrets: ids of what belongs to the victim alone, and its marker: no answer to an attacker may have one.
    names: the name of the victim's workspace and the numbers of its limits, which may be known to who is a member or administers the installation.
    guest: an admin of both workspaces, who asks with a session of the attackers.
    """

    api: Api
    rest: Rest
    grpc: Grpc
    victim: World
    own: World
    callers: list[Caller]
    victim_admin: Caller
    guest: Person
    secrets: frozenset[str]
    names: frozenset[str]


@asynccontextmanager
async def arena_of(api: Api, connection: psycopg.AsyncConnection, setting: str = SETTINGS[0]) -> AsyncIterator[Arena]:
    """Makes both workspaces."""
    attacker = DEFAULT if setting == SETTINGS[1] else await api.make_workspace(ATTACKER)
    victim = DEFAULT if setting == SETTINGS[0] else await api.make_workspace(VICTIM_TEAM)
    guest = await api.make_person(Role.ADMIN, attacker)
    own = await make_world(api, attacker, ATTACKER)
    attacked = await make_world(api, victim, VICTIM, guest=guest)
    ids = await ids_of(connection, victim) - await ids_of(connection, attacker) - {str(guest.id)}
    callers = [await caller_by_session(api, "admin of both", guest, is_guest=True), await caller_by_key(api, "admin of both", guest, attacker)]
    for role, person in own.people.items():
        callers += [await caller_by_key(api, role, person, attacker), await caller_by_session(api, role, person)]
    async with faces_of(api) as (rest, grpc):
        for caller in callers:
            if caller.may(OPERATIONS["claim_assignments"].permission):
                claim = {"worker_id": caller.worker, "request": 1, "queues": [f"{ATTACKER}-nothing"], "lease_seconds": 86_400}
                claimed = await rest.ask(OPERATIONS["claim_assignments"], caller, claim)
                assert claimed.code == "ok", claimed
        yield Arena(
            api=api,
            rest=rest,
            grpc=grpc,
            victim=attacked,
            own=own,
            callers=callers,
            victim_admin=await caller_by_session(api, "admin of the victim", attacked.people[Role.ADMIN]),
            guest=guest,
            secrets=ids | {VICTIM},
            names=frozenset({*(str(LIMITS[VICTIM] + number) for number in range(5)), *([VICTIM_TEAM] if victim != DEFAULT else [])}),
        )
