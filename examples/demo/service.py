"""The world outside: a small HTTP service that knows the islands, measures birds again, and fails now and then.

Run by the demo as a process of its own: `python -m examples.demo.service`. It prints its address and serves until it is stopped.
"""

import json
import sys
import threading
import time
import zlib
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

ISLANDS: Final[dict[str, dict[str, Any]]] = {
    "Torgersen": {"latitude": -64.77, "longitude": -64.08, "landing": "gravel beach"},
    "Biscoe": {"latitude": -64.82, "longitude": -63.78, "landing": "rocky point"},
    "Dream": {"latitude": -64.73, "longitude": -64.23, "landing": "narrow cove"},
}
USUAL_SIZE: Final[dict[str, dict[str, float]]] = {
    "Adelie": {"bill_length_mm": 38.8, "bill_depth_mm": 18.3, "flipper_length_mm": 190, "body_mass_g": 3700},
    "Chinstrap": {"bill_length_mm": 48.8, "bill_depth_mm": 18.4, "flipper_length_mm": 196, "body_mass_g": 3700},
    "Gentoo": {"bill_length_mm": 47.5, "bill_depth_mm": 15.0, "flipper_length_mm": 217, "body_mass_g": 5000},
}
LATENCY_SECONDS: Final = 0.02
SAILING_SECONDS: Final = 0.1
MIRROR_SECONDS: Final[dict[str, float]] = {"north": 0.15, "south": 8.0}


class Tally:
    """Counts requests, under a lock because every request has its own thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._keys: Counter[str] = Counter()
        self._failed = 0

    def times_asked(self, what: str, key: str | None) -> int:
        with self._lock:
            self._asked[what] += 1
            if key is not None:
                self._keys[key] += 1
            return self._asked[what]

    def count_failure(self) -> None:
        with self._lock:
            self._failed += 1

    def summary(self) -> dict[str, int]:
        with self._lock:
            return {"requests": sum(self._asked.values()), "failed": self._failed, "repeated": sum(count - 1 for count in self._keys.values())}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Service"

    def do_GET(self) -> None:
        match self.path.strip("/").split("/"):
            case ["statistics"]:
                self._answer(HTTPStatus.OK, self.server.tally.summary())
            case ["islands", island, record] if island in ISLANDS:
                time.sleep(LATENCY_SECONDS)
                self._unless_down(f"island {record}", ISLANDS[island])
            case ["weather", island] if island in ISLANDS:
                time.sleep(SAILING_SECONDS)
                self._answer(HTTPStatus.OK, {**ISLANDS[island], "wind_knots": 5 + zlib.crc32(island.encode()) % 20})
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {"error": "no such page"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        match self.path.strip("/").split("/"):
            case ["measurements", record]:
                time.sleep(LATENCY_SECONDS)
                self._unless_down(f"measure {record}", measure_again(body))
            case ["mirrors", mirror] if mirror in MIRROR_SECONDS:
                time.sleep(MIRROR_SECONDS[mirror])
                self._answer(HTTPStatus.OK, {"mirror": mirror, "stored": True})
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {"error": "no such page"})

    def _unless_down(self, what: str, answer: dict[str, Any]) -> None:
        """Answers, or fails: one question in five gets a 503 the first time, one in twenty-five the second time too, none a third time."""
        times = self.server.tally.times_asked(what, self.headers.get("Idempotency-Key"))
        is_unlucky = zlib.crc32(what.encode()) % 5**times == 0
        if is_unlucky and times <= 2:
            self.server.tally.count_failure()
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the satellite is below the horizon"})
        else:
            self._answer(HTTPStatus.OK, answer)

    def _answer(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gave it
        """Logs nothing: the demo prints what happens."""


class Service(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.tally = Tally()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores a caller that was killed and hung up."""


def measure_again(bird: dict[str, Any]) -> dict[str, Any]:
    """Fills in what is missing, one value for each request; a sex that the laboratory could not determine stays unknown."""
    found: dict[str, Any] = {}
    for field, usual in USUAL_SIZE[bird["species"]].items():
        if bird.get(field) is None:
            spread = zlib.crc32(f"{bird['record']} {field}".encode()) % 100 / 1000 - 0.05
            found[field] = round(usual * (1 + spread), 1)
            return found
    if bird.get("sex") is None and "primers" not in (bird.get("comments") or ""):
        found["sex"] = "female" if zlib.crc32(bird["record"].encode()) % 2 else "male"
    return found


def main() -> None:
    with Service() as service:
        sys.stdout.write(f"http://127.0.0.1:{service.server_address[1]}\n")
        sys.stdout.flush()
        service.serve_forever()


if __name__ == "__main__":
    main()
