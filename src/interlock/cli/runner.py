"""Runs the body of a command, and turns every error into a message and an exit code."""

import logging
import os
import signal
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, Final

import typer

from interlock.cli.exit_codes import ExitCode
from interlock.cli.logs import LogStyle, chosen_style, log_to_stderr, logs_json
from interlock.cli.output import Output
from interlock.cli.problem import InvalidFiles, Problem

_KEY_HINT: Final = "set INTERLOCK_API_KEY to an API key of that server; you can make one in the browser, under Settings"
CommandBody = Callable[[Output], Coroutine[Any, Any, ExitCode]]


def run_command(body: CommandBody, *, as_json: bool, serves: bool = False) -> None:
    """Run the body and end with its exit code. A traceback is shown only if INTERLOCK_TRACEBACK is set.

    Args:
        serves: the body serves until it is stopped, so it gets the faster event loop.
    """
    output = Output(as_json=as_json)
    try:
        code = _run(_until_terminated(body(output)), serves=serves)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        code = ExitCode.COMPLETED
    except Exception as error:  # noqa: BLE001 - the last place that can turn it into a message
        if os.environ.get("INTERLOCK_TRACEBACK") and not logs_json():
            traceback.print_exc()
        code = _report(error, output)
    raise typer.Exit(code)


def run_service(body: CommandBody, *, log: LogStyle | None, as_json: bool, process: str, works: bool = True) -> None:
    """Run the body of a command that logs to stderr. Every error is in that log, from the first moment on.

    Args:
        log: None for text, or JSON where the command writes its answer as JSON.
        process: what the log calls this process.
        works: as `serves` of `run_command`.
    """
    log_to_stderr(chosen_style(log, as_json=as_json), process=process)
    run_command(body, as_json=as_json, serves=works)


def _run(main: Coroutine[Any, Any, ExitCode], *, serves: bool) -> ExitCode:
    if serves:
        from interlock.worker import run_fast

        return run_fast(main)
    import asyncio

    return asyncio.run(main)


async def _until_terminated(body: Coroutine[Any, Any, ExitCode]) -> ExitCode:
    """Run the body; SIGTERM cancels it, as Ctrl-C does, so that it closes what it opened."""
    import asyncio

    from interlock.stop_signals import stopping_on_signals

    task = asyncio.ensure_future(body)
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    try:
        with stopping_on_signals(terminate, signals=(signal.SIGTERM,)):
            return await task
    except asyncio.CancelledError:
        if terminated:
            return ExitCode.TERMINATED
        raise


def _report(error: BaseException, output: Output) -> ExitCode:
    if isinstance(error, InvalidFiles):
        from interlock.cli.definition_error_tables import errors_document, show_errors

        output.document(errors_document(error.files)) if output.as_json else show_errors(output, error.files)
        return ExitCode.FAILED
    problem = problem_of(error)
    if logs_json():
        more = {"event": "ended_by_problem", "code": problem.code, "where": problem.where, "hint": problem.hint, "exit_code": int(problem.exit_code)}
        logging.getLogger("interlock.cli").error(problem.message, extra=more, exc_info=error if os.environ.get("INTERLOCK_TRACEBACK") else None)
    if output.as_json or not logs_json():
        output.problem(problem)
    return problem.exit_code


def problem_of(error: BaseException) -> Problem:
    """Returns the problem that describes an error."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, BaseExceptionGroup):
        return problem_of(error.exceptions[0])
    return _interlock_problem(error) or _database_problem(error) or _internal_problem(error)


def _interlock_problem(error: BaseException) -> Problem | None:
    from interlock.errors import (
        DatabaseUnavailable,
        DatabaseUnsuitable,
        InterlockError,
        NotSignedIn,
        SchemaOutdated,
        ServerTooOld,
        ServerUnreachable,
    )

    if not isinstance(error, InterlockError):
        return None
    no_database = isinstance(error, DatabaseUnavailable | DatabaseUnsuitable | SchemaOutdated | ServerTooOld | ServerUnreachable)
    exit_code = ExitCode.DATABASE_UNAVAILABLE if no_database else ExitCode.REFUSED
    where = error.details or (f"request {error.request_id}" if error.request_id else "")
    hint = _KEY_HINT if isinstance(error, NotSignedIn) else error.hint or None
    return Problem(error.message, where=where or None, hint=hint, code=error.code, exit_code=exit_code)


def _database_problem(error: BaseException) -> Problem | None:
    from interlock.controlplane.database_errors import interlock_error
    from interlock.errors import DatabaseUnavailable

    known = interlock_error(error)
    if isinstance(known, DatabaseUnavailable):  # no connection to the address that the user gave
        known.hint = "check the address (--database, DATABASE_URL), and that the server runs; `interlock doctor` looks closer"
    return None if known is None else _interlock_problem(known)


def _internal_problem(error: BaseException) -> Problem:
    return Problem(
        f"{type(error).__name__}: {error}",
        hint="this is an error in Interlock; run the command again with INTERLOCK_TRACEBACK=1 to see where it happened",
        code="internal",
        exit_code=ExitCode.INTERNAL,
    )


def _silence_stdout() -> None:
    """Discard what is still written to stdout: its reader has closed it, and the last flush would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
