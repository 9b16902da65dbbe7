"""`ACTION_NODE/RUN_CODE`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interlock.json_text import UnreadableValue
from interlock.nodes.action_node.run_code.errors import ERRORS
from interlock.nodes.action_node.run_code.parameters import RunCodeParameters, is_variable
from interlock.nodes.action_node.run_code.printed import Printed
from interlock.nodes.action_node.run_code.sandbox import Program, Sandbox
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError, NodeError, RetryableError
from interlock.nodes.json_values import to_json_object
from interlock.nodes.results import Completed

if TYPE_CHECKING:
    from pydantic_monty import MontyError


class RunCode(NodeExecutor[RunCodeParameters]):
    """Runs Python code in a sandbox: in a process of its own, without files, network or environment, and with limits on time and memory.

    The code sees these variables: each key of the input by its name, `input` (all of it), `execution`, `subject`, and those in `values`, for example
    `{{ nodes.a.output }}` or `{{ context.key }}`. Of two with one name the later one counts. The output is the value of the last expression, or the
    variable `output` if the code does not end with an expression. Anything but a JSON object becomes `{"value": ...}`.

    The code can import a part of the standard library: json, re, math, datetime, decimal, random, itertools, functools, collections, dataclasses,
    hashlib, base64, csv, typing. If the code raises, takes too long, uses too much memory or crashes, the node fails at once; with `retry_on_failure`
    it is tried again.
    """

    type = "ACTION_NODE"
    subtype = "RUN_CODE"
    parameters = RunCodeParameters
    errors = ERRORS
    raw = frozenset({"code"})
    has_side_effects = False

    def __init__(self, *, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox or Sandbox()

    async def execute(self, context: NodeExecutionContext[RunCodeParameters]) -> Completed:
        from pydantic_monty import MontyError

        parameters, printed = context.parameters, Printed()
        program = Program(
            code=parameters.code,
            variables=_variables(context),
            timeout_seconds=parameters.timeout_seconds,
            memory_bytes=parameters.memory_mb * 1024 * 1024,
        )
        kind = RetryableError if parameters.retry_on_failure else FinalError
        try:
            output = to_json_object(await self._sandbox.run(program, printed))
        except UnreadableValue as error:
            details = {**error.details, "stdout": printed.text}
            raise kind("code_output", f"the output of the code is not JSON: {error.sentence}", details=details, hint=error.hint) from None
        except MontyError as error:
            raise _failure(kind, error, printed, parameters) from None
        if printed.text:
            context.logger.info("printed by the code: %s", printed.text[:2000])
        return Completed(output={**output, "stdout": printed.text} if parameters.keep_stdout else output)

    async def close(self) -> None:
        await self._sandbox.close()


def _variables(context: NodeExecutionContext[RunCodeParameters]) -> Mapping[str, Any]:
    """Which outputs, and whether the context, travel to a worker is decided by a node's expressions; so code asks for them in `values`."""
    by_name = {name: value for name, value in context.input.items() if is_variable(name)}
    shared = {"execution": dict(context.scope.execution), "subject": context.subject}
    return {**by_name, **shared, "input": dict(context.input), **context.parameters.values}


def _failure(kind: type[NodeError], error: "MontyError", printed: Printed, parameters: RunCodeParameters) -> NodeError:
    from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

    details: dict[str, Any] = {"stdout": printed.text}
    if isinstance(error, MontyCrashedError) and not error.timed_out:
        return kind("code_crashed", "the process that ran the code died", details={**details, "reason": str(error)[:500]})
    if isinstance(error, MontyCrashedError) or _ran_out_of_time(error):
        return kind("code_timeout", f"the code ran longer than {parameters.timeout_seconds:g} s", details=details, hint="raise timeout_seconds")
    if not isinstance(error, (MontyRuntimeError, MontySyntaxError)):
        return kind("code_failed", _stored(str(error), 500), details=details)
    cause, frames = error.exception(), error.traceback()
    if isinstance(cause, MemoryError):
        return kind("code_memory", f"the code needs more than {parameters.memory_mb} MiB", details=details, hint="raise memory_mb, up to 1024")
    details |= {"exception": type(cause).__name__, "line": frames[-1].line if frames else None, "traceback": _stored(error.display(), 4000)}
    return kind("code_syntax" if isinstance(error, MontySyntaxError) else "code_failed", _stored(error.display("type-msg"), 500), details=details)


def _ran_out_of_time(error: "MontyError") -> bool:
    """The sandbox's own TimeoutError has no traceback, or says that it slept too long; one that the code raises is an exception like any other."""
    from pydantic_monty import MontyRuntimeError

    if not isinstance(error, MontyRuntimeError) or not isinstance(error.exception(), TimeoutError):
        return False
    return not error.traceback() or str(error.exception()).startswith("sleep limit exceeded")


def _stored(text: str, limit: int) -> str:
    """Text from inside, cut in its middle and without what PostgreSQL cannot store."""
    clean = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= limit else f"{clean[: limit // 2]} ... {clean[-limit // 2 :]}"
