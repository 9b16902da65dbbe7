"""Runs the processes of the product, and keeps their logs."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import httpx
from pydantic import SecretStr

from interlock.api.auth.passwords import Passwords
from interlock.api.auth.tokens import hash_of, new_api_key
from interlock.controlplane import open_pool
from interlock.controlplane.accounts import Accounts
from tests.cli.command import COMMAND, ROOT, clean_environment

PATIENCE_SECONDS = 60.0


@contextmanager
def running(log: IO[bytes], *arguments: str, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """`interlock …` during the block; ended by SIGTERM."""
    process = subprocess.Popen([str(COMMAND), *arguments], stdout=subprocess.DEVNULL, stderr=log, env=clean_environment(environment), cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def until_ready(log: Path) -> str:
    """Wait until the API answers; returns the address that it logged."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        logged = [line["address"] for line in lines_of(log) if line.get("event") == "serving"]
        with suppress(httpx.HTTPError):
            if logged and httpx.get(f"{logged[0]}/readyz").status_code == 200:
                return str(logged[0])
        time.sleep(0.1)
    raise AssertionError("nothing is ready")


async def api_key(database_url: str, role: str) -> str:
    """The API key of a new user of this role."""
    made = new_api_key()
    async with open_pool(database_url, limit=1) as pool:
        accounts = Accounts(pool)
        password_hash = await Passwords().hash(SecretStr(uuid4().hex))
        user = await accounts.create_user(email=f"{uuid4().hex}@example.com", name="Somebody", role=role, password_hash=password_hash, by="test")
        await accounts.create_api_key(
            user.id, made_by_key=None, name="test", prefix=made.prefix, key_hash=hash_of(made.key), role=role, days=None, by="test"
        )
    return made.key


def lines_of(log: Path) -> list[dict[str, Any]]:
    """A log of JSON lines."""
    whole = log.read_text().rpartition("\n")[0]  # the last line may be under way
    return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


def until_ended(client: httpx.Client, execution: str) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found: dict[str, Any] = client.get(f"/api/v1/executions/{execution}").json()
        if found["ended_at"] is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{execution} has not ended")
