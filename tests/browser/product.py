"""The product as `interlock up` starts it, with people and executions to look at."""

import json
import os
import signal
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

import httpx
import psycopg
import yaml

from tests.api.serving import admin_key
from tests.cli.command import ROOT, start
from tests.servers import run_apart

PASSWORD: Final = "correct horse battery"
PATIENCE_SECONDS: Final = 60.0
DEMO: Final = ROOT / "examples" / "demo" / "workflows"
MASSES: Final = [3750, 3800, 3250, None, 3450, 3650, 3625, 4675, 3475, 4250]


class Product:
    """The running product: its address, a client of an admin, and the one-time password that it printed."""

    def __init__(self, running: "Popen[str]", started: Mapping[str, Any], database_url: str, key: str) -> None:
        self.url: str = started["address"]
        self.admin_email: str = started["admin"]["email"]
        self.one_time_password: str = started["admin"]["one_time_password"]
        self.database_url = database_url
        self.http = httpx.Client(base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_SECONDS)
        self._running = running
        self._made = 0
        self._cookies: dict[str, str] = {}

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def deploy(self, definition: Path | Mapping[str, Any]) -> str:
        """Saves a definition and returns the id of its workflow."""
        read = yaml.safe_load(definition.read_text()) if isinstance(definition, Path) else definition
        workflow: str = self.post("/workflows", {"definition": read})["id"]
        return workflow

    def run(self, workflow: str, given: Mapping[str, Any] | None = None, *, subject: str | None = None, until: str | None = None) -> str:
        """Starts an execution and returns its id when it has the status `until`."""
        execution: str = self.post(f"/workflows/{workflow}/run", {"input": dict(given or {}), "subject": subject})["execution_id"]
        if until is not None:
            self.wait_for(execution, until)
        return execution

    def status(self, execution: str) -> str:
        found: str = self.get(f"/executions/{execution}?run_data=false")["status"]
        return found

    def wait_for(self, execution: str, status: str) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while (found := self.status(execution)) != status:
            assert time.monotonic() < give_up_at, f"the execution is {found} and not {status}"
            time.sleep(0.05)

    def end_waits(self, execution: str) -> None:
        """Makes the waits for time of an execution due now."""
        statement = "update interlock.assignments set due_at = interlock.now() where execution_id = %s and wait_for = 'time' returning id"
        with psycopg.connect(self.database_url) as connection:
            assert connection.execute(statement, [execution]).fetchall(), "it waits for no time"

    def person(self, role: str, *, name: str | None = None) -> tuple[str, str]:
        """Creates a user and returns the email address and the one-time password."""
        self._made += 1
        made = self.post("/users", {"email": f"{role}{self._made}@example.com", "name": name or f"The {role}", "role": role})
        return made["email"], made["one_time_password"]

    def cookie(self, role: str) -> str:
        """Returns the session cookie of a user with this role who has chosen a password, the same one at each call."""
        if role not in self._cookies:
            email, once = self.person(role)
            with httpx.Client(base_url=f"{self.url}/api/v1", timeout=PATIENCE_SECONDS) as http:
                session = http.post("/session", json={"email": email, "password": once}).json()
                body = {"current_password": once, "new_password": PASSWORD}
                changed = http.put("/session/password", json=body, headers={"X-CSRF-Token": session["csrf_token"]})
                assert changed.is_success, changed.text
                self._cookies[role] = http.cookies["interlock_session"]
        return self._cookies[role]

    def kill_api(self) -> None:
        """Kills the API process (`kill -9`); it stays down until `bring_api_back`."""
        self._running.send_signal(signal.SIGSTOP)
        os.kill(self._api_process(), signal.SIGKILL)

    def bring_api_back(self) -> None:
        """Lets the supervisor start the API process again, and waits until it answers."""
        self._running.send_signal(signal.SIGCONT)
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < give_up_at, "the API does not come back"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").is_success
        except httpx.TransportError:
            return False

    def _api_process(self) -> int:
        for child in Path(f"/proc/{self._running.pid}/task/{self._running.pid}/children").read_text().split():
            if "api" in Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0"):
                return int(child)
        raise AssertionError("no API process runs")


@contextmanager
def running_product(database_url: str) -> Iterator[Product]:
    """Runs `interlock up` on this database, which must be unused."""
    environment = {"INTERLOCK_ENCRYPTION_KEY": b64encode(bytes(range(32))).decode()}
    running = start("up", "--port", "0", "--database", database_url, "--json", environment=environment)
    try:
        assert running.stdout is not None
        started = json.loads(running.stdout.readline())
        product = Product(running, started, database_url, _admin_key(database_url))
        with product.http:
            yield product
        running.send_signal(signal.SIGCONT)
        running.terminate()
        running.wait(PATIENCE_SECONDS)
    finally:
        running.kill()
        running.wait()


def _admin_key(database_url: str) -> str:
    keys: list[str] = []

    async def make() -> None:
        keys.append(await admin_key(database_url))

    run_apart(make)
    return keys[0]
