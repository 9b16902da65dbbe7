"""Writes the log as JSON, one object a line."""

import logging
from datetime import UTC, datetime
from typing import Any, Final

from interlock.json_text import write_document

STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
MOST_CHARACTERS: Final = 16_000


class JsonFormatter(logging.Formatter):
    """Writes time, level, logger and message, then what the caller passed as `extra` (`event`, `execution_id`, `assignment_id` …)."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:MOST_CHARACTERS],
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)[-MOST_CHARACTERS:]
        elif record.exc_text:  # the exception itself was dropped, because secrets had to be masked
            line["traceback"] = record.exc_text[-MOST_CHARACTERS:]
        return write_document(line).decode()
