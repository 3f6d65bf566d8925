"""What do payment processors and a local stack share? Secrets that are made up once, and kept where
the functions look for them: in the local Secrets Manager.
"""

import secrets
from typing import Any

STRIPE_PREFIX = "whsec_"
SECRET_BYTES = 32


def ensure_stripe_secret(secrets_manager: Any, secret_id: str) -> str:
    """The secret to sign local events of Stripe's with: made up, unless a person has put one.

    Args:
        secrets_manager: a client of the local Secrets Manager.
        secret_id: of the secret that the template declares; what it made up at first is replaced.
    """
    words = _read(secrets_manager, secret_id).split()
    if words and words[0].startswith(STRIPE_PREFIX):
        # There may be several, one for each endpoint.
        return words[0]
    secret = STRIPE_PREFIX + secrets.token_hex(SECRET_BYTES)
    secrets_manager.put_secret_value(SecretId=secret_id, SecretString=secret)
    return secret


def put_secret(secrets_manager: Any, secret_id: str, secret: str) -> None:
    """Let the functions know what the simulated processor wants; nothing if they do."""
    if _read(secrets_manager, secret_id) != secret:
        secrets_manager.put_secret_value(SecretId=secret_id, SecretString=secret)


def _read(secrets_manager: Any, secret_id: str) -> str:
    return str(secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"])
