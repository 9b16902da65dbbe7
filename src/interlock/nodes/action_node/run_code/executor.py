"""`ACTION_NODE/RUN_CODE`."""

from collections.abc import Mapping
from typing import Any

from interlock.json_text import UnreadableValue
from interlock.nodes.action_node.run_code.errors import ERRORS
from interlock.nodes.action_node.run_code.failures import failure
from interlock.nodes.action_node.run_code.parameters import RunCodeParameters, is_variable
from interlock.nodes.action_node.run_code.printed import Printed
from interlock.nodes.action_node.run_code.sandbox import Program, Sandbox
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError, RetryableError
from interlock.nodes.json_values import to_json_object
from interlock.nodes.results import Completed


class RunCode(NodeExecutor[RunCodeParameters]):
    """Runs Python code in a sandbox: in a process of its own, without files, network or environment, and with limits on time and memory.

    The code sees these variables: each key of the input by its name, `input` (all of it), `execution`, `subject`, and those in `values`, for example
    `{{ nodes.a.output }}` or `{{ context.key }}`. Of two with one name the later one counts. The output is the value of the last expression, or the
    variable `output` if the code does not end with an expression. Anything but a JSON object becomes `{"value": ...}`.

    The output is data: text, numbers, true, false, null, lists, tuples, and dicts with text keys. Dates and times become ISO 8601, durations seconds,
    decimals numbers if no digit is lost (else text), bytes base64; a Counter and a defaultdict are dicts, a deque and a namedtuple lists. Anything
    else (a function, a class, an object, a set, a list that holds itself) is the error `code_output`, with its place.

    The code can import a part of the standard library: asyncio, base64, binascii, bisect, collections (Counter, defaultdict, deque, namedtuple),
    copy, csv (reader, writer, DictReader, DictWriter), dataclasses, datetime, decimal, functools, hashlib, io (StringIO), itertools, json, math,
    random, re, time, typing, unicodedata. Of os, pathlib and sys it has what needs no machine. The sandbox has no inheritance of classes, decorators
    of methods, `del`, or exceptions with more than one text. To fail, raise an exception; `exit()`, `sys.exit()` and `SystemExit` are refused with
    a message that says so.

    If the code raises, takes too long, uses too much memory or crashes, the node fails at once; with `retry_on_failure` it is tried again.
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
            raise failure(error, printed, parameters) from None
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
