"""TLS verifies the name although the connection goes to an address."""

import ipaddress
import ssl
import subprocess
from pathlib import Path

import pytest

from interlock.nodes import FinalError
from interlock.nodes.action_node.http_request.addresses import Address, PrivateHosts
from interlock.nodes.action_node.http_request.executor import HttpRequest
from tests.nodes.contexts import context_for
from tests.nodes.http_server import local_server


async def here(_host: str, _port: int) -> list[Address]:
    return [ipaddress.ip_address("127.0.0.1")]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed one for the name secure.test, with its key in the same file."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    name = ["-subj", "/CN=interlock test", "-addext", "subjectAltName=DNS:secure.test"]
    command = ["openssl", "req", "-x509", *curve, "-keyout", str(key), "-out", str(certificate), "-days", "2", *name]
    subprocess.run(command, check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


async def test_the_certificate_is_checked_against_the_name(certificate: Path) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with local_server(tls=serving) as server:
        server.on("/", 200, b"safe", content_type="text/plain")
        executor = HttpRequest(private=PrivateHosts.parse("*"), tls=trusting, resolver=here)
        right = {"url": f"https://secure.test:{server.port}/", "allow_private_addresses": True}
        assert (await executor.execute(context_for(executor, right))).output["body"] == "safe"
        with pytest.raises(FinalError) as raised:
            await executor.execute(context_for(executor, {**right, "url": f"https://other.test:{server.port}/"}))
        assert raised.value.code == "certificate_refused"
        await executor.close()
