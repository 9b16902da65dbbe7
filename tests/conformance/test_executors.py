"""Every executor that a worker finds, ours and those of other packages, passes every check of the contract."""

import socket
import tempfile
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict

from interlock.assignment_errors import AssignmentErrorCode
from interlock.nodes import Completed, FinalError, NodeExecutionContext, NodeExecutionResult, NodeExecutor, NodeExecutorFactory, Waiting
from interlock.nodes.conformance import (
    CHECKS,
    Check,
    ExecutorSample,
    NotConforming,
    changes_nothing_it_is_given,
    check_executor,
    closes_more_than_once,
    declares_its_type,
    ends_when_cancelled,
    fails_with_a_typed_error,
    gives_json_through_its_ports,
    has_a_json_schema,
    refuses_unknown_parameters,
    repeats_without_side_effects,
    runs_side_by_side,
)
from tests.conformance.samples import INPUT, SAMPLES, Sample, World

WITH_SIDE_EFFECTS = {"ACTION_NODE/HTTP_REQUEST", "ACTION_NODE/SQL_QUERY"}
NAMES = sorted(f"{info.type}/{info.subtype}" for info in NodeExecutorFactory.from_entry_points().types())


def asks_for(check: Check, sample: Sample) -> bool:
    """Whether the check has something to look at."""
    needed = {fails_with_a_typed_error: sample.fails, ends_when_cancelled: sample.hangs}
    return check not in needed or needed[check] is not None


def checked(sample: Sample, world: World) -> ExecutorSample:
    return ExecutorSample(
        works=sample.works(world),
        fails=sample.fails(world) if sample.fails else None,
        hangs=sample.hangs(world) if sample.hangs else None,
        input=INPUT,
        secrets=(world.secret,),
        is_pure=sample.is_pure,
    )


def test_every_executor_has_a_sample() -> None:
    assert sorted(SAMPLES) == NAMES


def test_every_type_is_found() -> None:
    factory = NodeExecutorFactory.from_entry_points()
    assert all(factory.find(info.type, info.subtype) is not None for info in factory.types())


@pytest.mark.parametrize(
    ("name", "check"),
    [pytest.param(name, check, id=f"{name}-{check.__name__}") for name in NAMES for check in CHECKS if asks_for(check, SAMPLES[name])],
)
async def test_it_keeps_the_contract(name: str, check: Check, world: World) -> None:
    executor = type(NodeExecutorFactory.from_entry_points().get(*name.split("/")))
    await check(executor, checked(SAMPLES[name], world))


def test_every_built_in_says_whether_it_has_side_effects() -> None:
    executors = NodeExecutorFactory.from_entry_points().executors()
    assert {f"{one.type}/{one.subtype}" for one in executors if one.has_side_effects} == WITH_SIDE_EFFECTS


class Parameters(BaseModel):
    """What the executors below take."""

    model_config = ConfigDict(extra="forbid")

    items: list[int] = []


class Sound(NodeExecutor[Parameters]):
    """Passes every check."""

    type = "ACTION_NODE"
    subtype = "SOUND"
    parameters = Parameters
    errors: ClassVar[tuple[AssignmentErrorCode, ...]] = (
        AssignmentErrorCode(code="nothing_to_do", meaning="There is nothing to do.", cause="An empty list.", hint="Give items."),
    )

    async def execute(self, context: NodeExecutionContext[Parameters]) -> NodeExecutionResult:
        if context.parameters.items == [0]:
            raise FinalError("nothing_to_do", "there is nothing to do")
        return Completed(output={"sum": sum(context.parameters.items)})


class Open(BaseModel):
    """Takes anything."""

    model_config = ConfigDict(extra="allow")


class WithoutWords(Sound):
    __doc__ = NodeExecutor.__doc__


class TakesAnything(NodeExecutor[Open]):
    """Its model is not closed."""

    type = "ACTION_NODE"
    subtype = "OPEN"
    parameters = Open

    async def execute(self, context: NodeExecutionContext[Open]) -> NodeExecutionResult:
        return Completed(output={"extra": context.parameters.model_extra})


class ThroughAnotherPort(Sound):
    """Leaves through a port that it does not have."""

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        return Completed(port="elsewhere")


class NotJsonOutput(Sound):
    """Gives what JSON has not."""

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        return Completed(output={"at": {1, 2}})


class WaitsInSecret(Sound):
    """Waits without saying so."""

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        return Waiting(for_="time", seconds=1)


class ChangesItsParameters(Sound):
    """Takes apart what it was given."""

    async def execute(self, context: NodeExecutionContext[Parameters]) -> NodeExecutionResult:
        context.parameters.items.append(1)
        return Completed()


class Remembers(Sound):
    """Keeps state from one visit to the next."""

    def __init__(self) -> None:
        self.count = 0

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        self.count += 1
        return Completed(output={"count": self.count})


class RaisesAnything(Sound):
    """Raises an error of a code that is a sentence."""

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        raise FinalError("It does not work", "it does not work")


class ShowsASecret(Sound):
    """Puts a secret into its error."""

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        raise FinalError("nothing_to_do", "refused with s3cret")


class DeclaresNoErrors(Sound):
    """Raises an error that nobody can look up."""

    errors = ()


class DeclaresACodeOfInterlock(Sound):
    """Gives another meaning to a code that has one."""

    errors = (AssignmentErrorCode(code="timed_out", meaning="It is late.", cause="A slow service.", hint="Wait."),)


class NeverFails(Sound):
    """Completes with parameters that should fail."""

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        return Completed()


class EndsByItself(Sound):
    """Does not last until it is cancelled."""


class Connects(Sound):
    """Sends something and says that it does not."""

    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"effect", ("127.0.0.1", 9))
        return Completed()


class WritesAFile(Sound):
    """Writes a file and says that it does not."""

    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        with tempfile.TemporaryFile() as file:
            file.write(b"effect")
        return Completed()


class ReadsItsVisit(Sound):
    """Gives another result when it runs again."""

    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        return Completed(output={"visit": context.assignment_id})


class WithoutEffects(Sound):
    """Keeps its promise."""

    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[Parameters]) -> NodeExecutionResult:
        return Completed(output={"sum": sum(context.parameters.items)})


class Inherits(WithoutEffects):
    """Has another name only."""


class Overrides(WithoutEffects):
    """Does something else."""

    async def execute(self, context: NodeExecutionContext[Parameters]) -> NodeExecutionResult:
        return Completed()


class ClosesOnce(Sound):
    """Cannot be closed again."""

    is_open = True

    async def close(self) -> None:
        if not self.is_open:
            raise RuntimeError("closed already")
        self.is_open = False


SOUND = ExecutorSample(works={"items": [1, 2]}, fails={"items": [0]}, secrets=("s3cret",))


async def test_a_sound_executor_passes_every_check() -> None:
    await check_executor(Sound, SOUND)


@pytest.mark.parametrize(
    ("check", "executor", "told"),
    [
        (declares_its_type, WithoutWords, "has no docstring"),
        (declares_its_type, DeclaresACodeOfInterlock, "is one of Interlock's own"),
        (refuses_unknown_parameters, TakesAnything, "an unknown parameter is accepted"),
        (has_a_json_schema, TakesAnything, "closed object"),
        (gives_json_through_its_ports, ThroughAnotherPort, "it leaves through"),
        (gives_json_through_its_ports, NotJsonOutput, "not a JSON object"),
        (gives_json_through_its_ports, WaitsInSecret, "does not declare waits"),
        (gives_json_through_its_ports, RaisesAnything, "fails with the parameters that should work"),
        (changes_nothing_it_is_given, ChangesItsParameters, "changed its input or its parameters"),
        (runs_side_by_side, Remembers, "different results"),
        (fails_with_a_typed_error, RaisesAnything, "lower case"),
        (fails_with_a_typed_error, DeclaresNoErrors, "not declared"),
        (fails_with_a_typed_error, ShowsASecret, "shows a secret"),
        (fails_with_a_typed_error, NeverFails, "does not fail"),
        (ends_when_cancelled, EndsByItself, "ends by itself"),
        (repeats_without_side_effects, Connects, "Python has seen socket.sendto"),
        (repeats_without_side_effects, WritesAFile, "Python has seen open"),
        (repeats_without_side_effects, ReadsItsVisit, "another attempt gives another result"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_an_executor_that_breaks_the_contract_is_told_how(check: Check, executor: type[NodeExecutor[Any]], told: str) -> None:
    sample = ExecutorSample(works={} if executor is TakesAnything else SOUND.works, fails=SOUND.fails, hangs=SOUND.works, secrets=SOUND.secrets)
    with pytest.raises(NotConforming, match=told):
        await check(executor, sample)


async def test_an_executor_without_side_effects_passes_every_check() -> None:
    await check_executor(WithoutEffects, ExecutorSample(works={"items": [1, 2]}))


def test_a_class_with_an_execute_of_its_own_has_side_effects_until_it_declares_that_it_has_none() -> None:
    assert [one.has_side_effects for one in (NodeExecutor, Sound, WithoutEffects, Inherits, Overrides)] == [True, True, False, False, True]


async def test_an_executor_that_cannot_be_closed_again_is_found() -> None:
    with pytest.raises(RuntimeError, match="closed already"):
        await closes_more_than_once(ClosesOnce, SOUND)
