"""The key that credentials are encrypted with, where nobody configured one: made once, kept beside the data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

CONFIGURED_BY: Final = ("INTERLOCK_ENCRYPTION_KEY", "INTERLOCK_ENCRYPTION_KEY_FILE", "SECRET_KEY")


def own_key_file(data_folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The setting that names the key of this folder, which is made where there is none; nothing where the environment configures one.

    Raises:
        EncryptionKeyInvalid: what `ensure_key_file` says.
    """
    if any(environment.get(name, "").strip() for name in CONFIGURED_BY):
        return {}
    from interlock.credentials import ensure_key_file

    return {"INTERLOCK_ENCRYPTION_KEY_FILE": str(ensure_key_file(data_folder))}
