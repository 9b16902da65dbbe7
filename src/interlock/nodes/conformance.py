"""The contract of executors as checks: ours pass them, and so should those of other packages.

A test of a package gives its executor and a sample of what it does:

    def test_it_keeps_the_contract() -> None:
        asyncio.run(check_executor(Shorten, ExecutorSample(works={"text": "abc"})))
"""

import asyncio
import contextlib
import copy
import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from interlock.assignment_errors import CODES, DATABASE_ONLY
from interlock.definition.expressions.scope import Scope
from interlock.definition.node_types import NodeKind
from interlock.json_text import read_stored_json, write_document, write_json
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor, NodeIdentity
from interlock.nodes.credential import ANY_HOST, Credential, Credentials, SecretFields
from interlock.nodes.errors import FinalError, NodeError, RetryableError
from interlock.nodes.results import Completed, NodeExecutionResult, Waiting

HANG_SECONDS: Final = 0.3
"""How long an execution that hangs is watched before it is cancelled."""
CANCEL_SECONDS: Final = 60
"""How long an execution may take to end once it is cancelled."""
VISITS_AT_ONCE: Final = 6

_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]*")
_EFFECTS: Final = frozenset(
    {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.system", "os.truncate", "socket.connect"}
    | {"socket.getaddrinfo", "socket.sendmsg", "socket.sendto", "sqlite3.connect", "subprocess.Popen"}
)
"""Audit events of Python that others can notice; beside them, opening a file to write to it."""

ExecutorClass: TypeAlias = type[NodeExecutor[Any]]


class NotConforming(AssertionError):
    """An executor breaks the contract; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorSample:
    """What a check may ask of an executor. Parameters are given as they are after rendering, without templates.

    Attributes:
        works: parameters with which it completes or waits.
        fails: parameters with which it raises `RetryableError` or `FinalError`; None where none do.
        hangs: parameters with which it runs until it is cancelled; None where none do.
        input: what the connections deliver.
        credentials: by the parameter that names each.
        secrets: texts that no error may show, beside the values of the credentials.
        is_pure: whether the same parameters give the same result again.
    """

    works: Mapping[str, Any] = field(default_factory=dict)
    fails: Mapping[str, Any] | None = None
    hangs: Mapping[str, Any] | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    is_pure: bool = True


def attempt_context(
    executor: NodeExecutor[Any],
    parameters: Mapping[str, Any],
    *,
    input: Mapping[str, Any] | None = None,  # noqa: A002  the word of the contract
    credentials: Mapping[str, Credential] | None = None,
) -> NodeExecutionContext[Any]:
    """A first attempt with these parameters, as a worker would pass it to `execute`.

    Raises:
        ValidationError: the parameters do not fit the executor's model.
    """
    given = copy.deepcopy(dict(input or {}))
    model: Any = executor.parameters.model_validate(copy.deepcopy(dict(parameters)))
    return NodeExecutionContext(
        input=given,
        parameters=model,
        scope=Scope(input=given, execution={"id": "execution-1", "workflow": "test", "version": 1}),
        idempotency_key="key-1",
        execution_id="execution-1",
        assignment_id="assignment-1",
        node=NodeIdentity(id="node", name="Node"),
        logger=logging.getLogger("interlock.nodes.conformance"),
        credentials=Credentials(credentials or {}),
    )


def sample_credential(kind: str, **fields: str) -> Credential:
    """A credential of this kind with these fields, named `sample`, that may be sent anywhere."""
    return Credential(name="sample", kind=kind, fields=SecretFields(fields), allowed_hosts=ANY_HOST)


async def check_executor(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """Run every check, in turn.

    Raises:
        NotConforming: the executor breaks the contract.
    """
    for check in CHECKS:
        await check(executor, sample)


async def declares_its_type(executor: ExecutorClass, sample: ExecutorSample) -> None:  # noqa: ARG001  all checks take both
    """Type and subtype are names in capitals; executor and parameters have docstrings; only parameters are raw; error codes are its own."""
    info = executor.info()
    for name in (info.type, info.subtype):
        _require(_NAME.fullmatch(name) is not None, f"{name!r} is not a name in capitals")
    _require(executor.raw <= executor.parameters.model_fields.keys(), "raw names a parameter that does not exist")
    _require(executor.__doc__ not in (None, NodeExecutor.__doc__), "the executor has no docstring: its first line is shown in the palette")
    _require(bool(executor.parameters.__doc__), "the parameters have no docstring")
    for error in executor.errors:
        _require(_CODE.fullmatch(error.code) is not None, f"the code {error.code!r} is not in lower case with underscores")
        _require(error.code not in CODES, f"the code {error.code!r} is one of Interlock's own and must not be declared again")


async def refuses_unknown_parameters(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """Parameters that the model does not have are refused."""
    executor.parameters.model_validate(dict(sample.works))
    try:
        executor.parameters.model_validate({**sample.works, "surprise": 1})
    except ValidationError as refusal:
        _require("Extra inputs are not permitted" in str(refusal), f"an unknown parameter is refused for another reason: {refusal}")
    else:
        raise NotConforming("an unknown parameter is accepted: set extra='forbid'")


async def has_a_json_schema(executor: ExecutorClass, sample: ExecutorSample) -> None:  # noqa: ARG001  all checks take both
    """The parameters have a JSON Schema, from which the form in the builder is made."""
    schema = executor.parameters.model_json_schema()
    _require(schema.get("type") == "object" and schema.get("additionalProperties") is False, "the schema is not that of a closed object")
    _require(_is_json(schema), "the schema is not JSON")


async def gives_json_through_its_ports(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """The output is a JSON object, and leaves through ports that the executor has; only executors that declare `waits` wait."""
    async with _made(executor) as one:
        result = await _outcome(one, sample, sample.works)
    info = executor.info()
    ports = info.ports if info.ports_of is None else info.ports_of(executor.parameters.model_validate(dict(sample.works)))
    if isinstance(result, Completed):
        _require(isinstance(result.output, dict) and _is_json(result.output), f"the output is not a JSON object: {result.output!r:.200}")
        _require(set(result.ports) <= set(ports) or info.kind is NodeKind.END, f"it leaves through {result.ports}, but has {ports}")
        _require(result.context is None or _is_json(result.context), "the context that it sets is not JSON")
    elif isinstance(result, Waiting):
        _require(info.waits, "it waits and does not declare waits = True")
        _require(_is_json(result.to_json()), "what it waits for is not JSON")
    else:
        _require(info.kind is NodeKind.FAIL, f"it fails with the parameters that should work: {result}")


async def changes_nothing_it_is_given(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """Input and parameters are the same afterwards."""
    async with _made(executor) as one:
        context = _context(one, sample, sample.works)
        before = copy.deepcopy((context.input, context.parameters))
        with contextlib.suppress(NodeError):
            await one.execute(context)
    _require((context.input, context.parameters) == before, "it changed its input or its parameters")


async def runs_side_by_side(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """Several visits run at once, and give the same where the sample is pure."""
    async with _made(executor) as one:
        results = await asyncio.gather(*(_outcome(one, sample, sample.works) for _ in range(VISITS_AT_ONCE)))
    shown = [result.to_json() if isinstance(result, NodeError) else result for result in results]
    _require(not sample.is_pure or all(result == shown[0] for result in shown), "visits side by side give different results")


async def fails_with_a_typed_error(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """Errors are `RetryableError` or `FinalError`, have a code that is declared in `errors`, are JSON, and show no secret."""
    if sample.fails is None:
        return
    async with _made(executor) as one:
        try:
            await one.execute(_context(one, sample, sample.fails))
        except (RetryableError, FinalError) as raised:
            error = raised
        else:
            raise NotConforming("it does not fail with the parameters that should fail")
    shown = error.to_json()
    _require(_CODE.fullmatch(error.code) is not None, f"the code {error.code!r} is not in lower case with underscores")
    declared = {*(CODES.keys() - DATABASE_ONLY), *(declared.code for declared in executor.errors)}
    _require(error.code in declared or executor.kind is NodeKind.FAIL, f"the code {error.code!r} is not declared in errors")
    _require(shown.keys() == {"code", "message", "hint", "details", "retryable"}, f"the error has other fields: {', '.join(shown)}")
    _require(_is_json(shown), "the error is not JSON")
    _require(bool(error.message), "the error has no message")
    written = write_document(shown).decode() + repr(error) + repr(error.__cause__)
    secrets = [*sample.secrets, *(value for credential in sample.credentials.values() for value in credential.fields.values())]
    _require(not any(secret in written for secret in secrets), "the error shows a secret")


async def ends_when_cancelled(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """A cancelled execution ends with `CancelledError`, and the executor works afterwards."""
    if sample.hangs is None:
        return
    async with _made(executor) as one:
        await _outcome(one, sample, sample.works)
        context = _context(one, sample, sample.hangs)
        task = asyncio.create_task(one.execute(context))
        done, _ = await asyncio.wait({task}, timeout=HANG_SECONDS)
        _require(not done, "it ends by itself with the parameters that should hang")
        context.cancelled.set()
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_SECONDS)
        _require(task.done(), f"it goes on {CANCEL_SECONDS} s after it was cancelled")
        _require(task.cancelled(), "it does not let CancelledError through")
        _require(isinstance(await _outcome(one, sample, sample.works), Completed), "it does not work after a visit was cancelled")


async def closes_more_than_once(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """It is made without arguments, and can be closed unused and twice."""
    await executor().close()
    used = executor()
    await _outcome(used, sample, sample.works)
    await used.close()
    await used.close()


async def repeats_without_side_effects(executor: ExecutorClass, sample: ExecutorSample) -> None:
    """An executor that declares no side effects has none that Python can see, and another attempt gives the same where the sample is pure."""
    if executor.has_side_effects:
        return
    info = executor.info()
    _require(not info.credentials, "it declares that it has no side effects, and takes a credential")
    _require(not executor.takes, "it declares that it has no side effects, and takes capabilities")
    async with _made(executor) as one:
        first = await _outcome(one, sample, sample.works)
        context = _context(one, sample, sample.works)
        with _watching_for_effects() as seen:
            again = await _outcome_in(one, replace(context, assignment_id="", attempt=2, visit=2, idempotency_key="key-2"))
    _require(not seen, f"it declares that it has no side effects, and Python has seen {', '.join(sorted(set(seen)))}")
    shown = [result.to_json() if isinstance(result, NodeError) else result for result in (first, again)]
    _require(not sample.is_pure or shown[0] == shown[1], "it declares that it has no side effects, and another attempt gives another result")


Check: TypeAlias = Callable[[ExecutorClass, ExecutorSample], Awaitable[None]]

CHECKS: Final[tuple[Check, ...]] = (
    declares_its_type,
    refuses_unknown_parameters,
    has_a_json_schema,
    gives_json_through_its_ports,
    changes_nothing_it_is_given,
    runs_side_by_side,
    fails_with_a_typed_error,
    ends_when_cancelled,
    closes_more_than_once,
    repeats_without_side_effects,
)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotConforming(otherwise)


def _is_json(value: Any) -> bool:
    try:
        return bool(read_stored_json(write_json(value)) == value)
    except (TypeError, ValueError):
        return False


def _context(executor: NodeExecutor[Any], sample: ExecutorSample, parameters: Mapping[str, Any]) -> NodeExecutionContext[Any]:
    return attempt_context(executor, parameters, input=sample.input, credentials=sample.credentials)


async def _outcome(executor: NodeExecutor[Any], sample: ExecutorSample, parameters: Mapping[str, Any]) -> NodeExecutionResult | NodeError:
    return await _outcome_in(executor, _context(executor, sample, parameters))


async def _outcome_in(executor: NodeExecutor[Any], context: NodeExecutionContext[Any]) -> NodeExecutionResult | NodeError:
    try:
        return await executor.execute(context)
    except NodeError as error:
        return error


@contextlib.contextmanager
def _watching_for_effects() -> Iterator[list[str]]:
    """Gives a list of the audit events that others can notice, in all threads of the process."""
    seen: list[str] = []
    watchers = _watchers()
    watchers.append(seen)
    try:
        yield seen
    finally:
        watchers.remove(seen)


@cache
def _watchers() -> list[list[str]]:
    """Returns the lists that events are noted in. An audit hook cannot be removed, so there is one for the process, which usually has no list."""
    watchers: list[list[str]] = []

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if watchers and (event in _EFFECTS or (event == "open" and _writes(*arguments))):
            for seen in watchers:
                seen.append(event)

    sys.addaudithook(note)
    return watchers


def _writes(path: Any, mode: Any, flags: Any) -> bool:
    """Returns whether a file is opened to be written; the compiled modules that Python keeps do not count."""
    if "__pycache__" in str(path):
        return False
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@contextlib.asynccontextmanager
async def _made(executor: ExecutorClass) -> AsyncIterator[NodeExecutor[Any]]:
    one = executor()
    try:
        yield one
    finally:
        await one.close()
