"""The log of services: one style for all of them, on stderr."""

import logging
import sys
import threading
from enum import StrEnum
from typing import Annotated, Final

import typer

JSON_HANDLER: Final = "interlock json"


class LogStyle(StrEnum):
    TEXT = "text"
    JSON = "json"


LogOption = Annotated[
    LogStyle | None,
    typer.Option(
        "--log", show_default=False, help="Log to stderr as text, or as one JSON object for each line. Without it: text; with --json: json."
    ),
]


def chosen_style(log: LogStyle | None, *, as_json: bool) -> LogStyle:
    return log or (LogStyle.JSON if as_json else LogStyle.TEXT)


def log_to_stderr(style: LogStyle, *, process: str) -> None:
    """Log everything of Interlock from INFO on, and of other packages from WARNING on. Each line names this process by `process`."""
    from interlock.worker.logs import JsonFormatter

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style is LogStyle.JSON else _TextFormatter(TEXT, datefmt="%H:%M:%S"))
    handler.name = JSON_HANDLER if style is LogStyle.JSON else None
    handler.addFilter(_ProcessNamer(process))
    logging.captureWarnings(True)
    threading.excepthook = _log_error_of_thread
    sys.unraisablehook = _log_unraisable
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("interlock").setLevel(logging.INFO)


def logs_json() -> bool:
    """Returns whether `log_to_stderr` was called with JSON lines, so that a program reads stderr."""
    return any(handler.name == JSON_HANDLER for handler in logging.getLogger().handlers)


def _log_error_of_thread(args: threading.ExceptHookArgs) -> None:
    """Python would print it as text, whatever the style of the log."""
    if args.exc_value is None:
        return
    name = "a thread" if args.thread is None else f"the thread {args.thread.name}"
    logging.getLogger("interlock").error("%s ended with an error", name, exc_info=args.exc_value)


def _log_unraisable(args: "sys.UnraisableHookArgs") -> None:
    """An error in a finalizer; Python would print it as text, too."""
    logging.getLogger("interlock").error("%s: %r", args.err_msg or "an error was ignored in", args.object, exc_info=args.exc_value)


TEXT = "%(asctime)s %(levelname)-7s %(process_name)s: %(message)s"


class _TextFormatter(logging.Formatter):
    """One line for each event, also where a message of the database has several. A traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name in logging
        record.message = " ".join(record.message.split())
        return super().formatMessage(record)


class _ProcessNamer(logging.Filter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def filter(self, record: logging.LogRecord) -> bool:
        record.process_name = self._process
        return True
