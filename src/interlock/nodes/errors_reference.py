"""Writes the page of errors, and the same list for the browser, from where they are defined.

`python -m interlock.nodes.errors_reference docs/errors.md web/src/errors/codes.ts` writes both: the classes of `interlock.errors`, the closed list
of `interlock.assignment_errors`, and what the executors that come with Interlock declare.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from interlock.assignment_errors import GROUPS, AssignmentErrorCode
from interlock.controlplane.reference import assignment_codes_in_sql, call_errors_section
from interlock.definition.validation.codes import ERRORS, WARNINGS
from interlock.nodes.factory import Executor, NodeExecutorFactory

_HEAD: Final = """# Errors

Every error has a **code** that never changes, a **message** that says what happened, and a **hint** that says how to fix it.

- [Errors of calls](#errors-of-calls): what a call to the API, the command line, the client or SQL answers when it cannot do what was asked.
  Their codes begin with `IL`.
- [Errors of assignments](#errors-of-assignments): why a visit of a node failed, or its execution. Their codes are words.
- [Errors of definitions](#errors-of-definitions): why a workflow is refused when it is saved, and what it is warned of. Their codes are words, too.

This page is written by `python -m interlock.nodes.errors_reference`; tests compare it with everything that SQL and Python raise.
"""
_OF_ASSIGNMENTS: Final = """## Errors of assignments

An assignment that failed or was cancelled has an error: `code`, `message`, `hint`, `details` (values for programs, an object), `retryable` (whether
another attempt may succeed) and `attempt` (which one failed). An execution that ended by it has the same error. *Retryable* errors are tried again
as the node's `retry` says; what follows the last one is said by its `on_error`.

A code is one of this page, or one that an author chose: the `code` of a `FAIL`, or what an executor of another package raises. **The rule that tells
them apart:** what stands on this page always means what stands here. A definition whose `FAIL` has a code of this page (other than `failed`) is
refused when it is saved (`reserved_code`). Executors of other packages list their codes in the attribute `errors`, and use none of these with
another meaning. Codes about how an execution moves (`join_unfilled`, `cancelled`, …) are refused from them, and from workers over the API. For a
code that is not on this page, ask the author of the workflow or of the package.

An execution that the database could not move at all has the code [IL099](#il099-internalerror).
"""
_OF_DEFINITIONS: Final = """## Errors of definitions

A definition with an error is not saved: the answer is [IL020](#il020-definitionrefused), with `code`, `place` (a JSON pointer), `node`, `message`
and `hint` of each error. `interlock validate` and the builder show the same.

| code | what is wrong |
| --- | --- |"""
_WARNINGS_OF_DEFINITIONS: Final = """
A warning does not stop a definition from being saved.

| code | what to look at |
| --- | --- |"""
_TITLES: Final[Mapping[str, str]] = {
    "the database": "Raised by the database",
    "the worker": "Raised by the worker",
    "credentials": "Raised when a node uses a credential",
    "expressions": "Raised when an expression or a template has no value",
}
_RETRYABLE: Final[Mapping[bool | None, str]] = {True: "retryable", False: "not retryable", None: "the error itself says whether it is retryable"}


def write_page(executors: Sequence[Executor]) -> str:
    """docs/errors.md."""
    raised_by = assignment_codes_in_sql()
    parts = [_HEAD, call_errors_section(), _OF_ASSIGNMENTS]
    for group, errors in GROUPS.items():
        parts += [f"### {_TITLES[group]}\n", *(_entry(error, raised_by.get(error.code, ())) for error in errors)]
    for executor in executors:
        if executor.errors:
            parts += [f"### Raised by {executor.type} / {executor.subtype}\n", *(_entry(error, ()) for error in executor.errors)]
    return "\n".join([*parts, _OF_DEFINITIONS, *_definition_rows(ERRORS), _WARNINGS_OF_DEFINITIONS, *_definition_rows(WARNINGS), ""])


def _definition_rows(codes: Mapping[str, str]) -> Iterator[str]:
    return (f"| `{code}` | {text} |" for code, text in sorted(codes.items()))


def write_module(executors: Sequence[Executor]) -> str:
    """The list for the browser: the usual cause of each code, and how to fix it."""
    rows = "\n".join(
        f"  [{_text(error.code)}, {{ cause: {_text(error.cause)}, hint: {_text(error.hint)} }}],"
        for error in sorted(_all(executors), key=lambda error: error.code)
    )
    return (
        "/** What is known of an error by its code alone. Written by `make generate` from the list that docs/errors.md is printed from. */\n"
        "\n"
        "export interface CodeFacts {\n"
        "  readonly cause: string;\n"
        "  readonly hint: string;\n"
        "}\n"
        "\n"
        "export const CODES: ReadonlyMap<string, CodeFacts> = new Map([\n"
        f"{rows}\n"
        "]);\n"
    )


def own_executors() -> list[Executor]:
    """Those that come with Interlock, by name."""
    return [executor for executor in NodeExecutorFactory.from_entry_points().executors() if type(executor).__module__.startswith("interlock.")]


def _all(executors: Sequence[Executor]) -> Iterator[AssignmentErrorCode]:
    for errors in GROUPS.values():
        yield from errors
    for executor in executors:
        yield from executor.errors


def _entry(error: AssignmentErrorCode, functions: Sequence[str]) -> str:
    by = f" · raised by {', '.join(f'`{name}`' for name in functions)}" if functions else ""
    return "\n".join(
        [
            f"#### {error.code}",
            "",
            f"{error.meaning} ({_RETRYABLE[error.retryable]}{by})",
            "",
            f"- *Usual cause:* {error.cause}",
            f"- *How to fix it:* {error.hint}",
            "",
        ]
    )


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def main() -> None:
    """Writes the page and the module to the two files that are named."""
    page, module = (Path(name) for name in sys.argv[1:3])
    executors = own_executors()
    page.write_text(write_page(executors), encoding="utf-8")
    module.write_text(write_module(executors), encoding="utf-8")


if __name__ == "__main__":
    main()
