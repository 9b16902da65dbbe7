"""Results that are not yet reported. Knows nothing of the database."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from interlock.clock import Signal
from interlock.json_text import STANDARD_LIMITS, UnreadableValue, WrittenJson, write_each, write_json
from interlock.worker.ahead import Ahead
from interlock.worker.held import HeldAssignment
from interlock.worker.settings import BYTES_PER_EXCHANGE, ROWS_PER_EXCHANGE
from interlock.worker.stored_order import is_exact, stored_value

MOST_BYTES: Final = BYTES_PER_EXCHANGE - 64 * 1024
OUTPUT: Final = b'"output":'
_LIMITS: Final = STANDARD_LIMITS.inside(1)
BUSY_SECONDS: Final = 0.005  # not at once: the third try waits in the database, and everything else waits with it

JsonObject = dict[str, Any]
Result = tuple[HeldAssignment, JsonObject]  # what came of an assignment


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
    """One result.

    Attributes:
        held: the assignment that it is of.
        body: its JSON object.
        is_exact: whether a value that is read from `body` is what the database returns for it, but for the order of keys.
        ahead: what ran ahead of it, and is reported with it; None also if it is sent again alone because the database refused them together.
    """

    held: HeldAssignment
    body: bytes
    is_exact: bool
    ahead: Ahead | None = None
    tries: int = 0
    is_replacement: bool = False

    @property
    def execution_id(self) -> str:
        return self.held.key[0]

    @property
    def assignment_id(self) -> str:
        return self.held.key[1]

    @property
    def size(self) -> int:
        """At most how many bytes it takes in a request."""
        return len(self.body) + 64 + (0 if self.ahead is None else self.ahead.size)

    def output(self) -> Any:
        """Returns a new copy of its output, as the database returns it, if `is_exact`. It has no port and sets no context."""
        text = self.body[self.body.index(OUTPUT) + len(OUTPUT) : -1]
        return stored_value(text)

    def input_of(self, visit: Sequence[Any]) -> Any:
        """Returns the input of a visit that was handed over after this result, see `SlimExchange`."""
        if len(visit) == 2:
            return self.output()
        if visit[2] is not None:
            return visit[2]
        # a fourth value says that what ran ahead was recorded, too
        return self.ahead.output() if self.ahead is not None and len(visit) > 3 else self.output()

    def encoded(self) -> bytes:
        """Returns its JSON object. If the worker cannot know what the database makes of its output, it asks for an echo."""
        more = b"" if self.is_exact else b',"echo":true'
        if self.ahead is not None:
            more += b',"ahead":%b' % self.ahead.encoded()
        if self.tries:
            more += b',"tries":%d' % self.tries
        return b"%b%b}" % (self.body[:-1], more) if more else self.body


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
        self.changed = Signal()
        self._payload_limit = payload_limit
        self._reports: deque[Report] = deque()
        self._suspects: deque[Sequence[Report]] = deque()
        self._deferred: set[Report] = set()
        self._was_ordinary = True  # whether the last batch was one; suspects and ordinary batches take turns

    def __len__(self) -> int:
        """Returns how many results can be sent now."""
        return len(self._reports) + sum(map(len, self._suspects))

    def __bool__(self) -> bool:
        """Whether there are results that can be sent now."""
        return bool(self._reports or self._suspects)

    @property
    def is_empty(self) -> bool:
        return not self and not self._deferred

    def put(self, results: Sequence[Result]) -> None:
        """Adds results. One that cannot be stored becomes a failure that says why."""
        self._reports.extend(reports_of(results, self._payload_limit))
        self.changed.set()

    def take(self) -> Batch:
        """Removes and returns the next results, oldest first: at most 1,000 and 8 MiB together. Suspects go alone, in turns with the others."""
        if self._suspects and (self._was_ordinary or not self._reports):
            self._was_ordinary = False
            return Batch(self._suspects.popleft(), is_suspect=True)
        self._was_ordinary = True
        waiting = self._reports
        taken = [waiting.popleft() for _ in range(min(len(waiting), ROWS_PER_EXCHANGE))]
        size = sum([report.size for report in taken])
        while size > MOST_BYTES and len(taken) > 1:
            waiting.appendleft(last := taken.pop())
            size -= last.size
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
        self._reports.append(replacement(report, failure_of(refusal)))

    def split_refused(self, batch: Batch, refusal: UnstorableError) -> Report | None:
        """Splits a batch that the database refused into halves, until the one result is found that is the reason. That one is sent once more, as
        a second try: the database then takes the path on which whatever it cannot do fails the execution and is answered.

        Returns:
            The result that the database refuses in every form, if there is one; it is in the outbox again.
        """
        reports = batch.reports
        if without_ahead(reports):
            self._suspects.appendleft(reports)
            return None
        if len(reports) > 1:
            half = len(reports) // 2
            self._suspects.extendleft([reports[half:], reports[:half]])
            return None
        report = reports[0]
        if report.is_replacement:
            self._reports.append(report)
            return report
        if report.tries == 0:
            report.tries = 1
            self._suspects.appendleft(reports)
        else:
            self.replace(report, refusal)
        return None

    def split_slow(self, batch: Batch) -> bool:
        """Splits a batch that took the database too long: each result goes alone, and one that was alone becomes broken.

        Returns:
            False if the broken one was too slow as well; it is in the outbox again.
        """
        reports = batch.reports
        if without_ahead(reports) or len(reports) > 1:
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


def without_ahead(reports: Sequence[Report]) -> bool:
    """Leaves out what ran ahead of these reports: it had no effect, and is executed again. Returns whether there was something."""
    found = [report for report in reports if report.ahead is not None]
    for report in found:
        report.ahead = None
    return bool(found)


def broken(report: Report) -> Report:
    """Returns what is sent in the place of a result that takes the database too long: it fails its execution at once."""
    error = {
        "code": "statement_too_slow",
        "message": "the database took too long to move the execution on after this result",
        "hint": "look for a node that makes very many visits or very large outputs; then start the execution again",
    }
    return replacement(report, {"outcome": "broken", "error": error})


def replacement(report: Report, result: JsonObject) -> Report:
    return Report(report.held, encode(report.held, result, BYTES_PER_EXCHANGE), is_exact=True, is_replacement=True)


def result_refused(reason: str) -> UnstorableError:
    """Returns the error of an assignment whose result the database refused."""
    hint = "look at what the node returned, and at the log of the worker; then retry the execution"
    return UnstorableError("result_refused", f"the database refused the result: {reason}", hint=hint)


def reports_of(results: Sequence[Result], limit: int) -> Iterator[Report]:
    """Returns the reports of results. One that cannot be stored becomes a failure that says why."""
    written = write_each([result for _, result in results], _LIMITS)
    for (held, result), text in zip(results, written, strict=True):
        if text is None or len(text) > limit:
            # what runs ahead follows only an output that is exact
            yield Report(held, encode(held, result, limit), held.ahead is not None or result["outcome"] != "completed", held.ahead)
        else:
            yield Report(held, with_ids(held, text), is_exact(text), held.ahead)


def with_ids(held: HeldAssignment, text: bytes) -> bytes:
    """Returns the JSON object of a result with the ids of its assignment in it, which need no escapes."""
    execution_id, assignment_id, attempt = held.key
    ids = f'{{"execution_id":"{execution_id}","assignment_id":"{assignment_id}","attempt":{attempt},'
    return ids.encode() + text[1:]


def encode(held: HeldAssignment, result: JsonObject, limit: int) -> bytes:
    """Returns the result with its ids as a JSON object; a failure that says why in the place of one that cannot be stored."""
    try:
        return with_ids(held, write_result(result, limit))
    except UnstorableError as refusal:
        return with_ids(held, write_result(failure_of(refusal), limit))


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
