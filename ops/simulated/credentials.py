"""What do the processor's faces ask their callers for? A key, a client's name and password, and the
secrets of their webhooks: each made of the server's one secret, so that whoever knows that one
need not be handed anything else.
"""

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(slots=True)
class Credentials:
    """As they are now: the two of the webhooks may be set to others.

    Attributes:
        stripe_api_key: what a caller of the Stripe face sends.
        stripe_webhook_secret: what its events are signed with.
        paypal_client_id: with its secret, what a caller of the PayPal face asks a token with.
        paypal_client_secret: see there.
        paypal_webhook_id: what the signature of its events is bound to.
    """

    stripe_api_key: str
    stripe_webhook_secret: str
    paypal_client_id: str
    paypal_client_secret: str
    paypal_webhook_id: str


def credentials_of(secret: str) -> Credentials:
    """Those of the server that has this secret; always the same ones."""

    def made(label: str) -> str:
        return hmac.new(secret.encode(), label.encode(), hashlib.sha256).hexdigest()

    return Credentials(
        stripe_api_key="sk_test_" + made("stripe api key"),
        stripe_webhook_secret="whsec_" + made("stripe webhook secret"),
        paypal_client_id="A" + made("paypal client id"),
        paypal_client_secret="E" + made("paypal client secret"),
        paypal_webhook_id=made("paypal webhook id")[:17].upper(),
    )
