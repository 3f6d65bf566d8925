"""Which certificates may sign webhooks of PayPal? Fetched once each for as long as the process
lives.
"""

from functools import cache

from oncepay.processors.paypal_certificates import PayPalCertificates


@cache
def open_paypal_certificates(base_url: str, roots: bytes | None) -> PayPalCertificates:
    """Those of the PayPal at that address; the same object at every call.

    Args:
        base_url: of its API.
        roots: in PEM, of a server that is not PayPal's; None for PayPal's own.

    Raises:
        ValueError: see `PayPalCertificates`.
    """
    return PayPalCertificates(base_url, roots=roots)
