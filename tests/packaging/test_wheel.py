"""The wheel builds, has everything in it, and runs where nothing of the source tree is."""

import subprocess
import sys
import sysconfig
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
