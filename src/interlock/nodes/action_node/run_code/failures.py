"""Says what a program died of, in words that help its author."""

import ast
import re
from typing import TYPE_CHECKING, Any, Final

from interlock.nodes.action_node.run_code.parameters import RunCodeParameters
from interlock.nodes.action_node.run_code.printed import Printed
from interlock.nodes.errors import FinalError, NodeError, RetryableError

if TYPE_CHECKING:
    from pydantic_monty import MontyError, MontyRuntimeError, MontySyntaxError

MODULES: Final = (
    "asyncio", "base64", "binascii", "bisect", "collections", "copy", "csv", "dataclasses", "datetime", "decimal", "functools", "hashlib", "io",
    "itertools", "json", "math", "os", "pathlib", "random", "re", "sys", "time", "typing", "unicodedata",
)  # fmt: skip
"""What code can import."""
COLLECTIONS: Final = ("Counter", "defaultdict", "deque", "namedtuple")
CSV: Final = ("DictReader", "DictWriter", "reader", "writer")

_END_HINT: Final = (
    "the code ends after its last line, and its last expression or the variable `output` is the output; to fail, raise ValueError with the reason"
)
_ENDS_PROCESS: Final = re.compile(r"name '(exit|quit)' is not defined|module '(sys|os)' has no attribute '(exit|_exit|abort|kill)'")
_NO_MODULE: Final = re.compile(r"No module named '([^']*)'|cannot import name '([^']*)' from '(\w+)'|module '(\w+)' has no attribute '(\w+)'")
_NOT_THERE: Final = re.compile(r"The monty syntax parser does not yet support (.+)")
_ARGUMENTS: Final = "exceptions can only be called with zero or one string argument"
_ENDING: Final = frozenset({"SystemExit", "KeyboardInterrupt", "GeneratorExit"})
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def failure(error: "MontyError", printed: Printed, parameters: RunCodeParameters) -> NodeError:
    """Returns the error of the node for the error of the interpreter."""
    from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

    kind = RetryableError if parameters.retry_on_failure else FinalError
    details: dict[str, Any] = {"stdout": printed.text}
    if isinstance(error, MontyCrashedError) and not error.timed_out:
        return kind("code_crashed", "the process that ran the code died", details={**details, "reason": str(error)[:500]})
    if isinstance(error, MontyCrashedError) or _ran_out_of_time(error):
        return kind("code_timeout", f"the code ran longer than {parameters.timeout_seconds:g} s", details=details, hint="raise timeout_seconds")
    if not isinstance(error, (MontyRuntimeError, MontySyntaxError)):
        return kind("code_failed", _stored(str(error), 500), details=details)
    if isinstance(error.exception(), MemoryError):
        return kind("code_memory", f"the code needs more than {parameters.memory_mb} MiB", details=details, hint="raise memory_mb, up to 1024")
    return _raised(kind, error, details, parameters.code)


def _raised(kind: type[NodeError], error: "MontyRuntimeError | MontySyntaxError", details: dict[str, Any], code: str) -> NodeError:
    name, text = type(error.exception()).__name__, error.display("msg")
    line, traceback = _traceback(error, code)
    details |= {"exception": name, "line": line, "traceback": _stored(traceback, 4000)}
    if _ARGUMENTS in text:
        name, line = _odd_exception(code)
        details |= {"exception": name, "line": line}
        if name not in _ENDING:
            hint = f'give one text, for example {name}(f"no price for {{item}}")'
            return kind("code_failed", f"line {line}: the sandbox's exceptions take one text and nothing else", details=details, hint=hint)
        return kind("code_failed", f"the code tried to end the process with {name}", details=details, hint=_END_HINT)
    if name in _ENDING or name == "BaseException":
        shown = f"{name}: {text}" if text and text != name else name
        return kind("code_failed", _stored(f"the code tried to end the process with {shown}", 500), details=details, hint=_END_HINT)
    if name in {"NameError", "AttributeError"} and (found := _ENDS_PROCESS.search(text)):
        call = found[1] or f"{found[2]}.{found[3]}"
        return kind("code_failed", f"the code tried to end the process with {call}, which the sandbox does not have", details=details, hint=_END_HINT)
    if name == "NotImplementedError" and (found := _NOT_THERE.fullmatch(text)):
        return kind("code_syntax", _stored(f"line {line}: the sandbox's Python does not have {found[1]}", 500), details=details)
    return kind(
        "code_syntax" if name == "SyntaxError" else "code_failed",
        _stored(error.display("type-msg"), 500),
        details=details,
        hint=_module_hint(name, text),
    )


def _module_hint(name: str, text: str) -> str | None:
    if name not in {"ModuleNotFoundError", "ImportError", "AttributeError"} or (found := _NO_MODULE.search(text)) is None:
        return None
    module = found[3] or found[4]
    known = {"collections": COLLECTIONS, "csv": CSV, "io": ("StringIO",)}.get(module or found[1])
    if known is not None:
        return f"of {module or found[1]} the sandbox has {', '.join(known)}"
    return None if module else f"the sandbox has {', '.join(MODULES)}"


def _odd_exception(code: str) -> tuple[str, int | None]:
    """Returns the name and the line of the first exception in the code that has arguments which the sandbox refuses; its own error has no line."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        is_text = len(node.args) == 1 and isinstance(node.args[0], ast.JoinedStr | ast.Constant) and not _is_number(node.args[0])
        if name.endswith(("Error", "Exception", "Exit", "Interrupt", "Iteration", "Group", "Warning")) and (
            node.keywords or (node.args and not is_text)
        ):
            return name, node.lineno
    return "ValueError", None


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def _traceback(error: "MontyRuntimeError | MontySyntaxError", code: str) -> tuple[int | None, str]:
    """Returns the innermost line of the code, and the traceback with the lines as their author wrote them."""
    lines = _LINE_END.split(code)
    frames = error.traceback()
    own = [frame for frame in frames if frame.filename == frames[0].filename and 0 < frame.line <= len(lines)]
    shown = [f"  line {frame.line}, in {frame.function_name or '<module>'}\n    {lines[frame.line - 1].strip()}\n" for frame in own]
    return (own[-1].line if own else None), f"Traceback (most recent call last):\n{''.join(shown)}{error.display('type-msg')}"


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
