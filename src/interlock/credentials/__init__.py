"""Secrets that nodes use: encrypted at rest, decrypted for one call, masked in everything that leaves it.

`keys` (the master keys), `cipher` (encryption), `rules` (what can be saved), `store` (the SQL functions), `reader` (credentials for a worker's
attempts), `testing` (one try of a credential), `log_masking` (log records without secrets), `rewrapping` (another master key). Executors see
`interlock.nodes.credential`;
`interlock.nodes.masking` finds secrets in texts and values.
"""

from interlock.credentials.cipher import Bound, Cipher, Sealed, WrappedKey, cipher_from_environment
from interlock.credentials.keys import MasterKey, ensure_key_file, master_keys
from interlock.credentials.reader import CredentialReader, CredentialUse
from interlock.credentials.rewrapping import Rewrapping, rewrap
from interlock.credentials.rules import errors_of
from interlock.credentials.store import CredentialRecord, CredentialStore, StoredCredential, WrappedCredential
from interlock.credentials.testing import CredentialTestResult, check_can_be_tested, run_test

__all__ = [
    "Bound",
    "Cipher",
    "CredentialReader",
    "CredentialRecord",
    "CredentialStore",
    "CredentialTestResult",
    "CredentialUse",
    "MasterKey",
    "Rewrapping",
    "Sealed",
    "StoredCredential",
    "WrappedCredential",
    "WrappedKey",
    "check_can_be_tested",
    "cipher_from_environment",
    "ensure_key_file",
    "errors_of",
    "master_keys",
    "rewrap",
    "run_test",
]
