"""Environments for the peers, made once from hashed requirements and kept in `.bench/`, which git ignores.

The requirements are resolved anew with
`uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o requirements-NAME.txt requirements-NAME.in`.
"""

import asyncio
import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring.server import Server, as_uri

HERE = Path(__file__).parent
RESULT = "result "


class PeerUnavailableError(RuntimeError):
    """The peer cannot be installed or run here; the benchmark says so and goes on without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Runs scripts of this folder. `folder` keeps the environments."""

    folder: Path
    server: Server

    async def run(self, script: str, *, timeout_seconds: float = 300, **settings: Any) -> dict[str, Any]:
        """What the script measured, on a fresh database. Its name begins with the peer's: `dbos_wide.py` runs in the environment of DBOS.

        Raises:
            PeerUnavailableError: its environment cannot be made, or it failed.
        """
        peer, environment = script.partition("_")[0], self._environment()
        async with self.server.fresh_database(peer) as database:
            url = as_uri(database)
            if script == "absurd_chain.cjs":  # the installer of its schema is Python
                await call(await self._python(peer), str(HERE / "absurd_schema.py"), url, environment=environment)
            if script.endswith(".cjs"):
                program, packages = await self._node()
                environment |= {"NODE_PATH": packages}
            else:
                program = await self._python(peer)
            return await run_script([program, str(HERE / script)], {"url": url, **settings}, environment, timeout_seconds)

    async def _python(self, peer: str) -> str:
        requirements = HERE / f"requirements-{peer}.txt"
        home = self._home(peer, requirements)
        python = home / "bin" / "python"
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            await call(sys.executable, "-m", "venv", str(home))
            await call(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(requirements))
            (home / "complete").touch()
        return str(python)

    async def _node(self) -> tuple[str, str]:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise PeerUnavailableError("no Node.js on this machine")
        lock = HERE / "package-lock.json"
        home = self._home("node", lock)
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, home / name)
            await call(npm, "ci", "--silent", "--no-audit", "--no-fund", "--prefix", str(home))
            (home / "complete").touch()
        return node, str(home / "node_modules")

    def _home(self, peer: str, lock: Path) -> Path:
        return self.folder / f"{peer}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"

    def _environment(self) -> dict[str, str]:
        """Absurd's installer wants `psql` on the path: the server's own is given to it. Python in its own environment reads no other's packages."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "PYTHON", "VIRTUAL_ENV"))}
        if self.server.binaries is not None:
            environment["PATH"] = f"{self.server.binaries}{os.pathsep}{environment.get('PATH', '')}"
        return environment


async def call(*command: str, environment: dict[str, str] | None = None) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=environment)
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise PeerUnavailableError(last_lines(output))


async def run_script(command: list[str], settings: dict[str, Any], environment: dict[str, str], timeout_seconds: float) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *command, json.dumps(settings), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), timeout_seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise PeerUnavailableError(f"no result within {timeout_seconds:.0f} s") from None
    results = [line for line in output.decode().splitlines() if line.startswith(RESULT)]
    if process.returncode != 0 or not results:
        raise PeerUnavailableError(last_lines(errors or output))
    measured: dict[str, Any] = json.loads(results[-1].removeprefix(RESULT))
    return measured


def last_lines(output: bytes) -> str:
    return "; ".join(output.decode(errors="replace").strip().splitlines()[-3:]) or "no output"
