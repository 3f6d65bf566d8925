"""HTTP over TLS: until the handshake has ended nothing was sent."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from oncepay.domain.processor_answer import NotSent, Unknown
from oncepay.processors import http_exchange
from oncepay.processors.http_exchange import Reply
from tests.unit.processors.scripted_server import HOLD, NOTHING, scripted_server
from tests.unit.processors.test_http_exchange import LONG, OK, SHORT, post


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One for 127.0.0.1, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "processor")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def post_over_tls(certificate: Path, context: ssl.SSLContext) -> Reply | NotSent | Unknown:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            plain, _ = listener.accept()
            try:
                with serving.wrap_socket(plain, server_side=True) as connection:
                    received = b""
                    while not received.endswith(b"{}"):
                        received += connection.recv(65_536)
                    connection.sendall(OK)
            except OSError:
                plain.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(http_exchange, "_tls", lambda: context)
            answer = post(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join(LONG)
    return answer


def test_https__of_a_trusted_certificate__is_read(certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    assert getattr(post_over_tls(certificate, context), "body", None) == b"{}"


def test_https__of_a_certificate_that_nobody_trusts__is_not_sent(certificate: Path) -> None:
    assert post_over_tls(certificate, http_exchange._tls()) == NotSent("tls_failed")


def test_https__to_whom_speaks_no_tls__is_not_sent() -> None:
    with scripted_server([b"HTTP/1.1 400 Bad\r\n\r\n"], reads=NOTHING) as server:
        url = server.url.replace("http:", "https:")
        assert post(url) == NotSent("tls_failed")


def test_https__whose_handshake_never_ends__is_not_sent() -> None:
    with scripted_server([], end=HOLD) as server:
        url = server.url.replace("http:", "https:")
        assert post(url, within=SHORT) == NotSent("connect_timeout")
