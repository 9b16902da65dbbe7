"""The wheel builds, has everything in it, and runs where nothing of the source tree is."""

import json
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that has the wheel; what it depends on is seen from the environment of the tests."""
    environment = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    asked = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True, text=True)
    (Path(asked.stdout.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "src"
    wanted = {
        str(path.relative_to(source))
        for path in (source / "interlock").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix in {".py", ".sql", ".typed", ".json", ".yaml"}
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert wanted <= names
    assert {name for name in wanted if name.endswith(".sql")}, "the control plane is written in SQL"
    assert "interlock/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not {name for name in names if name.startswith("tests/")}


def test_the_installed_wheel_starts_a_server_and_migrates_it(installed: Path, data_folder: Path, tmp_path: Path) -> None:
    program = """
import asyncio, pathlib, sys
import interlock, psycopg
from interlock.controlplane import migrate
from interlock.embedded import Server

async def main():
    async with Server(pathlib.Path(sys.argv[1])) as server:
        await migrate(server.url)
        async with await psycopg.AsyncConnection.connect(server.url) as connection:
            row = await (await connection.execute("select to_regclass('interlock.assignments')")).fetchone()
            print(interlock.__file__, row[0])

asyncio.run(main())
"""
    done = subprocess.run([installed / "python", "-I", "-c", program, str(data_folder)], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    file, table = done.stdout.split()
    assert Path(file).is_relative_to(installed.parent)
    assert table == "interlock.assignments"


def test_the_installed_wheel_has_the_command(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run([installed / "interlock", "--help"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "worker" in done.stdout


def test_the_wheel_has_the_pages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("interlock/api/rest/static/")]
    assert "interlock/api/rest/static/index.html" in names
    assert any(name.endswith(".js") for name in names)
    assert not any("node_modules" in name for name in names)


def test_the_installed_wheel_serves_pages_and_rest_without_anything_else(installed: Path, new_folder: Path, tmp_path: Path) -> None:
    """No Node.js, no PostgreSQL, nothing at all on PATH but this Python."""
    running = subprocess.Popen(
        [installed / "interlock", "up", "--port", "0", "--json", "--data", str(new_folder)],
        cwd=tmp_path,
        env={"PATH": str(installed), "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        with urllib.request.urlopen(told["address"], timeout=30) as answer:
            assert "<!doctype html>" in answer.read().decode()
        with urllib.request.urlopen(f"{told['address']}/openapi.json", timeout=30) as answer:
            assert "/api/v1/workflows" in json.load(answer)["paths"]
        running.terminate()
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
