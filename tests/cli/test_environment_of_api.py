"""Where `interlock api` listens, and how long its sessions last, as the environment says."""

import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.cli.command import start
from tests.cli.test_supervision import until
from tests.servers import run_apart


def _free_port(host: str) -> int:
    with socket.socket() as listening:
        listening.bind((host, 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def _api(database_url: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    running = start("api", "--database", database_url, environment=environment)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_it_listens_where_the_environment_says(database_url: str) -> None:
    """Another address of this machine, so that the default would not do."""
    host = "127.0.0.2"
    port, grpc_port = _free_port(host), _free_port(host)
    with _api(database_url, INTERLOCK_HOST=host, INTERLOCK_PORT=str(port), INTERLOCK_GRPC_PORT=str(grpc_port)):
        until(lambda: _answers(f"http://{host}:{port}"), "it serves REST there")
        assert not _answers(f"http://127.0.0.1:{port}")
        with grpc.insecure_channel(f"{host}:{grpc_port}") as channel:
            grpc.channel_ready_future(channel).result(60)
            health = health_pb2_grpc.HealthStub(channel)
            assert health.Check(health_pb2.HealthCheckRequest(), timeout=60).status in (
                health_pb2.HealthCheckResponse.SERVING,
                health_pb2.HealthCheckResponse.NOT_SERVING,
            )


def test_without_the_variable_it_does_not_serve_grpc_and_options_come_first(database_url: str) -> None:
    port, other = _free_port("127.0.0.1"), _free_port("127.0.0.1")
    running = start("api", "--database", database_url, "--port", str(port), environment={"INTERLOCK_PORT": str(other), "INTERLOCK_GRPC_PORT": ""})
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}"), "it serves REST there")
        assert not _answers(f"http://127.0.0.1:{other}")
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", other))
    finally:
        running.kill()
        running.wait()


@pytest.mark.parametrize("seconds", [120, 7_200])
def test_a_session_lasts_as_long_as_the_environment_says(database_url: str, seconds: int) -> None:
    from tests.api.serving import PASSWORD, serving

    emails: list[str] = []

    async def make_person() -> None:
        async with serving(database_url) as api:
            emails.append((await api.person()).email)

    run_apart(make_person)
    port = _free_port("127.0.0.1")
    with _api(database_url, INTERLOCK_PORT=str(port), INTERLOCK_SESSION_SECONDS=str(seconds)):
        until(lambda: _answers(f"http://127.0.0.1:{port}"), "it serves")
        before = datetime.now(UTC)
        answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/session", json={"email": emails[0], "password": PASSWORD}, timeout=60)
        assert answer.status_code == 200, answer.text
        lasts = (datetime.fromisoformat(answer.json()["expires_at"]) - before).total_seconds()
        assert seconds - 5 <= lasts <= seconds + 30
