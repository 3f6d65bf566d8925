"""A webhook's secret is rotated while events come: signed with the one before, they are taken; with
the one before that, no longer. The functions keep what they have read for minutes, and so are
started anew.
"""

import secrets
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ops.demo.http_client import Reply
from ops.demo.story import eventually
from tests.e2e.conftest import aws_client
from tests.e2e.hostile_events import Delivery, post, signature_of
from tests.stripe_events import an_event_of_stripe

START_SECONDS = 60

pytestmark = pytest.mark.e2e


class Secret:
    """What events of Stripe are signed with, as an operator rotates it."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self._stack = stack
        self._secrets_manager = aws_client(stack, "secretsmanager")
        self._functions = aws_client(stack, "lambda")
        self._function = f"{stack['stack_name']}-webhook"

    def rotate(self, secret: str) -> None:
        """A new one; the one that was current is the one before."""
        self._secrets_manager.put_secret_value(
            SecretId=self._stack["stripe_webhook_secret_id"], SecretString=secret
        )

    def start_anew(self) -> None:
        """Whoever has read it forgets it; returns once the function answers again."""
        found = self._functions.get_function_configuration(FunctionName=self._function)
        self._functions.update_function_configuration(
            FunctionName=self._function, Timeout=found["Timeout"]
        )
        self._functions.get_waiter("function_updated").wait(
            FunctionName=self._function, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
        unsigned = Delivery("/webhooks/stripe", (), b"")
        status = eventually(
            lambda: post(self._stack["api_url"], unsigned).status,
            lambda status: status == 400,
            seconds=START_SECONDS,
        )
        assert status == 400


@pytest.fixture(scope="module")
def secret(stack: dict[str, Any]) -> Iterator[Secret]:
    """As it was, in the end."""
    rotating = Secret(stack)
    yield rotating
    rotating.rotate(stack["stripe_webhook_secret"])
    rotating.start_anew()


def made_up() -> str:
    return f"whsec_{secrets.token_hex(32)}"


def deliver(stack: dict[str, Any], secret: str) -> Reply:
    """An event that is signed with it now."""
    body = an_event_of_stripe(id=f"evt_{uuid.uuid4().hex}").encode()
    header = signature_of(body, secret, at=int(time.time()))
    headers = (("Content-Type", b"application/json"), ("Stripe-Signature", header.encode()))
    return post(stack["api_url"], Delivery("/webhooks/stripe", headers, body))


def test_secret__rotated_once__both_are_taken(stack: dict[str, Any], secret: Secret) -> None:
    new = made_up()
    secret.rotate(stack["stripe_webhook_secret"])
    secret.rotate(new)
    secret.start_anew()
    assert deliver(stack, stack["stripe_webhook_secret"]).status == 200
    assert deliver(stack, new).status == 200


def test_secret__rotated_twice__the_first_is_refused(stack: dict[str, Any], secret: Secret) -> None:
    second, third = made_up(), made_up()
    secret.rotate(stack["stripe_webhook_secret"])
    secret.rotate(second)
    secret.rotate(third)
    secret.start_anew()
    refused = deliver(stack, stack["stripe_webhook_secret"])
    assert (refused.status, refused.code) == (400, "invalid_signature")
    assert deliver(stack, second).status == 200
    assert deliver(stack, third).status == 200
