"""An API process beside the database, as `interlock api` runs it, and a key to call it with."""

import asyncio
import os
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from benchmarks.workload.product import ROOT, Product, end
from interlock.api.auth.passwords import Passwords
from interlock.api.auth.tokens import hash_of, new_api_key
from interlock.controlplane import open_pool
from interlock.controlplane.accounts import Accounts

START_SECONDS = 30.0
EMAIL = "bench@example.com"
PASSWORD = "a long password of nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiProcess:
    """Where it answers, and a key of the role editor."""

    url: str
    grpc_target: str
    key: str
    pid: int

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@asynccontextmanager
async def api_process(product: Product) -> AsyncIterator[ApiProcess]:
    """From when it is ready until it has ended."""
    key = await make_key(product)
    port, grpc_port = free_port(), free_port()
    command = [sys.executable, "-m", "interlock.cli", "api", "--port", str(port)]
    environment = {**os.environ, "DATABASE_URL": product.url, "INTERLOCK_GRPC_PORT": str(grpc_port)}
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdin=DEVNULL, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            await until_ready(url)
            yield ApiProcess(url=url, grpc_target=f"127.0.0.1:{grpc_port}", key=key, pid=process.pid)
        except BaseException:
            log.seek(0)
            sys.stderr.buffer.write(log.read()[-4000:])
            raise
        finally:
            await end(process)


async def until_ready(url: str) -> None:
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)


async def make_key(product: Product) -> str:
    """An API key of a new editor."""
    made = new_api_key()
    async with open_pool(product.url, limit=1) as pool:
        accounts = Accounts(pool)
        password_hash = await Passwords().hash(SecretStr(PASSWORD))
        user = await accounts.create_user(email=EMAIL, name="Bench", role="editor", password_hash=password_hash, by="bench")
        await accounts.create_api_key(
            user.id, made_by_key=None, name="bench", prefix=made.prefix, key_hash=hash_of(made.key), role="editor", days=None, by="bench"
        )
    return made.key


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
