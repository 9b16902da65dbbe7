"""What every executor keeps that a worker finds, ours and those of other packages."""

import asyncio
import contextlib
import copy
import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from interlock.assignment_errors import CODES
from interlock.definition import NodeKind
from interlock.nodes import (
    Completed,
    FinalError,
    NodeError,
    NodeExecutionContext,
    NodeExecutionResult,
    NodeExecutor,
    NodeExecutorFactory,
    RetryableError,
    Waiting,
)
from interlock.nodes.factory import Executor
from tests.conformance.samples import INPUT, SAMPLES, Parameters, World
from tests.nodes.contexts import context_for

NAMES = sorted(f"{info.type}/{info.subtype}" for info in NodeExecutorFactory.from_entry_points().types())
CODE = re.compile(r"[a-z][a-z0-9_]*")

every_executor = pytest.mark.parametrize("name", NAMES)
those_that_fail = pytest.mark.parametrize("name", [name for name in NAMES if SAMPLES[name].fails is not None])
those_that_hang = pytest.mark.parametrize("name", [name for name in NAMES if SAMPLES[name].hangs is not None])


def executor_of(factory: NodeExecutorFactory, name: str) -> Executor:
    return factory.get(*name.split("/"))


def context_of(executor: Executor, parameters: Parameters) -> NodeExecutionContext[Any]:
    return context_for(executor, parameters, input=copy.deepcopy(INPUT))


async def outcome(executor: Executor, parameters: Parameters) -> NodeExecutionResult | NodeError:
    try:
        return await executor.execute(context_of(executor, parameters))
    except NodeError as error:
        return error


def test_every_executor_has_a_sample() -> None:
    assert sorted(SAMPLES) == NAMES


@every_executor
def test_its_type_is_declared(name: str, factory: NodeExecutorFactory) -> None:
    executor = executor_of(factory, name)
    info = executor.info()
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*/[A-Z][A-Z0-9_]*", name)
    assert isinstance(info.kind, NodeKind)
    assert executor.raw <= executor.parameters.model_fields.keys()
    assert factory.find(info.type, info.subtype) is not None
    assert type(executor).__doc__ not in (None, NodeExecutor.__doc__)
    assert executor.parameters.__doc__


@every_executor
def test_its_parameters_take_nothing_unknown(name: str, factory: NodeExecutorFactory, world: World) -> None:
    executor, works = executor_of(factory, name), SAMPLES[name].works(world)
    executor.parameters.model_validate(works)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        executor.parameters.model_validate({**works, "surprise": 1})


@every_executor
def test_its_parameters_have_a_json_schema(name: str, factory: NodeExecutorFactory) -> None:
    schema = executor_of(factory, name).parameters.model_json_schema()
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema


@every_executor
async def test_its_output_is_a_json_object_and_leaves_through_its_ports(name: str, factory: NodeExecutorFactory, world: World) -> None:
    executor, works = executor_of(factory, name), SAMPLES[name].works(world)
    result = await outcome(executor, works)
    info = executor.info()
    ports = info.ports if info.ports_of is None else info.ports_of(executor.parameters.model_validate(works))
    if isinstance(result, Completed):
        assert json.loads(json.dumps(result.output, allow_nan=False)) == result.output
        assert isinstance(result.output, dict)
        assert set(result.ports) <= set(ports) or info.kind is NodeKind.END
        assert result.context is None or json.dumps(result.context, allow_nan=False)
    elif isinstance(result, Waiting):
        assert info.waits
        assert json.dumps(result.to_json())
    else:
        assert info.kind is NodeKind.FAIL


@every_executor
async def test_it_changes_neither_input_nor_parameters(name: str, factory: NodeExecutorFactory, world: World) -> None:
    executor, works = executor_of(factory, name), SAMPLES[name].works(world)
    context = context_of(executor, works)
    before = copy.deepcopy((context.input, context.parameters))
    with contextlib.suppress(NodeError):
        await executor.execute(context)
    assert (context.input, context.parameters) == before


@every_executor
async def test_visits_run_side_by_side_and_give_the_same_again(name: str, factory: NodeExecutorFactory, world: World) -> None:
    executor, sample = executor_of(factory, name), SAMPLES[name]
    results = await asyncio.gather(*(outcome(executor, sample.works(world)) for _ in range(6)))
    told = [result.to_json() if isinstance(result, NodeError) else result for result in results]
    assert all(one == told[0] for one in told) or not sample.is_pure


@those_that_fail
async def test_its_errors_are_typed_coded_and_without_secrets(name: str, factory: NodeExecutorFactory, world: World) -> None:
    executor, fails = executor_of(factory, name), SAMPLES[name].fails
    assert fails is not None
    with pytest.raises((RetryableError, FinalError)) as raised:
        await executor.execute(context_of(executor, fails(world)))
    error = raised.value
    told = error.to_json()
    assert CODE.fullmatch(error.code)
    assert error.code in {*CODES, *(declared.code for declared in executor.errors)} or executor.kind is NodeKind.FAIL, "it is declared"
    assert told.keys() == {"code", "message", "hint", "details", "retryable"}
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert error.message
    assert world.secret not in json.dumps(told) + repr(error) + repr(error.__cause__)


@those_that_hang
async def test_cancelling_ends_it_soon_and_the_next_visit_works(name: str, factory: NodeExecutorFactory, world: World) -> None:
    executor, sample = executor_of(factory, name), SAMPLES[name]
    assert sample.hangs is not None
    await outcome(executor, sample.works(world))
    context = context_of(executor, sample.hangs(world))
    task = asyncio.create_task(executor.execute(context))
    done, _ = await asyncio.wait({task}, timeout=0.3)
    assert not done
    context.cancelled.set()
    task.cancel()
    await asyncio.wait({task}, timeout=60)
    assert task.done()
    with pytest.raises(asyncio.CancelledError):
        task.result()
    assert isinstance(await outcome(executor, sample.works(world)), Completed)


@every_executor
async def test_it_is_made_without_arguments_and_closed_more_than_once(name: str, factory: NodeExecutorFactory, world: World) -> None:
    executor = type(executor_of(factory, name))()
    await executor.close()
    used = type(executor)()
    await outcome(used, SAMPLES[name].works(world))
    await used.close()
    await used.close()
