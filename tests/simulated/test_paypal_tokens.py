"""Who may call the simulated PayPal: its tokens, and what is open to everybody."""

import pytest
from cryptography import x509

from ops.simulated.server import SimulatedProcessor, running_simulated_processor
from tests.simulated.client import Client, HandClock
from tests.simulated.paypal_client import PayPal, ask_token

PATH = "/v2/checkout/orders/5O190127TN364715T"
INVALID = {"error": "invalid_token", "error_description": "The token passed in was not found"}


@pytest.fixture
def paypal(client: Client) -> PayPal:
    return PayPal(client)


def status_with(paypal: PayPal, authorization: str) -> int:
    return paypal.answered("GET", PATH, headers={"Authorization": authorization}).status


def test_token__is_given_for_nine_hours(client: Client) -> None:
    given = ask_token(client).json
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 32_400)


def test_token__opens_until_it_expires(paypal: PayPal, clock: HandClock) -> None:
    token = paypal.token()
    clock.pass_by(32_399)
    assert status_with(paypal, f"Bearer {token}") == 404
    clock.pass_by(1)
    reply = paypal.answered("GET", PATH, headers={"Authorization": f"Bearer {token}"})
    assert (reply.status, reply.json) == (401, INVALID)


def test_token__processors_own_clock_moved_on__has_expired(paypal: PayPal) -> None:
    token = paypal.token()
    paypal.client.answered("POST", "/control/clock", {"advance_seconds": 32_400})
    assert status_with(paypal, f"Bearer {token}") == 401


def test_token__of_a_server_with_the_same_secret__is_good(client: Client, clock: HandClock) -> None:
    token = ask_token(client).json["access_token"]
    with running_simulated_processor(clock=clock, secret=client.processor.secret) as again:
        assert status_with(PayPal(Client(again)), f"Bearer {token}") == 404


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        "Bearer A21AA99999999999-00",
        "Bearer A21AA999999999999999999-00",
        "Bearer A21AA-",
        "Basic {token}",
        "Bearer {token}0",
    ],
)
def test_token__that_is_none__is_401(paypal: PayPal, authorization: str) -> None:
    sent = authorization.format(token=paypal.token())
    reply = paypal.answered("GET", PATH, headers={"Authorization": sent})
    assert (reply.status, reply.json) == (401, INVALID)


def test_servers_secret__is_no_token(paypal: PayPal) -> None:
    assert status_with(paypal, f"Bearer {paypal.processor.secret}") == 401


@pytest.mark.parametrize("user", ["", "a:b", "no colon"])
def test_token__wrong_client__is_401(client: Client, user: str) -> None:
    reply = ask_token(client, user=user)
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")


def test_token__without_basic__is_401(client: Client) -> None:
    reply = client.answered("POST", "/paypal/v1/oauth2/token", b"grant_type=client_credentials")
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("form", [b"", b"grant_type=password", b"\xff"])
def test_token__other_grant__is_400(client: Client, form: bytes) -> None:
    reply = ask_token(client, form=form)
    assert (reply.status, reply.json["error"]) == (400, "unsupported_grant_type")


def test_root__is_for_who_holds_the_servers_secret(client: Client) -> None:
    path = "/control/paypal-root"
    root = client.answered("GET", path)
    assert (root.status, root.body.splitlines()[0]) == (200, b"-----BEGIN CERTIFICATE-----")
    # Short enough for a setting of a Lambda function.
    assert len(root.body) < 1_000
    assert client.answered("GET", path, headers={"Authorization": "Bearer x"}).status == 401


def test_certificate__other_name__is_not_found(client: Client) -> None:
    path = "/paypal/v1/notifications/certs/CERT-360caa42-fca2a594"
    assert client.answered("GET", path).status == 404


def test_root__of_a_server_with_the_same_secret__has_the_same_key(
    processor: SimulatedProcessor, client: Client
) -> None:
    with running_simulated_processor(secret=processor.secret) as again:
        first, second = (
            x509.load_pem_x509_certificate(each.answered("GET", "/control/paypal-root").body)
            for each in (client, Client(again))
        )
    assert first.public_key() == second.public_key()
    assert first.subject == second.subject
