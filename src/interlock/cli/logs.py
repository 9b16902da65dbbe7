"""How the processes that serve write their log: one style for all of them, on stderr."""

import logging
import sys
from enum import StrEnum
from typing import Annotated, Final

import typer

JSON_HANDLER: Final = "interlock json"


class LogStyle(StrEnum):
    TEXT = "text"
    JSON = "json"


LogOption = Annotated[
    LogStyle | None,
    typer.Option("--log", show_default=False, help="Lines for people or one JSON object a line, on stderr. Without it: text, or json with --json."),
]


def chosen_style(log: LogStyle | None, *, as_json: bool) -> LogStyle:
    return log or (LogStyle.JSON if as_json else LogStyle.TEXT)


def log_to_stderr(style: LogStyle, *, process: str) -> None:
    """Everything of Interlock from INFO on, of other packages from WARNING on; `process` says which of the processes it is."""
    from interlock.worker.logs import JsonFormatter

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style is LogStyle.JSON else _TextFormatter(TEXT, datefmt="%H:%M:%S"))
    handler.name = JSON_HANDLER if style is LogStyle.JSON else None
    handler.addFilter(_Naming(process))
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("interlock").setLevel(logging.INFO)


def logs_json() -> bool:
    """Whether `log_to_stderr` was called with JSON lines, so that a program reads stderr."""
    return any(handler.name == JSON_HANDLER for handler in logging.getLogger().handlers)


TEXT = "%(asctime)s %(levelname)-7s %(process_name)s: %(message)s"


class _TextFormatter(logging.Formatter):
    """A line for each event: what a database says over several lines stands on one. A traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name in logging
        record.message = " ".join(record.message.split())
        return super().formatMessage(record)


class _Naming(logging.Filter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def filter(self, record: logging.LogRecord) -> bool:
        record.process_name = self._process
        return True
