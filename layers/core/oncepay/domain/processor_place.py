"""Where is a payment processor, and where is what it is called with?"""

from dataclasses import dataclass

PAYPAL_LIVE = ("https://api.paypal.com", "https://api-m.paypal.com")
PAYPAL_SANDBOX = ("https://api.sandbox.paypal.com", "https://api-m.sandbox.paypal.com")
"""Source: PayPal, "Integrate webhooks" and "API requests", as of 2026-11."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorPlace:
    """One processor that is configured.

    Attributes:
        url: base of its API.
        secret_id: of the secret that it is called with.
        api_version: that is asked for, where a processor has several.
        return_url: where a payer comes back to from the bank's page; None if nowhere.
    """

    url: str
    secret_id: str
    api_version: str | None = None
    return_url: str | None = None
