"""Whom does the thin client believe to be DynamoDB?"""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import SSLError
from botocore.session import get_session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from oncepay.storage.wire import WireClient
from oncepay.storage.wire_address import find_address
from tests.unit.storage.scripted_server import ScriptedServer, running_server

NAMES = {
    "right": x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    "wrong": x509.DNSName("dynamodb.example"),
}


@pytest.fixture(params=["right"])
def certificate(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Of its own making, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([NAMES[request.param]]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server(certificate: Path) -> Iterator[ScriptedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running_server(context) as running:
        yield running


def ask(server: ScriptedServer) -> None:
    session = get_session()
    address = find_address(session, "us-east-1", server.url)
    assert address is not None
    client = WireClient(session, "us-east-1", address)
    try:
        for _ in range(2):
            client._make_api_call("Query", {"TableName": "payments"})
    finally:
        client.close()


def test_certificate__of_nobody_known__is_refused_before_anything_is_sent(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(server)
    assert server.requests == []


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_certificate__in_the_bundle__is_believed(
    server: ScriptedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, str(certificate))
    ask(server)
    assert (server.accepted, len(server.requests)) == (1, 2)


@pytest.mark.parametrize("certificate", ["wrong"], indirect=True)
def test_certificate__of_another_host__is_refused(
    server: ScriptedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with pytest.raises(SSLError, match="IP address mismatch"):
        ask(server)
    assert server.requests == []
