"""How does Stripe sign an event? As its documentation says, and on purpose not with the project's
own code: signatures are never switched off, and checked as anybody's would be.
"""

import hashlib
import hmac


def stripe_signature(secret: str, body: str, signed_at: int) -> str:
    """The header `Stripe-Signature` of a body, signed at that second."""
    signed = f"{signed_at}.{body}".encode()
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={signed_at},v1={signature}"
