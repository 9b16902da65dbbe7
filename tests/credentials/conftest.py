"""Fixtures of the tests about credentials: a cipher, stored credentials, workers that have the key."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.credentials import Cipher, CredentialStore, MasterKey
from tests.credentials.vault import Vault
from tests.nodes.http_server import LocalServer, local_server


@pytest.fixture
def cipher() -> Cipher:
    return Cipher([MasterKey.of(os.urandom(32))])


@pytest.fixture
async def vault(pool: AsyncConnectionPool[Any], cipher: Cipher) -> Vault:
    return Vault(CredentialStore(pool), cipher)


@pytest.fixture
async def http_server() -> AsyncIterator[LocalServer]:
    async with local_server() as serving:
        yield serving
