"""The key that encrypts credentials where none is configured: made once, and kept beside the data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

CONFIGURED_BY: Final = ("INTERLOCK_ENCRYPTION_KEY", "INTERLOCK_ENCRYPTION_KEY_FILE", "SECRET_KEY")


def own_key_file(data_folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the setting that names the key file of this folder, and makes the file if it is missing; nothing if the environment configures a key.

    Raises:
        EncryptionKeyInvalid: as `ensure_key_file` raises it.
    """
    if any(environment.get(name, "").strip() for name in CONFIGURED_BY):
        return {}
    from interlock.credentials import ensure_key_file

    return {"INTERLOCK_ENCRYPTION_KEY_FILE": str(ensure_key_file(data_folder))}
