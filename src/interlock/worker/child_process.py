"""The process of an executor with `isolation = "process"`: `python -m interlock.worker.child_process SOCKET MODULE CLASS`, started by a worker."""

import asyncio
import logging
import os
import pickle
import socket
import sys
import threading
import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from interlock.json_text import STANDARD_LIMITS, UnreadableValue, shown_json, write_json
from interlock.nodes import Completed, Credential, Credentials, FinalError, NodeError, NodeExecutionContext, NodeExecutor, Waiting
from interlock.nodes.credential import SecretFields
from interlock.worker.outbox import refusal_of


class Connection:
    """The connection to the worker. A message has four bytes of length and a body; reads and writes block, because executors do, too."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._writing = threading.Lock()

    def read(self) -> dict[str, Any] | None:
        """Returns the next assignment, or None when the worker has closed the connection."""
        head = self._read_exactly(4)
        message = self._read_exactly(int.from_bytes(head)) if head else b""
        return pickle.loads(message) if message else None  # noqa: S301 - from the worker that started this process

    def write(self, answer: Mapping[str, Any]) -> None:
        message = encode_answer(answer)
        with self._writing:
            self._socket.sendall(len(message).to_bytes(4) + message)

    def _read_exactly(self, length: int) -> bytes:
        parts = b""
        while len(parts) < length:
            part = self._socket.recv(min(length - len(parts), 1_048_576))
            if not part:
                return b""
            parts += part
        return parts


class LogOverConnection(logging.Handler):
    """Sends what an executor logs to the worker, which knows the ids and masks secrets."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def emit(self, record: logging.LogRecord) -> None:
        self._connection.write({"kind": "log", "level": record.levelno, "message": self.format(record)})


def encode_answer(answer: Mapping[str, Any]) -> bytes:
    """Returns the answer as JSON. A result that is not JSON becomes an error that says so."""
    if answer["kind"] not in {"completed", "waiting"}:
        return write_json(shown_json(answer))
    try:
        return write_json(answer, STANDARD_LIMITS.inside(1))
    except UnreadableValue as problem:
        refusal = refusal_of(problem)
        error = FinalError(refusal.code, refusal.message, hint=refusal.hint, details=refusal.details)
        return write_json(error_answer(error))


def error_answer(error: NodeError) -> dict[str, Any]:
    return {
        "kind": "error",
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "details": error.details,
        "hint": error.hint,
    }


async def answer_of(executor: NodeExecutor[Any], context: NodeExecutionContext[Any]) -> Mapping[str, Any]:
    """Executes, and returns how it ended. Never raises."""
    try:
        result: Any = await executor.execute(context)
    except NodeError as error:
        return error_answer(error)
    except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001 - the worker must hear of whatever a plug-in raises
        return {"kind": "raised", "exception": type(error).__qualname__, "message": str(error), "traceback": traceback.format_exc()}
    if isinstance(result, Completed):
        return {"kind": "completed", "output": result.output, "port": result.port, "context": result.context}
    if isinstance(result, Waiting):
        return {"kind": "waiting", "wait": result.to_json()}
    return error_answer(FinalError("result_malformed", f"the executor returned {type(result).__name__}, it must return Completed or Waiting"))


def context_of(fields: dict[str, Any], logger: logging.Logger) -> NodeExecutionContext[Any]:
    credentials = {
        parameter: Credential(name=one["name"], kind=one["kind"], fields=SecretFields(one["fields"]), allowed_hosts=one["allowed_hosts"])
        for parameter, one in fields.pop("credentials").items()
    }
    return NodeExecutionContext(**fields, credentials=Credentials(credentials), logger=logger)


def end_with_worker() -> None:
    """Ends this process when its standard input ends, whatever the executor does."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os._exit(1)

    threading.Thread(target=wait, name="worker", daemon=True).start()


def find_class(module: str, name: str) -> type[NodeExecutor[Any]]:
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    executor: type[NodeExecutor[Any]] = found
    return executor


def main() -> None:
    end_with_worker()
    connection = Connection(socket.socket(fileno=int(sys.argv[1])))
    logger = logging.getLogger("interlock.nodes")
    logger.addHandler(LogOverConnection(connection))
    logger.setLevel(logging.INFO)
    with asyncio.Runner() as runner:
        executor = find_class(sys.argv[2], sys.argv[3])()
        while (fields := connection.read()) is not None:
            connection.write(runner.run(answer_of(executor, context_of(fields, logger))))
        runner.run(executor.close())


if __name__ == "__main__":
    main()
