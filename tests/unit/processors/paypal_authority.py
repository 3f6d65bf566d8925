"""A certificate authority of the tests' own, and what PayPal would sign with its certificates."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from oncepay.processors.paypal_signature import signed_text

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAME = "messageverificationcerts.paypal.com"
WEBHOOK_ID = b"1JE4291016473214C"
TRANSMISSION_ID = "69cd13f0-d67a-11e5-baa3-778b53f4ae55"

USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)

type Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def an_rsa_key(owner: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One for each owner, the same in every test."""
    del owner
    return rsa.generate_private_key(65_537, bits)


@cache
def an_ec_key(owner: str) -> ec.EllipticCurvePrivateKey:
    del owner
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Issued:
    """A certificate and its key; `above` are those that signed it, up to the root's own."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = field(default=())

    @property
    def pem(self) -> bytes:
        """As PayPal would serve it: the leaf first, then who signed it, without the root."""
        return b"".join(pem_of(each) for each in (self.certificate, *self.above[:-1]))

    def sign(self, body: bytes, time: str, webhook_id: bytes = WEBHOOK_ID) -> str:
        signed = signed_text(TRANSMISSION_ID, time, webhook_id, body)
        assert isinstance(self.key, rsa.RSAPrivateKey)
        made = self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(made).decode()


def issue(
    name: str,
    by: Issued | None = None,
    *,
    key: Key | None = None,
    is_authority: bool = False,
    dns: tuple[str, ...] = (),
    valid_from: datetime = NOW - timedelta(days=30),
    valid_until: datetime = NOW + timedelta(days=300),
) -> Issued:
    """A certificate; signed by itself if by nobody else."""
    key = key or an_rsa_key(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer_key = by.key if by else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_until)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key.public_key()),
            critical=False,
        )
    )
    if is_authority:
        usage = dict.fromkeys(USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    else:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    if dns:
        names = x509.SubjectAlternativeName([x509.DNSName(each) for each in dns])
        builder = builder.add_extension(names, critical=False)
    made = builder.sign(signer_key, hashes.SHA256())
    return Issued(made, key, (by.certificate, *by.above) if by else ())


@cache
def a_root(name: str = "Root of the tests") -> Issued:
    return issue(
        name,
        is_authority=True,
        valid_from=NOW - timedelta(days=3_000),
        valid_until=NOW + timedelta(days=3_000),
    )


@cache
def an_intermediate(root: str = "Root of the tests") -> Issued:
    return issue(
        f"Intermediate of {root}",
        a_root(root),
        is_authority=True,
        valid_until=NOW + timedelta(days=1_000),
    )


@cache
def a_leaf() -> Issued:
    return issue(NAME, an_intermediate(), dns=(NAME,))


def pem_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
