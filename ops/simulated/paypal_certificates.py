"""With what does the simulated PayPal sign its webhooks? With a certificate of a certificate
authority of its own, made up: an EC root, whose PEM is short enough for a setting, and an RSA leaf
for the name that PayPal signs under.

The root's key follows from the server's secret, so that a server that is started again is still
believed; the leaf is made when it is first asked for, since an RSA key takes a while.
"""

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "messageverificationcerts.paypal.com"
ALGORITHM = "SHA256withRSA"
_ROOT_LABEL = b"oncepay simulated paypal root"
_ROOT_NAME = "Simulated PayPal Root"
_EARLIER = timedelta(days=1)
_ROOT_LIFE = timedelta(days=3650)
_LEAF_LIFE = timedelta(days=365)
_RSA_BITS = 2048
_ORDER_OF_P256 = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)


@dataclass(frozen=True, slots=True)
class _Made:
    root: x509.Certificate
    leaf: x509.Certificate
    key: rsa.RSAPrivateKey


class Certificates:
    """The authority, and the one certificate that it gave out."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        self._secret, self._clock = secret, clock
        self._lock = threading.Lock()
        self._made: _Made | None = None

    @property
    def root_pem(self) -> bytes:
        """The root, which whoever is to believe the signatures has to know."""
        return self._all().root.public_bytes(Encoding.PEM)

    @property
    def leaf_pem(self) -> bytes:
        """The certificate of the key that signs."""
        return self._all().leaf.public_bytes(Encoding.PEM)

    @property
    def leaf_id(self) -> str:
        """As it stands in the certificate's address."""
        digest = self._all().leaf.fingerprint(hashes.SHA256()).hex()
        return f"CERT-{digest[:8]}-{digest[8:16]}"

    def sign(self, message: bytes) -> bytes:
        """RSA, PKCS #1 v1.5, SHA-256."""
        return self._all().key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def _all(self) -> _Made:
        with self._lock:
            if self._made is None:
                self._made = _make(self._secret, self._clock())
            return self._made


def _make(secret: str, now: datetime) -> _Made:
    root_key = _root_key(secret)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _ROOT_NAME)])
    root_identifier = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(root_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(root_identifier, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]))
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_identifier),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    return _Made(root, leaf, key)


def _root_key(secret: str) -> ec.EllipticCurvePrivateKey:
    digest = hmac.new(secret.encode(), _ROOT_LABEL, hashlib.sha512).digest()
    number = int.from_bytes(digest) % (_ORDER_OF_P256 - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
