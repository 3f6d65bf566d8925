"""What is a webhook of PayPal, and what only looks like one? The headers, the time, the bytes."""

import base64
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from oncepay.domain.errors import InvalidSignature, StorageUnavailable
from oncepay.processors.paypal_certificates import PayPalCertificates
from oncepay.processors.paypal_signature import read_headers, signed_text, verify
from tests.unit.processors.paypal_authority import (
    NOW,
    TRANSMISSION_ID,
    WEBHOOK_ID,
    Issued,
    a_leaf,
    a_root,
    pem_of,
)
from tests.unit.processors.paypal_server import CannedServer

BODY = (
    b'{"id":"WH-TEST-0001","event_version":"1.0","create_time":"2023-11-14T22:13:20Z",'
    b'"resource_type":"capture","event_type":"PAYMENT.CAPTURE.COMPLETED",'
    b'"summary":"Payment completed for $ 25.0 USD","resource":{"id":"2GG279541U471931P",'
    b'"status":"COMPLETED","amount":{"currency_code":"USD","value":"25.00"}}}'
)
TIME = "2026-11-21T12:00:00Z"
PATH = "/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
NAMES = (
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-cert-url",
    "paypal-auth-algo",
    "paypal-auth-version",
)


def headers_of(
    server: CannedServer,
    *,
    by: Issued | None = None,
    time: str = TIME,
    webhook_id: bytes = WEBHOOK_ID,
    body: bytes = BODY,
    changes: Mapping[str, str] | None = None,
) -> dict[str, list[str]]:
    headers = {
        "paypal-transmission-id": [TRANSMISSION_ID],
        "paypal-transmission-time": [time],
        "paypal-transmission-sig": [(by or a_leaf()).sign(body, time, webhook_id)],
        "paypal-cert-url": [server.url + PATH],
        "paypal-auth-algo": ["SHA256withRSA"],
        "paypal-auth-version": ["v2"],
    }
    return headers | {name: [value] for name, value in (changes or {}).items()}


def accept(server: CannedServer, headers: dict[str, list[str]], body: bytes = BODY) -> None:
    verify(
        read_headers(headers),
        body,
        webhook_ids=[WEBHOOK_ID],
        certificates=PayPalCertificates(server.url, roots=pem_of(a_root().certificate)),
        now=NOW,
    )


@pytest.fixture
def server(paypal: CannedServer) -> CannedServer:
    return paypal.says("GET", PATH, 200, a_leaf().pem)


def test_signed_text__of_the_published_vectors__is_this() -> None:
    assert signed_text("a", "b", b"c", b"123456789") == b"a|b|c|3421780262"
    assert (
        signed_text(TRANSMISSION_ID, "2023-11-14T22:13:20Z", WEBHOOK_ID, BODY)
        == b"69cd13f0-d67a-11e5-baa3-778b53f4ae55|2023-11-14T22:13:20Z|1JE4291016473214C|2869650425"
    )


def test_event__signed_by_paypal__is_accepted(server: CannedServer) -> None:
    accept(server, headers_of(server))


def test_event__signed_for_either_of_two_webhooks__is_accepted(server: CannedServer) -> None:
    headers = headers_of(server, webhook_id=b"NEW")
    verify(
        read_headers(headers),
        BODY,
        webhook_ids=[WEBHOOK_ID, b"NEW"],
        certificates=PayPalCertificates(server.url, roots=pem_of(a_root().certificate)),
        now=NOW,
    )


def test_event__signed_for_another_webhook__is_refused(server: CannedServer) -> None:
    with pytest.raises(InvalidSignature, match="not of this body for our webhook"):
        accept(server, headers_of(server, webhook_id=b"OTHER"))


def test_event__while_we_have_no_webhook__is_refused(server: CannedServer) -> None:
    certificates = PayPalCertificates(server.url, roots=pem_of(a_root().certificate))
    with pytest.raises(InvalidSignature):
        verify(
            read_headers(headers_of(server)),
            BODY,
            webhook_ids=[],
            certificates=certificates,
            now=NOW,
        )


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"25.00", b"52.00")])
def test_body__of_which_anything_is_changed__is_refused(server: CannedServer, body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        accept(server, headers_of(server), body)


@pytest.mark.parametrize(
    "change",
    [
        {"paypal-transmission-id": "69cd13f0-d67a-11e5-baa3-778b53f4ae56"},
        {"paypal-transmission-time": "2026-11-21T12:00:01Z"},
        {"paypal-transmission-sig": base64.b64encode(bytes(256)).decode()},
        {"paypal-transmission-sig": base64.b64encode(b"short").decode()},
        {"paypal-transmission-sig": base64.b64encode(bytes(700)).decode()},
    ],
    ids=["id", "time", "zeroes", "short", "long"],
)
def test_headers__of_which_one_is_changed__are_refused(
    server: CannedServer, change: dict[str, str]
) -> None:
    with pytest.raises(InvalidSignature):
        accept(server, headers_of(server, changes=change))


@pytest.mark.parametrize("name", NAMES)
def test_header__that_is_missing__is_refused(server: CannedServer, name: str) -> None:
    headers = headers_of(server)
    del headers[name]
    with pytest.raises(InvalidSignature, match="is missing") as refused:
        accept(server, headers)
    assert refused.value.param == name.upper()


@pytest.mark.parametrize("name", NAMES)
def test_header__that_is_there_twice__is_refused(server: CannedServer, name: str) -> None:
    headers = headers_of(server)
    headers[name] *= 2
    with pytest.raises(InvalidSignature, match="more than once") as refused:
        accept(server, headers)
    assert refused.value.param == name.upper()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value", ["", " ", "x" * 1_025, "ä", "\ud800", "\x00", "a\r\nb", "²", "v2 ", "1e999"]
)
def test_header__of_nonsense__is_refused(server: CannedServer, name: str, value: str) -> None:
    with pytest.raises(InvalidSignature):
        accept(server, headers_of(server, changes={name: value}))


@pytest.mark.parametrize("algorithm", ["SHA1withRSA", "sha256withrsa", "SHA256withECDSA", "none"])
def test_algorithm__other_than_sha256_with_rsa__is_refused(
    server: CannedServer, algorithm: str
) -> None:
    with pytest.raises(InvalidSignature, match="must be SHA256withRSA"):
        accept(server, headers_of(server, changes={"paypal-auth-algo": algorithm}))


def test_signature__that_is_valid_with_sha1__is_refused(server: CannedServer) -> None:
    key = a_leaf().key
    assert isinstance(key, rsa.RSAPrivateKey)
    signed = signed_text(TRANSMISSION_ID, TIME, WEBHOOK_ID, BODY)
    made = key.sign(signed, padding.PKCS1v15(), hashes.SHA1())
    with pytest.raises(InvalidSignature):
        accept(
            server,
            headers_of(
                server, changes={"paypal-transmission-sig": base64.b64encode(made).decode()}
            ),
        )


@pytest.mark.parametrize("version", ["v1", "V2", "2", "v3"])
def test_version__other_than_two__is_refused(server: CannedServer, version: str) -> None:
    with pytest.raises(InvalidSignature, match="must be v2"):
        accept(server, headers_of(server, changes={"paypal-auth-version": version}))


@pytest.mark.parametrize("text", ["!!!!", "abc", "YWJj=", "YWJj\nYWJj", "YW-_", "===="])
def test_signature__that_is_no_base64__is_refused(server: CannedServer, text: str) -> None:
    with pytest.raises(InvalidSignature, match="must be base64"):
        accept(server, headers_of(server, changes={"paypal-transmission-sig": text}))


@pytest.mark.parametrize(
    "time", ["2026-11-21T11:55:00Z", "2026-11-21T12:05:00Z", "2026-11-21T12:00:00.123456789Z"]
)
def test_time__within_five_minutes__is_accepted(server: CannedServer, time: str) -> None:
    accept(server, headers_of(server, time=time))


@pytest.mark.parametrize("time", ["2026-11-21T11:54:59Z", "2026-11-21T12:05:01Z"])
def test_time__over_five_minutes_away__is_refused(server: CannedServer, time: str) -> None:
    with pytest.raises(InvalidSignature, match="over 300 seconds from now"):
        accept(server, headers_of(server, time=time))


def test_time__far_away__is_refused_before_a_certificate_is_fetched(server: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        accept(server, headers_of(server, time="2023-11-14T22:13:20Z"))
    assert server.asked == []


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-21T12:00:00",
        "2026-11-21T12:00:00+00:00",
        "2026-11-21 12:00:00Z",
        "2026-13-21T12:00:00Z",
        "2026-11-21T12:00:60Z",
        "1795262400",
        "2026-11-21T12:00:00z",
    ],
)
def test_time__of_another_form__is_refused(server: CannedServer, time: str) -> None:
    with pytest.raises(InvalidSignature, match="must be an RFC 3339 time"):
        accept(server, headers_of(server, time=time))


def test_certificate__that_cannot_be_fetched_now__is_not_the_senders_fault(
    paypal: CannedServer,
) -> None:
    paypal.says("GET", PATH, 503)
    with pytest.raises(StorageUnavailable):
        accept(paypal, headers_of(paypal))


def test_event__of_another_moment_of_the_certificate__is_refused(server: CannedServer) -> None:
    certificates = PayPalCertificates(server.url, roots=pem_of(a_root().certificate))
    later = NOW + timedelta(days=400)
    with pytest.raises(InvalidSignature):
        verify(
            read_headers(headers_of(server, time="2027-12-26T12:00:00Z")),
            BODY,
            webhook_ids=[WEBHOOK_ID],
            certificates=certificates,
            now=later,
        )


def test_cryptography__is_not_imported_before_something_is_verified() -> None:
    script = (
        "import sys\n"
        # The tests' environment has it, the layer does not; botocore would import it.
        "sys.modules['OpenSSL'] = None\n"
        "import oncepay.services.receive_paypal_event\n"
        "from oncepay.processors.paypal_certificates import PayPalCertificates\n"
        "PayPalCertificates('https://api-m.paypal.com')\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] == 'cryptography'))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert ran.stdout == "[]\n"
