"""An execution is one trace through API, database, worker and the service that a node calls; every log line has the ids that it is about."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.seeing.collector import Collector, SeenSpan, collecting
from tests.seeing.processes import api_key, lines_of, running, until_ended, until_ready

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SERVER, CLIENT, CONSUMER = 2, 3, 5


def definition(port: int) -> dict[str, Any]:
    return {
        "name": "Traced",
        "nodes": [
            {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
            {
                "id": "ask",
                "type": "ACTION_NODE",
                "subtype": "HTTP_REQUEST",
                "parameters": {"url": f"http://127.0.0.1:{port}/", "allow_private_addresses": True},
            },
            {
                "id": "stop",
                "type": "ACTION_NODE",
                "subtype": "RUN_CODE",
                "parameters": {"code": "1 / 0"},
            },
        ],
        "connections": [{"from": "begin", "to": "ask"}, {"from": "ask", "to": "stop"}],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The spans, headers and logs after everything has ended."""

    spans: list[SeenSpan]
    asked: list[str | None]
    given: str
    own: str
    api_log: list[dict[str, Any]]
    worker_log: list[dict[str, Any]]

    def named(self, name: str, trace_id: str) -> SeenSpan:
        (found,) = [span for span in self.spans if span.name == name and span.trace_id == trace_id]
        return found


class Called(BaseHTTPRequestHandler):
    asked: list[str | None]

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("traceparent"))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def called() -> Iterator[HTTPServer]:
    """A service outside that a node calls."""
    Called.asked = []
    server = HTTPServer(("127.0.0.1", 0), Called)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
async def seen(database_url: str, called: HTTPServer, tmp_path: Path) -> Seen:
    """Runs two executions, one started with a trace of the caller and one without."""
    key = await api_key(database_url, "editor")
    with collecting() as collector:
        given, own = _run(database_url, key, collector, called.server_port, tmp_path)
        return Seen(
            spans=collector.spans,
            asked=Called.asked,
            given=given,
            own=own,
            api_log=lines_of(tmp_path / "api.log"),
            worker_log=lines_of(tmp_path / "worker.log"),
        )


def _run(database_url: str, key: str, collector: Collector, called_port: int, folder: Path) -> tuple[str, str]:
    environment = {
        "DATABASE_URL": database_url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "INTERLOCK_HTTP_ALLOW_PRIVATE": "127.0.0.1",
    }
    with ExitStack() as opened:
        api_log = opened.enter_context((folder / "api.log").open("wb"))
        worker_log = opened.enter_context((folder / "worker.log").open("wb"))
        opened.enter_context(running(api_log, "api", "--port", "0", "--log", "json", environment=environment))
        opened.enter_context(running(worker_log, "worker", "--log", "json", environment=environment))
        url = until_ready(folder / "api.log")
        client = opened.enter_context(httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30))
        saved = client.post("/api/v1/workflows", json={"definition": definition(called_port)})
        assert saved.status_code == 201, saved.text
        asked = {"traceparent": f"00-{TRACE}-{CALLER}-01", "X-Request-Id": "request-of-the-test"}
        given = client.post("/api/v1/workflows/Traced/run", json={}, headers=asked)
        own = client.post("/api/v1/workflows/Traced/run", json={})
        assert given.status_code == own.status_code == 202, given.text
        executions = given.json()["execution_id"], own.json()["execution_id"]
        for execution in executions:
            assert until_ended(client, execution)["status"] == "failed"
    return executions


def test_one_trace_from_the_caller_to_the_called_service(seen: Seen) -> None:
    request = seen.named("workflows.run_workflow", TRACE)
    assert (request.service, request.kind, request.parent_id) == ("interlock-api", SERVER, CALLER)
    database = seen.named("interlock.start_executions", TRACE)
    assert (database.service, database.kind, database.parent_id) == ("interlock-api", CLIENT, request.span_id)
    ask = seen.named("ask", TRACE)
    assert (ask.service, ask.kind, ask.parent_id, ask.failed) == ("interlock-worker", CONSUMER, request.span_id, False)
    assert ask.attributes["interlock.execution_id"] == seen.given
    assert ask.attributes["interlock.node_id"] == "ask"
    assert f"00-{TRACE}-{ask.span_id}-01" in seen.asked

    stop = seen.named("stop", TRACE)
    assert stop.failed
    assert stop.attributes["interlock.outcome"] == "failed"


def test_a_request_without_a_trace_begins_one(seen: Seen) -> None:
    (request,) = [span for span in seen.spans if span.name == "workflows.run_workflow" and span.trace_id != TRACE]
    assert request.parent_id == ""
    assert seen.named("ask", request.trace_id).attributes["interlock.execution_id"] == seen.own


def test_log_lines_carry_the_ids_they_are_about(seen: Seen) -> None:
    (request,) = [line for line in seen.api_log if line.get("request_id") == "request-of-the-test"]
    assert request["operation"] == "run_workflow"
    assert request["code"] == "ok"
    assert request["user"].endswith("@example.com")
    of_given = [line for line in seen.worker_log if line.get("execution_id") == seen.given]
    assert of_given
    assert all(UUID(line["assignment_id"]) for line in of_given)


async def test_an_execution_started_without_any_trace_has_the_one_of_its_id(database_url: str, tmp_path: Path) -> None:
    from interlock.controlplane import ControlPlane, open_pool
    from interlock.definition import WorkflowDefinition, compile_definition, definition_checksum
    from interlock.nodes import NodeExecutorFactory

    raw = {
        "name": "Plain",
        "nodes": [
            {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
            {"id": "add", "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "1 + 1"}},
        ],
        "connections": [{"from": "begin", "to": "add"}],
    }
    definition = WorkflowDefinition.model_validate(raw)
    compiled = compile_definition(definition, NodeExecutorFactory.from_entry_points())
    async with open_pool(database_url, limit=2) as pool:
        plane = ControlPlane(pool)
        await plane.save_workflow("Plain", definition.to_json(), compiled.to_json(), definition_checksum(definition))
        (started,) = await plane.start_executions("Plain", [{"input": {}}])
        with collecting() as collector, (tmp_path / "worker.log").open("wb") as log:
            with running(log, "worker", environment={"DATABASE_URL": database_url, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}):
                await _until_completed(pool, started.execution_id)
            (span,) = [span for span in collector.spans if span.name == "add"]
    assert started.execution_id is not None
    assert span.trace_id == started.execution_id.hex


async def _until_completed(pool: Any, execution_id: Any) -> None:
    import asyncio

    async with asyncio.timeout(60), pool.connection() as connection:
        while True:
            row = await (await connection.execute("select status from interlock.executions where id = %s", [execution_id])).fetchone()
            if row[0] == "completed":
                return
            await asyncio.sleep(0.05)
