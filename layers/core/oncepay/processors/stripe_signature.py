"""Did Stripe send this? The header `Stripe-Signature` against the body's exact bytes.

    Stripe-Signature: t=<epoch seconds>,v1=<hex>[,v1=<hex>][,v0=<hex>]

A v1 is the HMAC-SHA256 of `<t>.<body>`, its key the whole secret (`whsec_...`) as it is written.
While a secret is rotated Stripe sends one v1 for each: any of them may match, under any of our own
secrets. v0 and schemes that we do not know are passed over. Whatever else is wrong with the header
is one error, and never any other exception.

Source: Stripe, "Resolve webhook signature verification errors", and stripe-python 16.1.0, as of
2026-11. Other than that library, this refuses times of the future.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.errors import InvalidSignature

HEADER = "Stripe-Signature"

TOLERANCE_SECONDS = 300
"""Both ways: how long a signature can be replayed, and how wrong two clocks may be."""

MAX_HEADER_CHARACTERS = 4096
MAX_ENTRIES = 32
"""Stripe sends one signature for each active secret, of which there are two at most."""

_VISIBLE = re.compile(r"[!-~]*")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StripeSignature:
    """The header, read: when the body was signed, in the header's own digits, and the v1 entries
    that can be signatures; and what it is called.
    """

    timestamp: str
    signatures: tuple[bytes, ...]
    header: str = HEADER


def read_header(values: Sequence[str], header: str = HEADER) -> StripeSignature:
    """Read the values of the header, of which there must be one.

    Args:
        values: every value that was sent.
        header: its name; another processor may sign by the same scheme.

    Raises:
        InvalidSignature: none, several, too long, or not of its form.
    """
    if not values:
        raise _invalid(f"the header {header} is missing", header)
    if len(values) > 1:
        raise _invalid(f"the header {header} was sent more than once", header)
    (value,) = values
    entries = value.split(",", MAX_ENTRIES)
    if len(value) > MAX_HEADER_CHARACTERS or len(entries) > MAX_ENTRIES:
        raise _invalid(f"the header {header} is too long", header)
    if not _VISIBLE.fullmatch(value):
        # Two headers, which something on their way has joined with a comma and a blank, are two.
        raise _invalid(f"the header {header} must read t=...,v1=... without blanks", header)
    timestamps, signatures = [], []
    for entry in entries:
        scheme, equals, text = entry.partition("=")
        if not equals:
            raise _invalid(f"the header {header} must read t=...,v1=...", header)
        if scheme == "t":
            timestamps.append(text)
        elif scheme == "v1" and _SIGNATURE.fullmatch(text):
            signatures.append(text.encode())
    if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]):
        raise _invalid(f"the header {header} must hold one time, t=<seconds since 1970>", header)
    if not signatures:
        detail = f"the header {header} holds no signature v1=<64 lower-case hex digits>"
        raise _invalid(detail, header)
    return StripeSignature(timestamps[0], tuple(signatures), header)


def verify(
    signature: StripeSignature, raw_body: bytes, *, secrets: Sequence[bytes], now: datetime
) -> None:
    """Check that the body was signed with one of the secrets, about now.

    Raises:
        InvalidSignature: it was not, or more than 300 seconds ago or ahead.
    """
    signed = b"%s.%s" % (signature.timestamp.encode(), raw_body)
    matches = False
    for secret in secrets:
        expected = hmac.new(secret, signed, hashlib.sha256).hexdigest().encode()
        for found in signature.signatures:
            # All of them, whichever matches: the time taken says nothing.
            matches |= hmac.compare_digest(expected, found)
    if not matches:
        raise _invalid(
            "the signature is not of this body under the secret that we share", signature.header
        )
    if abs(now.timestamp() - int(signature.timestamp)) > TOLERANCE_SECONDS:
        detail = f"the signature's time is over {TOLERANCE_SECONDS} seconds from now"
        raise _invalid(detail, signature.header)


def _invalid(detail: str, header: str) -> InvalidSignature:
    return InvalidSignature(detail, param=header)
