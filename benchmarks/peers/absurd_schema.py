"""Absurd: its schema, installed by its own tool (which wants `psql`)."""

import subprocess
import sys
from pathlib import Path


def install_schema(url: str) -> None:
    subprocess.run([Path(sys.executable).parent / "absurdctl", "init", "--database", url], check=True, capture_output=True)


if __name__ == "__main__":
    install_schema(sys.argv[1])
