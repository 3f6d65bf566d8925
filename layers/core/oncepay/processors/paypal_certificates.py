"""Is this certificate PayPal's? Fetched from where PayPal keeps them, up to a root that we pinned.

The URL comes with the webhook, so from whoever sent it, and is compared as text: https, one of the
hosts of the environment that we work with, the path of a certificate, and nothing else at all. What
is found there must be a chain of X.509 certificates, the first of them for a name of paypal.com,
with an RSA key, valid now, and signed up to one of three roots of DigiCert. Anything else is one
error, and never any other exception; only what is not the sender's doing, such as PayPal's server
being down, says that it is to be tried again.

The roots are in `paypal_roots.pem`, with their fingerprints and their source.

Source of the hosts and of the path: PayPal, "Integrate webhooks", as of 2026-11. `cryptography` is
imported in the functions that need it: it takes 70 ms, and most functions never verify anything.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oncepay.domain.errors import InvalidSignature, StorageUnavailable
from oncepay.domain.processor_place import PAYPAL_LIVE, PAYPAL_SANDBOX
from oncepay.processors.http_exchange import Reply, exchange

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

HEADER = "PAYPAL-CERT-URL"

PATH = "/v1/notifications/certs/"

ROOTS = Path(__file__).with_name("paypal_roots.pem")

MAX_CACHED = 16
"""PayPal signs with one certificate at a time, and changes it about once a year."""

MAX_CHAIN_BYTES = 65_536
MAX_CERTIFICATES = 8
"""A leaf and two authorities are some 6 KB."""

MIN_KEY_BITS = 2_048
"""Source: CA/Browser Forum, Baseline Requirements, 6.1.5, as of 2026-11."""

FETCH_SECONDS = 3.0
"""PayPal's server waits for our answer meanwhile."""

_NAME_OF_FILE = re.compile(r"CERT-[A-Za-z0-9-]{1,100}")
_NAME_OF_PAYPAL = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+paypal\.com")


@dataclass(frozen=True, slots=True)
class _Signer:
    key: "RSAPublicKey"
    valid_from: datetime
    valid_until: datetime


class PayPalCertificates:
    """The certificates of PayPal's webhooks, fetched once each.

    Args:
        base_url: of PayPal's API, which says whether this is the sandbox. Certificates of any
            other server, such as the simulated one, are at that very address.
        roots: of such another server, in PEM; PayPal's own are pinned.
        timeout_seconds: of one fetch, as a whole.

    Raises:
        ValueError: roots for PayPal itself, or none for another server.
    """

    def __init__(
        self, base_url: str, *, roots: bytes | None = None, timeout_seconds: float = FETCH_SECONDS
    ) -> None:
        base_url = base_url.rstrip("/")
        hosts = next((each for each in (PAYPAL_LIVE, PAYPAL_SANDBOX) if base_url in each), None)
        if (hosts is None) != (roots is not None):
            raise ValueError("PayPal's roots are pinned; any other server's must be given")
        self._places = tuple(host + PATH for host in hosts or (base_url,))
        self._roots, self._timeout_seconds = roots, timeout_seconds
        self._cached: OrderedDict[str, _Signer] = OrderedDict()

    def key_of(self, url: str, now: datetime) -> "RSAPublicKey":
        """The key of the certificate at that URL.

        Raises:
            InvalidSignature: it is none of PayPal's, or not valid now.
            StorageUnavailable: it cannot be fetched now.
        """
        signer = self._cached.pop(url, None)
        if signer is None or not signer.valid_from <= now <= signer.valid_until:
            self._require_place(url)
            signer = _verified(self._fetch(url), self._read_roots(), now)
        # The one that was used last is dropped last.
        self._cached[url] = signer
        if len(self._cached) > MAX_CACHED:
            self._cached.popitem(last=False)
        return signer.key

    def _require_place(self, url: str) -> None:
        for place in self._places:
            if url.startswith(place) and _NAME_OF_FILE.fullmatch(url, len(place)):
                return
        raise _invalid("the certificate is not where PayPal keeps them")

    def _fetch(self, url: str) -> bytes:
        reply = exchange(
            url, method="GET", headers={}, body=None, timeout_seconds=self._timeout_seconds
        )
        if not isinstance(reply, Reply):
            if reply.reason == "reply_too_large":
                raise _invalid("the certificate is too large")
            raise _not_now()
        if reply.status in (408, 429) or reply.status >= 500:
            raise _not_now()
        if reply.status != 200:
            # There is none of that name; and a redirect leads away from PayPal.
            raise _invalid("there is no certificate where the header says")
        if len(reply.body) > MAX_CHAIN_BYTES:
            raise _invalid("the certificate is too large")
        return reply.body

    def _read_roots(self) -> bytes:
        return self._roots if self._roots is not None else ROOTS.read_bytes()


def _verified(chain: bytes, roots: bytes, now: datetime) -> _Signer:
    """Raises: InvalidSignature."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import verification

    trusted = verification.Store(x509.load_pem_x509_certificates(roots))
    try:
        certificates = x509.load_pem_x509_certificates(chain)
        if len(certificates) > MAX_CERTIFICATES:
            raise _invalid("the certificate comes with too many others")
        leaf, *others = certificates
        policy = verification.PolicyBuilder().store(trusted).time(now)
        # By the rules for the web's authorities: what they are, when, and how they sign.
        verifier = policy.build_server_verifier(x509.DNSName(_name_of(leaf)))
        path = verifier.verify(leaf, others)
        key = leaf.public_key()
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        verification.VerificationError,
        x509.DuplicateExtension,
        x509.ExtensionNotFound,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ):
        # Why is for whoever made it to find out.
        raise _invalid("the certificate is not PayPal's, or not valid now") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise _invalid(f"the certificate has no RSA key of {MIN_KEY_BITS} bits or more")
    return _Signer(
        key,
        max(each.not_valid_before_utc for each in path),
        min(each.not_valid_after_utc for each in path),
    )


def _name_of(leaf: "Certificate") -> str:
    """Raises: InvalidSignature, or what `_verified` expects."""
    from cryptography import x509

    named = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in named.get_values_for_type(x509.DNSName):
        if _NAME_OF_PAYPAL.fullmatch(name):
            return name
    raise _invalid("the certificate is for no name of paypal.com")


def _not_now() -> StorageUnavailable:
    return StorageUnavailable("PayPal's certificate cannot be fetched now; send the event again")


def _invalid(detail: str) -> InvalidSignature:
    return InvalidSignature(detail, param=HEADER)
