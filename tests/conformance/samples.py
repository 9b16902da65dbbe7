"""For every node type: parameters that work, some that fail, and some that take long. A new executor adds its line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Parameters = Mapping[str, Any]

INPUT: Mapping[str, Any] = {"amount": 12, "region": "EU", "tags": ["a", {"b": None}]}


@dataclass(frozen=True, slots=True)
class World:
    """What samples can talk to."""

    http_url: str
    secret: str = "s3cret-9f2b"


@dataclass(frozen=True, slots=True)
class Sample:
    """Attributes:
    works: parameters whose execution completes, waits, or (FAIL) fails as it should.
    fails: parameters, already rendered, whose execution raises; the secret stands in them where a secret can.
    hangs: parameters whose execution lasts until it is cancelled.
    is_pure: whether the same again gives the same.
    """

    works: Callable[[World], Parameters] = field(default=lambda _: {})
    fails: Callable[[World], Parameters] | None = None
    hangs: Callable[[World], Parameters] | None = None
    is_pure: bool = True


SAMPLES: Mapping[str, Sample] = {
    "TRIGGER_NODE/MANUAL": Sample(),
    "FLOW_NODE/IF": Sample(lambda _: {"condition": "amount > 10"}, fails=lambda _: {"condition": "missing > 10"}),
    "FLOW_NODE/SWITCH": Sample(
        lambda _: {"value": "region", "cases": [{"equals": "EU", "port": "europe"}]},
        fails=lambda _: {"value": "missing", "cases": [{"equals": "EU", "port": "europe"}]},
    ),
    "FLOW_NODE/ROUTER": Sample(
        lambda _: {"custom_config": {"rules": [{"condition": "amount > 10", "port": "a"}, {"condition": "tags", "port": "b"}], "mode": "all"}},
        fails=lambda _: {"custom_config": {"rules": [{"condition": "amount > 1000", "port": "a"}]}},
    ),
    "FLOW_NODE/JOIN": Sample(),
    "FLOW_NODE/WAIT": Sample(lambda _: {"seconds": 3}, fails=lambda _: {"until": "{{ in the text that came }}"}),
    "FLOW_NODE/GOTO": Sample(lambda _: {"target": "a"}),
    "FLOW_NODE/SET_CONTEXT": Sample(lambda _: {"values": {"round": 1}}),
    "FLOW_NODE/FAIL": Sample(lambda _: {"message": "no"}, fails=lambda _: {"code": "mine", "message": "no"}),
    "FLOW_NODE/END": Sample(),
    "ACTION_NODE/TRANSFORM": Sample(lambda _: {"values": {"amount": 12, "nested": [{"x": None}]}}, fails=lambda _: {"values": {"text": "a\x00b"}}),
    "ACTION_NODE/HTTP_REQUEST": Sample(
        lambda world: {"url": f"{world.http_url}/works", "allow_private_addresses": True},
        fails=lambda world: {
            "url": f"{world.http_url.replace('//', f'//user:{world.secret}@')}/{world.secret}?key={world.secret}",
            "headers": {"Authorization": world.secret},
            "allow_private_addresses": True,
        },
        hangs=lambda world: {"url": f"{world.http_url}/hangs", "allow_private_addresses": True},
    ),
    "ACTION_NODE/SQL_QUERY": Sample(
        lambda _: {"database": "sample", "query": "select :a + 1 as b, now() is not null as c", "parameters": {"a": 1}},
        fails=lambda world: {"database": "wrong", "query": "select :secret", "parameters": {"secret": world.secret}},
        hangs=lambda _: {"database": "sample", "query": "select pg_sleep(60)", "statement_timeout_seconds": 60},
    ),
    "ACTION_NODE/RUN_CODE": Sample(
        lambda _: {"code": "{'doubled': amount * 2}"},
        fails=lambda _: {"code": "1 / 0"},
        hangs=lambda _: {"code": "while True:\n    pass", "timeout_seconds": 60},
    ),
}
