"""What does Stripe sign with on a local stack? With a secret that is made up once, in Stripe's
form, and kept where the functions look for it: in the local Secrets Manager.
"""

import secrets
from typing import Any

PREFIX = "whsec_"
SECRET_BYTES = 32


def ensure_stripe_secret(secrets_manager: Any, secret_id: str) -> str:
    """The secret to sign local events with.

    Args:
        secrets_manager: a client of the local Secrets Manager.
        secret_id: of the secret that the template declares; what it made up at first is replaced.
    """
    words = str(secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"]).split()
    if words and words[0].startswith(PREFIX):
        # There may be several, one for each endpoint.
        return words[0]
    secret = PREFIX + secrets.token_hex(SECRET_BYTES)
    secrets_manager.put_secret_value(SecretId=secret_id, SecretString=secret)
    return secret
