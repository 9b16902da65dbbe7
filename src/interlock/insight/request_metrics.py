"""Metrics of an API process about its own requests."""

from typing import Final

from prometheus_client import CollectorRegistry, Histogram

REQUESTS: Final = CollectorRegistry()
REQUEST_SECONDS: Final = Histogram(
    "interlock_api_request_seconds",
    "Requests of this API process by operation, face (rest, grpc) and code (ok, or that of the error), and how long they took.",
    ["operation", "face", "code"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REQUESTS,
)
