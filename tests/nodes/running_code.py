"""Runs code in the executor of RUN_CODE."""

from typing import Any

import pytest

from interlock.nodes import NodeError
from interlock.nodes.action_node.run_code.executor import RunCode
from tests.nodes.contexts import context_for


async def run(executor: RunCode, code: str, *, input: dict[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:  # noqa: A002
    return dict((await executor.execute(context_for(executor, {"code": code, **parameters}, input=input))).output)


async def failure(executor: RunCode, code: str, **parameters: Any) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await run(executor, code, **parameters)
    return raised.value
