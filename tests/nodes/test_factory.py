"""How executors are found, and what a broken one does: nothing to the others."""

import logging
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from interlock.nodes import ExecutorMissing, NodeExecutorFactory
from interlock.nodes.factory import GROUP

GOOD = """
from pydantic import BaseModel, ConfigDict
from interlock.nodes import Completed, NodeExecutor

class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

class Loose(BaseModel):
    pass

class Good(NodeExecutor[Parameters]):
    type, subtype, parameters = "ACTION_NODE", "GOOD", Parameters
    async def execute(self, context):
        return Completed(output={"from": "plugin"})

class Lax(Good):
    subtype, parameters = "LAX", Loose

class Demanding(Good):
    subtype = "DEMANDING"
    def __init__(self, key):
        pass

class Raising(Good):
    subtype = "RAISING"
    def __init__(self):
        raise RuntimeError("no licence")

class Half(NodeExecutor[Parameters]):
    type, subtype, parameters = "ACTION_NODE", "HALF", Parameters

class Nameless(NodeExecutor[Parameters]):
    async def execute(self, context):
        return Completed()

class Impostor(Good):
    subtype = "TRANSFORM"

a_number = 7
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules as another package would bring them."""
    (tmp_path / "plugin_good.py").write_text(GOOD)
    (tmp_path / "plugin_broken.py").write_text("import a_library_that_is_not_installed")
    (tmp_path / "plugin_exits.py").write_text("raise SystemExit('bye')")
    (tmp_path / "plugin_syntax.py").write_text("def")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("plugin_")]:
        del sys.modules[name]


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


def test_every_node_of_ours_is_found_and_none_is_broken() -> None:
    factory = NodeExecutorFactory.from_entry_points()
    assert factory.broken == ()
    assert {f"{info.type}/{info.subtype}" for info in factory.types()} >= {
        "TRIGGER_NODE/MANUAL", "FLOW_NODE/IF", "FLOW_NODE/SWITCH", "FLOW_NODE/ROUTER", "FLOW_NODE/JOIN", "FLOW_NODE/WAIT", "FLOW_NODE/GOTO",
        "FLOW_NODE/SET_CONTEXT", "FLOW_NODE/FAIL", "FLOW_NODE/END", "ACTION_NODE/HTTP_REQUEST", "ACTION_NODE/TRANSFORM", "ACTION_NODE/SQL_QUERY",
        "ACTION_NODE/RUN_CODE",
    }  # fmt: skip


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ACTION_NODE/BROKEN", "plugin_broken:Node", "a_library_that_is_not_installed"),
        ("ACTION_NODE/EXITS", "plugin_exits:Node", "bye"),
        ("ACTION_NODE/SYNTAX", "plugin_syntax:Node", "SyntaxError"),
        ("ACTION_NODE/NOWHERE", "plugin_nowhere:Node", "plugin_nowhere"),
        ("ACTION_NODE/NOTHING", "plugin_good:Nothing", "Nothing"),
        ("ACTION_NODE/NUMBER", "plugin_good:a_number", "not an executor class"),
        ("ACTION_NODE/HALF", "plugin_good:Half", "execute"),
        ("ACTION_NODE/NAMELESS", "plugin_good:Nameless", "type"),
        ("ACTION_NODE/OTHER", "plugin_good:Good", "ACTION_NODE/GOOD"),
        ("ACTION_NODE/LAX", "plugin_good:Lax", "forbid"),
        ("ACTION_NODE/DEMANDING", "plugin_good:Demanding", "key"),
        ("ACTION_NODE/RAISING", "plugin_good:Raising", "no licence"),
    ],
)
def test_a_broken_plug_in_is_reported_and_left_out(name: str, value: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        factory = NodeExecutorFactory.from_entry_points([entry(name, value), entry("ACTION_NODE/GOOD", "plugin_good:Good")])
    assert [broken.name for broken in factory.broken] == [name]
    assert reason in factory.broken[0].reason
    assert name in caplog.text
    assert factory.find("ACTION_NODE", "GOOD") is not None
    assert factory.names() == {("ACTION_NODE", "GOOD")}


@pytest.mark.usefixtures("plugins")
def test_a_node_type_of_ours_cannot_be_replaced_by_a_plug_in() -> None:
    from importlib.metadata import entry_points

    found = [entry("ACTION_NODE/TRANSFORM", "plugin_good:Impostor"), *entry_points(group=GROUP)]
    factory = NodeExecutorFactory.from_entry_points(found)
    assert type(factory.get("ACTION_NODE", "TRANSFORM")).__module__.startswith("interlock.")
    assert [broken.name for broken in factory.broken] == ["ACTION_NODE/TRANSFORM"]


def test_an_unknown_type_is_named() -> None:
    factory = NodeExecutorFactory([])
    assert factory.find("ACTION_NODE", "NONE") is None
    with pytest.raises(ExecutorMissing, match="ACTION_NODE/NONE") as raised:
        factory.get("ACTION_NODE", "NONE")
    assert raised.value.retryable


@pytest.mark.usefixtures("plugins")
async def test_every_executor_is_closed_even_if_one_fails_to_close() -> None:
    from interlock.nodes.action_node.transform import Transform

    closed: list[str] = []

    class Stuck(Transform):
        subtype = "STUCK"

        async def close(self) -> None:
            raise OSError("stuck")

    class Fine(Transform):
        subtype = "WORKS"

        async def close(self) -> None:
            closed.append("works")

    await NodeExecutorFactory([Stuck(), Fine()]).close()
    assert closed == ["works"]


def test_finding_executors_imports_nothing_heavy() -> None:
    import subprocess

    program = (
        "import sys; from interlock.nodes import NodeExecutorFactory; NodeExecutorFactory.from_entry_points();"
        "print(sorted({'httpx', 'httpcore', 'psycopg', 'pydantic_monty', 'anyio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout == "[]\n"
