"""What callers of the faces are asked for: made of the one secret, and of nothing else."""

import pytest

from ops.simulated.credentials import credentials_of
from ops.simulated.server import SimulatedProcessor
from tests.simulated.client import Client


def test_credentials__of_one_secret__are_always_the_same() -> None:
    assert credentials_of("simsec_1") == credentials_of("simsec_1")


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("stripe_api_key", "sk_test_"),
        ("stripe_webhook_secret", "whsec_"),
        ("paypal_client_id", "A"),
        ("paypal_client_secret", "E"),
        ("paypal_webhook_id", ""),
    ],
)
def test_credential__of_another_secret__is_another(name: str, begins: str) -> None:
    first, second = (getattr(credentials_of(secret), name) for secret in ("a", "b"))
    assert first.startswith(begins)
    assert first != second


def test_credentials__of_a_running_processor__are_those_of_its_secret(
    processor: SimulatedProcessor,
) -> None:
    assert processor.credentials == credentials_of(processor.secret)


def test_webhook_id_of_paypal__that_was_set__is_kept(client: Client) -> None:
    client.answered("PUT", "/control/webhooks", {"paypal_webhook_id": "1AB"})
    assert client.processor.credentials.paypal_webhook_id == "1AB"


@pytest.mark.parametrize("name", ["stripe_url", "paypal_url"])
def test_url_of_a_face__that_is_none__is_400(client: Client, name: str) -> None:
    reply = client.answered("PUT", "/control/webhooks", {name: "ftp://x"})
    assert reply.status == 400
    assert reply.json["error"]["message"] == f"{name} must be an http or https URL"
