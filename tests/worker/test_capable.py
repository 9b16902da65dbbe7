"""A worker claims only what it can run, and hands back what it finds that it cannot."""

import logging

import pytest

from interlock.nodes import BrokenExecutor, NodeExecutorFactory
from interlock.nodes.action_node.transform import Transform
from tests.worker.engine import Engine, until
from tests.worker.executors import Echo, Misbehave


def factory_without(*missing: type, reason: str | None = None) -> NodeExecutorFactory:
    """The executors of a worker where a package is not installed, or cannot be imported."""
    own = [executor() for executor in (Echo, Misbehave) if executor not in missing]
    broken = [BrokenExecutor(name=f"{one.type}/{one.subtype}", package="plug-in", reason=reason) for one in missing if reason]  # type: ignore[attr-defined]
    return NodeExecutorFactory(own, broken)


async def test_only_a_worker_with_the_executor_claims_the_node(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "MISBEHAVE", "b": "ECHO", "c": "MISBEHAVE"})
    async with engine.worker(executors=factory_without(Echo)) as lacking:
        [execution] = await engine.start("chain", {"how": "well"})

        async def waits_for_a_worker() -> bool:
            return "no_capable_worker" in {reason.reason for reason in await engine.control.explain(execution)}

        await until(waits_for_a_worker)
        visit = await engine.visit(execution, "b")
        assert (visit["status"], visit["requires"], visit["attempt"]) == ("pending", "TEST_NODE/ECHO", 1)
        async with engine.worker(executors=factory_without(Misbehave)) as having:
            [ended] = await engine.ended(execution)
    assert ended["status"] == "completed"
    workers = [(await engine.visit(execution, node))["worker_id"] for node in "abc"]
    assert workers == [lacking.worker_id, having.worker_id, lacking.worker_id]
    assert await engine.attempts(execution) == []


@pytest.mark.parametrize("reason", [None, "ImportError: no such library"])
async def test_a_worker_hands_back_a_node_that_it_cannot_run_and_logs_why(
    engine: Engine, caplog: pytest.LogCaptureFixture, reason: str | None
) -> None:
    """The node type came with Interlock when the version was saved, so that every worker claims it; this worker lacks it all the same."""
    nodes = [
        {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "a", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"n": 1}}},
    ]
    node_types = NodeExecutorFactory.from_entry_points()
    await engine.save({"name": "own", "nodes": nodes, "connections": [{"from": "start", "to": "a"}]}, node_types=node_types)
    broken = [BrokenExecutor(name="ACTION_NODE/TRANSFORM", package="interlock", reason=reason)] if reason else []
    with caplog.at_level(logging.WARNING):
        async with engine.worker(executors=NodeExecutorFactory([Echo()], broken)) as lacking:
            [execution] = await engine.start("own", {})

            async def was_handed_back() -> bool:
                visit = await engine.visit(execution, "a")
                return (visit["status"], visit["requires"]) == ("pending", "ACTION_NODE/TRANSFORM")

            await until(was_handed_back)
            await until(lambda: lacking.held_count == 0)
            async with engine.worker(executors=NodeExecutorFactory([Transform()])):
                [ended] = await engine.ended(execution)
    assert ended["output"] == {"a": {"n": 1}}
    assert (await engine.visit(execution, "a"))["attempt"] == 1
    assert await engine.attempts(execution) == []
    assert (reason or "no executor for ACTION_NODE/TRANSFORM") in caplog.text
