"""What is a secret's value? From Secrets Manager, kept for five minutes, so that a rotated one is
taken up.
"""

MAX_AGE_SECONDS = 300


def read_secret(secret_id: str) -> bytes:
    """The current value of a secret."""
    # Imported here: most calls need no secret, and this would cost every cold start.
    from aws_lambda_powertools.utilities import parameters

    value: str = parameters.get_secret(secret_id, max_age=MAX_AGE_SECONDS)
    return value.encode()
