"""How is the simulated processor told where its events go, and asked for the root of its PayPal?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from ops.local.folder import LocalStackError, Server
from ops.local.simulated import point_webhooks, read_paypal_root
from ops.simulated.server import SimulatedProcessor, running_simulated_processor

API = "http://127.0.0.1:1/api"
HEAD, TAIL = "-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----\n"


@pytest.fixture
def processor() -> Iterator[SimulatedProcessor]:
    with running_simulated_processor() as running:
        yield running


@pytest.fixture
def server(processor: SimulatedProcessor) -> Server:
    """As `make up` knows it; only its processor is there."""
    port = urlsplit(processor.url).port
    assert port is not None
    return Server(1, 1, port)


def test_webhooks__go_to_the_path_of_each_processor(
    processor: SimulatedProcessor, server: Server
) -> None:
    point_webhooks(server, processor.secret, API, stripe_webhook_secret="whsec_1")
    webhooks = processor.outbox.webhooks
    assert webhooks.urls == {
        "simulated": f"{API}/webhooks/simulated",
        "stripe": f"{API}/webhooks/stripe",
        "paypal": f"{API}/webhooks/paypal",
    }
    behaviour = (webhooks.enabled, webhooks.delay_seconds, webhooks.copies, webhooks.shuffle)
    assert behaviour == (True, 1, 1, 0)


def test_webhooks_of_stripe__are_signed_with_the_secret_of_the_stack(
    processor: SimulatedProcessor, server: Server
) -> None:
    point_webhooks(server, processor.secret, API, stripe_webhook_secret="whsec_1")
    assert processor.credentials.stripe_webhook_secret == "whsec_1"


def test_root_of_paypal__is_as_the_template_takes_it(
    processor: SimulatedProcessor, server: Server
) -> None:
    text = read_paypal_root(server, processor.secret)
    root = x509.load_pem_x509_certificate(f"{HEAD}{text}{TAIL}".encode())
    assert root.subject == root.issuer
    # Lambda's environment has 4 KB for all variables of a function.
    assert len(text) < 1_024


def test_root_of_paypal__asked_for_with_another_secret__is_one_line(server: Server) -> None:
    with pytest.raises(LocalStackError, match=r"^the simulated processor failed: HTTP Error 401"):
        read_paypal_root(server, "another")
