"""Did PayPal send this? The headers of a webhook against the body's exact bytes.

    PAYPAL-TRANSMISSION-ID      of this delivery
    PAYPAL-TRANSMISSION-TIME    when it was sent, RFC 3339 in UTC
    PAYPAL-TRANSMISSION-SIG     RSA, PKCS #1 v1.5, SHA-256, in base64
    PAYPAL-CERT-URL             where its certificate is: see `paypal_certificates`
    PAYPAL-AUTH-ALGO            SHA256withRSA, and nothing else
    PAYPAL-AUTH-VERSION         v2

Signed is `<id>|<time>|<webhook id>|<CRC-32 of the body, in decimal>`. The webhook's id is ours to
know: it is what binds the signature to us, while everything else about it is the sender's word.
Whatever is wrong with the headers is one error, and never any other exception.

Source: PayPal, "Integrate webhooks", and PayPal-Python-SDK 1.13, as of 2026-11. Other than that
library, this refuses SHA1withRSA and times that are far from now.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.errors import InvalidRequest, InvalidSignature
from oncepay.domain.times import parse_time
from oncepay.processors.paypal_certificates import HEADER as CERTIFICATE
from oncepay.processors.paypal_certificates import PayPalCertificates

TRANSMISSION = "PAYPAL-TRANSMISSION-ID"
TIME = "PAYPAL-TRANSMISSION-TIME"
SIGNATURE = "PAYPAL-TRANSMISSION-SIG"
ALGORITHM = "PAYPAL-AUTH-ALGO"
VERSION = "PAYPAL-AUTH-VERSION"

TOLERANCE_SECONDS = 300
"""Both ways: how long a signature can be replayed, and how wrong two clocks may be."""

MAX_HEADER_CHARACTERS = 1_024
"""The signature of a key of 4096 bits is 684; everything else is shorter."""

_TRANSMISSION = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class PayPalSignature:
    """The headers, read; the time as it was signed, and as it is."""

    transmission_id: str
    time: str
    sent_at: datetime
    signature: bytes
    certificate_url: str


def read_headers(headers: Mapping[str, Sequence[str]]) -> PayPalSignature:
    """Read the headers, of which there must be one each.

    Args:
        headers: every value of every header; names in lower case.

    Raises:
        InvalidSignature: one is missing, was sent twice, or is not of its form.
    """
    transmission_id = _one(headers, TRANSMISSION)
    if not _TRANSMISSION.fullmatch(transmission_id):
        raise _invalid(f"the header {TRANSMISSION} is not what it should be", TRANSMISSION)
    time = _one(headers, TIME)
    signature = _one(headers, SIGNATURE)
    certificate_url = _one(headers, CERTIFICATE)
    if _one(headers, ALGORITHM) != "SHA256withRSA":
        raise _invalid(f"the header {ALGORITHM} must be SHA256withRSA", ALGORITHM)
    if _one(headers, VERSION) != "v2":
        raise _invalid(f"the header {VERSION} must be v2", VERSION)
    return PayPalSignature(
        transmission_id, time, _read_time(time), _read_base64(signature), certificate_url
    )


def verify(
    signature: PayPalSignature,
    raw_body: bytes,
    *,
    webhook_ids: Sequence[bytes],
    certificates: PayPalCertificates,
    now: datetime,
) -> None:
    """Check that PayPal signed the body for one of our webhooks, about now.

    Raises:
        InvalidSignature: it did not, or more than 300 seconds ago or ahead.
        StorageUnavailable: the certificate cannot be fetched now.
    """
    # Before a certificate is fetched for whoever asks.
    if abs((now - signature.sent_at).total_seconds()) > TOLERANCE_SECONDS:
        raise _invalid(f"the header {TIME} is over {TOLERANCE_SECONDS} seconds from now", TIME)
    key = certificates.key_of(signature.certificate_url, now)

    from cryptography import exceptions
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    for webhook_id in webhook_ids:
        signed = signed_text(signature.transmission_id, signature.time, webhook_id, raw_body)
        try:
            key.verify(signature.signature, signed, PKCS1v15(), SHA256())
        except exceptions.InvalidSignature:
            continue
        return
    raise _invalid("the signature is not of this body for our webhook", SIGNATURE)


def signed_text(transmission_id: str, time: str, webhook_id: bytes, raw_body: bytes) -> bytes:
    """What PayPal signs."""
    head = f"{transmission_id}|{time}|".encode()
    return b"%s%s|%d" % (head, webhook_id, zlib.crc32(raw_body))


def _one(headers: Mapping[str, Sequence[str]], name: str) -> str:
    values = headers.get(name.lower(), ())
    if not values:
        raise _invalid(f"the header {name} is missing", name)
    if len(values) > 1:
        raise _invalid(f"the header {name} was sent more than once", name)
    (value,) = values
    if len(value) > MAX_HEADER_CHARACTERS:
        raise _invalid(f"the header {name} is too long", name)
    if not value.isascii():
        raise _invalid(f"the header {name} is not ASCII", name)
    return value


def _read_time(text: str) -> datetime:
    try:
        if _TIME.fullmatch(text):
            return parse_time(text, param=TIME)
    except InvalidRequest:
        pass
    raise _invalid(f"the header {TIME} must be an RFC 3339 time in UTC", TIME)


def _read_base64(text: str) -> bytes:
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if not signature:
        raise _invalid(f"the header {SIGNATURE} must be base64", SIGNATURE)
    return signature


def _invalid(detail: str, header: str) -> InvalidSignature:
    return InvalidSignature(detail, param=header)
