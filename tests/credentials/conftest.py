"""Fixtures of the tests about credentials: a cipher, stored credentials, workers that have the key."""

import io
import logging
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.credentials import Cipher, CredentialStore, MasterKey
from interlock.worker.logs import JsonFormatter
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


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that is logged from DEBUG on, as lines for people and as JSON."""
    written = io.StringIO()
    plain, structured = logging.StreamHandler(written), logging.StreamHandler(written)
    structured.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(plain)
    root.addHandler(structured)
    yield written
    root.removeHandler(plain)
    root.removeHandler(structured)
    root.setLevel(before)
