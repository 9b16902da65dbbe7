"""The key that credentials are encrypted with, where nobody configured one: made once, kept beside the data."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILE_NAME: Final = "encryption.key"
CONFIGURED_BY: Final = ("INTERLOCK_ENCRYPTION_KEY", "INTERLOCK_ENCRYPTION_KEY_FILE", "SECRET_KEY")


def own_key_file(data_folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The setting that names the key of this folder, which is made where there is none; nothing where the environment configures one."""
    if any(environment.get(name, "").strip() for name in CONFIGURED_BY):
        return {}
    path = data_folder / FILE_NAME
    _make(path)
    return {"INTERLOCK_ENCRYPTION_KEY_FILE": str(path)}


def _make(path: Path) -> None:
    """Whole or not at all, and the first of several that make it at once wins: it is written aside and linked."""
    if path.exists():
        return
    aside = path.with_name(f"{FILE_NAME}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
