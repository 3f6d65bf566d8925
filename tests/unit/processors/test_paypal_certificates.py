"""Which certificate is PayPal's? Where it is, what it is, and who signed it."""

import warnings
from base64 import encodebytes
from datetime import timedelta
from pathlib import Path
from random import Random

import botocore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from oncepay.domain.errors import InvalidSignature, StorageUnavailable
from oncepay.processors import paypal_certificates
from oncepay.processors.http_exchange import Reply
from oncepay.processors.paypal_certificates import ROOTS, PayPalCertificates
from tests.unit.processors.paypal_authority import (
    NAME,
    NOW,
    Issued,
    a_leaf,
    a_root,
    an_ec_key,
    an_intermediate,
    an_rsa_key,
    issue,
    pem_of,
)
from tests.unit.processors.paypal_server import CannedServer

PLACE = "/v1/notifications/certs/"
PATH = f"{PLACE}CERT-360caa42-fca2a594-a5cafa77"
DAY = timedelta(days=1)
FINGERPRINTS = {
    "DigiCert Global Root CA": "4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161",
    "DigiCert Global Root G2": "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f",
    "DigiCert High Assurance EV Root CA": (
        "7431e5f4c3c1ce4690774f0b61e05440883ba9a01ed00ba6abd7806ed3b118cf"
    ),
}


def certificates_of(server: CannedServer) -> PayPalCertificates:
    return PayPalCertificates(server.url, roots=pem_of(a_root().certificate))


def read(paypal: CannedServer, chain: bytes) -> rsa.RSAPublicKey:
    """The key of a chain that is served as PayPal's."""
    paypal.says("GET", PATH, 200, chain)
    return certificates_of(paypal).key_of(paypal.url + PATH, NOW)


def a_leaf_with(**changes: object) -> Issued:
    return issue(NAME, an_intermediate(), **({"dns": (NAME,)} | changes))  # type: ignore[arg-type]


def test_chain__up_to_a_pinned_root__gives_the_key_of_its_leaf(paypal: CannedServer) -> None:
    key = read(paypal, a_leaf().pem)
    assert key.public_numbers() == an_rsa_key(NAME).public_key().public_numbers()


def test_chain__with_the_root_itself__is_accepted(paypal: CannedServer) -> None:
    read(paypal, a_leaf().pem + pem_of(a_root().certificate))


def test_leaf__signed_by_the_root__is_accepted(paypal: CannedServer) -> None:
    read(paypal, issue(NAME, a_root(), dns=(NAME,)).pem)


def test_leaf__of_several_names__is_accepted_if_one_is_of_paypal(paypal: CannedServer) -> None:
    read(paypal, a_leaf_with(dns=("example.com", "a.b.paypal.com")).pem)


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("paypal.com",),
        ("messageverificationcerts.paypal.com.evil.example",),
        ("evilpaypal.com",),
        ("messageverificationcerts.paypal.org",),
        ("*.paypal.com",),
        ("paypal.com.example",),
    ],
    ids=str,
)
def test_leaf__for_no_name_of_paypal__is_refused(
    paypal: CannedServer, names: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, a_leaf_with(dns=names).pem)


def test_leaf__with_a_name_of_paypal_as_its_subject_alone__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, issue(NAME, an_intermediate(), dns=("example.com",)).pem)


def test_leaf__that_has_expired__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, a_leaf_with(valid_until=NOW - DAY).pem)


def test_leaf__that_is_not_valid_yet__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, a_leaf_with(valid_from=NOW + DAY).pem)


def test_intermediate__that_has_expired__is_refused(paypal: CannedServer) -> None:
    old = issue("Old", a_root(), is_authority=True, valid_until=NOW - DAY)
    with pytest.raises(InvalidSignature):
        read(paypal, issue(NAME, old, dns=(NAME,)).pem)


def test_chain__up_to_another_root__is_refused(paypal: CannedServer) -> None:
    stranger = issue(NAME, an_intermediate("Stranger"), dns=(NAME,))
    with pytest.raises(InvalidSignature):
        read(paypal, stranger.pem + pem_of(a_root("Stranger").certificate))


def test_chain__up_to_another_root_of_the_same_name__is_refused(paypal: CannedServer) -> None:
    key = an_rsa_key("impostor")
    name = "Root of the tests"
    impostor = issue(name, key=key, is_authority=True, valid_until=NOW + 900 * DAY)
    leaf = issue(NAME, impostor, dns=(NAME,))
    with pytest.raises(InvalidSignature):
        read(paypal, leaf.pem + pem_of(impostor.certificate))


def test_chain__without_its_intermediate__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, pem_of(a_leaf().certificate))


def test_chain__in_the_wrong_order__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, pem_of(an_intermediate().certificate) + pem_of(a_leaf().certificate))


def test_leaf__signed_by_itself__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, issue(NAME, dns=(NAME,)).pem)


def test_leaf__signed_by_another_leaf__is_refused(paypal: CannedServer) -> None:
    leaf = issue("evil.paypal.com", a_leaf(), dns=("evil.paypal.com",))
    with pytest.raises(InvalidSignature):
        read(paypal, leaf.pem)


def test_root__in_place_of_the_leaf__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, pem_of(a_root().certificate))


def test_leaf__with_a_key_of_elliptic_curves__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature, match="no RSA key of 2048 bits"):
        read(paypal, a_leaf_with(key=an_ec_key("leaf")).pem)


def test_leaf__with_a_short_key__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature, match="no RSA key of 2048 bits"):
        read(paypal, a_leaf_with(key=an_rsa_key("short", 1024)).pem)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n",
        bytes(range(256)) * 10,
        a_leaf().certificate.public_bytes(serialization.Encoding.DER),
        an_rsa_key(NAME).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    ],
    ids=["nothing", "text", "zeroes", "begun", "bytes", "der", "key"],
)
def test_content__that_is_no_chain__is_refused(paypal: CannedServer, content: bytes) -> None:
    with pytest.raises(InvalidSignature):
        read(paypal, content)


def test_certificate__of_which_a_byte_is_changed__is_refused_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen, der = Random(5), a_leaf().certificate.public_bytes(serialization.Encoding.DER)
    certificates = PayPalCertificates(
        "http://paypal.test", roots=pem_of(a_root().certificate), timeout_seconds=1
    )
    # What is odd about a certificate is told as a warning, too.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(400):
            changed = bytearray(der)
            changed[chosen.randrange(len(der))] ^= 1 << chosen.randrange(8)
            chain = pem_of_der(bytes(changed)) + pem_of(an_intermediate().certificate)
            monkeypatch.setattr(
                paypal_certificates, "exchange", lambda *_, chain=chain, **__: Reply(200, chain)
            )
            with pytest.raises(InvalidSignature):
                certificates.key_of("http://paypal.test" + PATH, NOW)


def pem_of_der(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + encodebytes(der) + b"-----END CERTIFICATE-----\n"


def test_chain__of_too_many_certificates__is_refused(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature, match="too many others"):
        read(paypal, a_leaf().pem + 7 * pem_of(an_intermediate().certificate))


@pytest.mark.parametrize("size", [65_537, 1_000_001])
def test_answer__that_is_too_large__is_refused(paypal: CannedServer, size: int) -> None:
    with pytest.raises(InvalidSignature, match="too large"):
        read(paypal, a_leaf().pem.ljust(size, b"\n"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_answer__that_leads_elsewhere__is_refused_and_not_followed(
    paypal: CannedServer, status: int
) -> None:
    # Even if it brings what would do.
    paypal.says("GET", PATH, status, a_leaf().pem, Location=f"{paypal.url}{PLACE}CERT-2")
    paypal.says("GET", f"{PLACE}CERT-2", 200, a_leaf().pem)
    with pytest.raises(InvalidSignature):
        certificates_of(paypal).key_of(paypal.url + PATH, NOW)
    assert [each.path for each in paypal.asked] == [PATH]


@pytest.mark.parametrize("status", [201, 206, 400, 403, 404, 410])
def test_answer__that_there_is_none__is_refused(paypal: CannedServer, status: int) -> None:
    paypal.says("GET", PATH, status, a_leaf().pem)
    with pytest.raises(InvalidSignature):
        certificates_of(paypal).key_of(paypal.url + PATH, NOW)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_answer__of_a_server_in_trouble__is_not_the_senders_doing(
    paypal: CannedServer, status: int
) -> None:
    paypal.says("GET", PATH, status)
    with pytest.raises(StorageUnavailable, match="send the event again"):
        certificates_of(paypal).key_of(paypal.url + PATH, NOW)


def test_server__that_does_not_listen__is_not_the_senders_doing() -> None:
    certificates = PayPalCertificates("http://127.0.0.1:1", roots=pem_of(a_root().certificate))
    with pytest.raises(StorageUnavailable):
        certificates.key_of("http://127.0.0.1:1" + PATH, NOW)


def test_certificate__that_was_read__is_not_fetched_again(paypal: CannedServer) -> None:
    paypal.says("GET", PATH, 200, a_leaf().pem)
    certificates = certificates_of(paypal)
    assert certificates.key_of(paypal.url + PATH, NOW) == certificates.key_of(
        paypal.url + PATH, NOW + 200 * DAY
    )
    assert len(paypal.asked) == 1


def test_certificate__that_has_ended_since__is_fetched_again(paypal: CannedServer) -> None:
    paypal.says("GET", PATH, 200, a_leaf().pem)
    certificates = certificates_of(paypal)
    certificates.key_of(paypal.url + PATH, NOW)
    with pytest.raises(InvalidSignature):
        certificates.key_of(paypal.url + PATH, NOW + 301 * DAY)
    assert len(paypal.asked) == 2


def test_fetch__that_failed__is_tried_again(paypal: CannedServer) -> None:
    paypal.says("GET", PATH, 503).says("GET", PATH, 200, a_leaf().pem)
    certificates = certificates_of(paypal)
    with pytest.raises(StorageUnavailable):
        certificates.key_of(paypal.url + PATH, NOW)
    assert certificates.key_of(paypal.url + PATH, NOW)


def test_certificate__that_was_refused__is_fetched_again(paypal: CannedServer) -> None:
    paypal.says("GET", PATH, 404).says("GET", PATH, 200, a_leaf().pem)
    certificates = certificates_of(paypal)
    with pytest.raises(InvalidSignature):
        certificates.key_of(paypal.url + PATH, NOW)
    assert certificates.key_of(paypal.url + PATH, NOW)


def test_certificates__over_sixteen__drop_the_one_that_was_used_longest_ago(
    paypal: CannedServer,
) -> None:
    urls = [f"{paypal.url}{PLACE}CERT-{number}" for number in range(17)]
    for number in range(17):
        paypal.says("GET", f"{PLACE}CERT-{number}", 200, a_leaf().pem)
    certificates = certificates_of(paypal)
    for url in [*urls[:16], urls[0], urls[16]]:
        certificates.key_of(url, NOW)
    paypal.asked.clear()
    for url in urls[2:] + urls[:2]:
        certificates.key_of(url, NOW)
    assert [each.path for each in paypal.asked] == [f"{PLACE}CERT-1"]


def unreachable(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of a server that never gives a certificate."""
    asked: list[str] = []

    def exchange(url: str, **_: object) -> Reply:
        asked.append(url)
        return Reply(503, b"")

    monkeypatch.setattr(paypal_certificates, "exchange", exchange)
    return asked


LIVE = "https://api-m.paypal.com"
SANDBOX = "https://api-m.sandbox.paypal.com"


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        (LIVE, "https://api.paypal.com"),
        (LIVE, "https://api-m.paypal.com"),
        ("https://api.paypal.com/", "https://api-m.paypal.com"),
        (SANDBOX, "https://api.sandbox.paypal.com"),
        (SANDBOX, "https://api-m.sandbox.paypal.com"),
    ],
)
def test_url__at_a_host_of_its_environment__is_fetched(
    monkeypatch: pytest.MonkeyPatch, base_url: str, host: str
) -> None:
    asked = unreachable(monkeypatch)
    with pytest.raises(StorageUnavailable):
        PayPalCertificates(base_url).key_of(host + PATH, NOW)
    assert asked == [host + PATH]


@pytest.mark.parametrize(
    "url",
    [
        "http://api.paypal.com" + PATH,
        "HTTPS://api.paypal.com" + PATH,
        "https://API.paypal.com" + PATH,
        "https://api.paypal.com." + PATH,
        "https://api.paypal.com:443" + PATH,
        "https://api.paypal.com:8443" + PATH,
        "https://user@api.paypal.com" + PATH,
        "https://user:word@api.paypal.com" + PATH,
        "https://api.paypal.com@evil.example" + PATH,
        "https://evil.example" + PATH,
        "https://evil.example/api.paypal.com" + PATH,
        "https://api.paypal.com.evil.example" + PATH,
        "https://evilapi.paypal.com" + PATH,
        "https://www.paypal.com" + PATH,
        "https://api.sandbox.paypal.com" + PATH,
        "https://api-m.sandbox.paypal.com" + PATH,
        "https://127.0.0.1" + PATH,
        "https://169.254.169.254" + PATH,
        "https://[::1]" + PATH,
        "https://api%2Epaypal.com" + PATH,
        "https://api.paypal.com" + PATH + "?a=b",
        "https://api.paypal.com" + PATH + "?",
        "https://api.paypal.com" + PATH + "#a",
        "https://api.paypal.com" + PATH + "/",
        "https://api.paypal.com" + PATH + "/../x",
        "https://api.paypal.com" + PATH + "%00",
        "https://api.paypal.com" + PATH + "\n",
        "https://api.paypal.com" + PATH + " ",
        "https://api.paypal.com" + PLACE,
        "https://api.paypal.com" + PLACE + "CERT-",
        "https://api.paypal.com" + PLACE + "cert-1",
        "https://api.paypal.com" + PLACE + "CERT-%31",
        "https://api.paypal.com" + PLACE + "../certs/CERT-1",
        "https://api.paypal.com" + PLACE + "CERT-" + "1" * 101,
        "https://api.paypal.com/" + PATH,
        "https://api.paypal.com/v1/notifications/CERT-1",
        "https://api.paypal.com/v1/notifications//certs/CERT-1",
        "https://api.paypal.com\\@evil.example" + PATH,
        "https://api.paypal.com\t" + PATH,
        " https://api.paypal.com" + PATH,
        "//api.paypal.com" + PATH,
        "ftp://api.paypal.com" + PATH,
        "file:///etc/passwd",
        "https://",
        "https://[",
        "",
    ],
)
def test_url__of_anywhere_else__is_refused_and_not_asked(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    asked = unreachable(monkeypatch)
    with pytest.raises(InvalidSignature, match="not where PayPal keeps them"):
        PayPalCertificates(LIVE).key_of(url, NOW)
    assert asked == []


def test_url__of_paypal__is_refused_where_another_server_is_paypal(paypal: CannedServer) -> None:
    with pytest.raises(InvalidSignature, match="not where PayPal keeps them"):
        certificates_of(paypal).key_of("https://api.paypal.com" + PATH, NOW)


@pytest.mark.parametrize(
    ("base_url", "roots"), [(LIVE, b"x"), (SANDBOX, b"x"), ("http://127.0.0.1:1", None)]
)
def test_roots__are_pinned_for_paypal_and_given_for_any_other(
    base_url: str, roots: bytes | None
) -> None:
    with pytest.raises(ValueError, match="roots are pinned"):
        PayPalCertificates(base_url, roots=roots)


def test_pinned_roots__have_the_fingerprints_that_digicert_publishes() -> None:
    pinned = x509.load_pem_x509_certificates(ROOTS.read_bytes())
    assert {
        each.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value: each.fingerprint(
            hashes.SHA256()
        ).hex()
        for each in pinned
    } == FINGERPRINTS


def test_pinned_roots__are_in_the_bundle_that_they_were_taken_from() -> None:
    bundle = Path(botocore.__file__).with_name("cacert.pem").read_text()
    for each in x509.load_pem_x509_certificates(ROOTS.read_bytes()):
        body = "".join(pem_of(each).decode().split("\n")[1:-2])
        assert body in bundle.replace("\n", "")


def test_pinned_roots__can_be_trusted_by_the_verifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paypal_certificates, "exchange", lambda *_, **__: Reply(200, a_leaf().pem))
    with pytest.raises(InvalidSignature, match="not PayPal's"):
        PayPalCertificates(LIVE).key_of(LIVE + PATH, NOW)
