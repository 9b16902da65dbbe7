"""Results that are not yet reported. Knows nothing of the database."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from interlock.json_text import STANDARD_LIMITS, UnreadableValue, WrittenJson, write_each, write_json
from interlock.worker.settings import BYTES_PER_EXCHANGE, ROWS_PER_EXCHANGE

MOST_BYTES: Final = BYTES_PER_EXCHANGE - 64 * 1024
_LIMITS: Final = STANDARD_LIMITS.inside(1)
BUSY_SECONDS: Final = 0.005  # not at once: the third try waits in the database, and everything else waits with it

JsonObject = dict[str, Any]
Result = tuple[str, str, int, JsonObject]  # execution, assignment, attempt; what came of it


class UnstorableError(ValueError):
    """A result that the database cannot store."""

    def __init__(self, code: str, message: str, *, hint: str, details: JsonObject | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details or {}


@dataclass(slots=True, eq=False)
class Report:
    """One result. `body` is its JSON object."""

    execution_id: str
    assignment_id: str
    attempt: int
    body: bytes
    tries: int = 0
    is_replacement: bool = False

    def encoded(self) -> bytes:
        return b'%b,"tries":%d}' % (self.body[:-1], self.tries) if self.tries else self.body


@dataclass(frozen=True, slots=True)
class Batch:
    """The results of one exchange. `is_suspect`: the database refused an earlier batch, and one of these may be the reason."""

    reports: Sequence[Report]
    is_suspect: bool = False

    def encoded(self) -> WrittenJson:
        """Returns the results as a JSON array that is already written."""
        return WrittenJson(b"[%b]" % b",".join([report.encoded() for report in self.reports]))


class Outbox:
    """Holds the results of one lane, in the order in which they arrived.

    Attributes:
        changed: set whenever there may be a reason for an exchange of this lane.
    """

    def __init__(self, payload_limit: int) -> None:
        self.changed = asyncio.Event()
        self._payload_limit = payload_limit
        self._reports: deque[Report] = deque()
        self._suspects: deque[Sequence[Report]] = deque()
        self._deferred: set[Report] = set()
        self._was_ordinary = True  # whether the last batch was one; suspects and ordinary batches take turns

    def __len__(self) -> int:
        """Returns how many results can be sent now."""
        return len(self._reports) + sum(map(len, self._suspects))

    @property
    def is_empty(self) -> bool:
        return not self and not self._deferred

    def put(self, results: Sequence[Result]) -> None:
        """Adds results. One that cannot be stored becomes a failure that says why."""
        bodies = encode_all(results, self._payload_limit)
        self._reports.extend(
            Report(execution_id, assignment_id, attempt, body)
            for (execution_id, assignment_id, attempt, _), body in zip(results, bodies, strict=True)
        )
        self.changed.set()

    def take(self) -> Batch:
        """Removes and returns the next results, oldest first: at most 1,000 and 8 MiB together. Suspects go alone, in turns with the others."""
        if self._suspects and (self._was_ordinary or not self._reports):
            self._was_ordinary = False
            return Batch(self._suspects.popleft(), is_suspect=True)
        self._was_ordinary = True
        taken: list[Report] = []
        size = 2
        while self._reports and len(taken) < ROWS_PER_EXCHANGE:
            size += len(self._reports[0].body) + 32  # and `tries`
            if taken and size > MOST_BYTES:
                break
            taken.append(self._reports.popleft())
        return Batch(taken)

    def defer_report(self, report: Report) -> float:
        """Keeps a result that was answered `busy`, because somebody else holds the execution. Returns the seconds until `send_again`."""
        report.tries += 1
        self._deferred.add(report)
        return BUSY_SECONDS * 4.0 ** (min(report.tries, 3) - 1)

    def send_again(self, report: Report) -> None:
        if report in self._deferred:
            self._deferred.remove(report)
            self._reports.append(report)
            self.changed.set()

    def replace(self, report: Report, refusal: UnstorableError) -> None:
        """Puts a failure that says why in the place of a result that the database refused."""
        body = encode(report.execution_id, report.assignment_id, report.attempt, failure_of(refusal), self._payload_limit)
        self._reports.append(Report(report.execution_id, report.assignment_id, report.attempt, body, is_replacement=True))

    def split_refused(self, batch: Batch, refusal: UnstorableError) -> Report | None:
        """Splits a batch that the database refused into halves, until the one result is found that is the reason.

        Returns:
            The result that the database refuses in every form, if there is one; it is in the outbox again.
        """
        reports = batch.reports
        if len(reports) > 1:
            half = len(reports) // 2
            self._suspects.extendleft([reports[half:], reports[:half]])
            return None
        report = reports[0]
        if not report.is_replacement:
            self.replace(report, refusal)
            return None
        self._reports.append(report)
        return report

    def split_slow(self, batch: Batch) -> bool:
        """Splits a batch that took the database too long: each result goes alone, and one that was alone becomes broken.

        Returns:
            False if the broken one was too slow as well; it is in the outbox again.
        """
        reports = batch.reports
        if len(reports) > 1:
            self._suspects.extend([report] for report in reports)
            return True
        report = reports[0]
        self._suspects.append([report if report.is_replacement else broken(report)])
        return not report.is_replacement

    def clear(self) -> None:
        self._reports.clear()
        self._suspects.clear()
        self._deferred.clear()


def failure_of(refusal: UnstorableError) -> JsonObject:
    error = {"code": refusal.code, "message": refusal.message, "hint": refusal.hint, "details": refusal.details, "retryable": False}
    return {"outcome": "failed", "error": error}


def broken(report: Report) -> Report:
    """Returns what is sent in the place of a result that takes the database too long: it fails its execution at once."""
    error = {
        "code": "statement_too_slow",
        "message": "the database took too long to move the execution on after this result",
        "hint": "look for a node that makes very many visits or very large outputs; then start the execution again",
    }
    body = encode(report.execution_id, report.assignment_id, report.attempt, {"outcome": "broken", "error": error}, BYTES_PER_EXCHANGE)
    return Report(report.execution_id, report.assignment_id, report.attempt, body, is_replacement=True)


def result_refused(reason: str) -> UnstorableError:
    """Returns the error of an assignment whose result the database refused."""
    hint = "look at what the node returned, and at the log of the worker; then retry the execution"
    return UnstorableError("result_refused", f"the database refused the result: {reason}", hint=hint)


def encode_all(results: Sequence[Result], limit: int) -> list[bytes]:
    """Returns each result with its ids as a JSON object. One that cannot be stored becomes a failure that says why."""
    written = write_each([with_ids(*result) for result in results], _LIMITS)
    return [text if text is not None and len(text) <= limit else encode(*result, limit) for text, result in zip(written, results, strict=True)]


def with_ids(execution_id: str, assignment_id: str, attempt: int, result: JsonObject) -> JsonObject:
    return {"execution_id": execution_id, "assignment_id": assignment_id, "attempt": attempt, **result}


def encode(execution_id: str, assignment_id: str, attempt: int, result: JsonObject, limit: int) -> bytes:
    """Returns the result with its ids as a JSON object; a failure that says why in the place of one that cannot be stored."""
    try:
        return write_result(with_ids(execution_id, assignment_id, attempt, result), limit)
    except UnstorableError as refusal:
        return write_result(with_ids(execution_id, assignment_id, attempt, failure_of(refusal)), limit)


def write_result(result: JsonObject, limit: int) -> bytes:
    """Returns the JSON text of a result.

    Raises:
        UnstorableError: no JSON, larger than `limit`, or with what PostgreSQL cannot keep.
    """
    try:
        encoded = write_json(result, _LIMITS)
    except UnreadableValue as problem:
        raise refusal_of(problem) from None
    if len(encoded) > limit:
        raise UnstorableError(
            "result_too_large",
            f"the result is {len(encoded)} bytes of JSON, at most {limit} are allowed",
            hint="store it elsewhere, and return a reference to it",
            details={"bytes": len(encoded), "limit": limit},
        )
    return encoded


def refusal_of(problem: UnreadableValue) -> UnstorableError:
    """Why a result that is not JSON is not stored."""
    if problem.code == "nul_byte":
        message = f"the result contains the character NUL (U+0000) at {problem.place}, which PostgreSQL cannot store in JSON"
        return UnstorableError("result_not_storable", message, hint="remove it from the text, or return the bytes as base64", details=problem.details)
    return UnstorableError("result_not_json", f"the result is not JSON: {problem.sentence}", hint=problem.hint, details=problem.details)
