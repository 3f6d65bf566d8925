"""The Stripe face, driven by Stripe's own library: who may call, what a key is good for, and what
goes wrong.
"""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from ops.simulated.server import SimulatedProcessor
from tests.simulated.client import Client, HandClock, Reply
from tests.simulated.stripe_client import Shop, a_client

MOVES = ("charge", "capture", "cancel", "refund")
KEYS = {"charge": "pay_1", "capture": "cap_1", "cancel": "void_1", "refund": "re_1"}
STEPS = {"capture": "capture", "cancel": "void", "refund": "refund"}


@pytest.fixture
def shop(processor: SimulatedProcessor) -> Shop:
    return Shop(processor)


def prepared(shop: Shop, move: str, behaviour: str) -> str:
    """What the call is about, so that it will behave so."""
    if move == "charge":
        return behaviour
    plan = f"approve__{STEPS[move]}_{behaviour}"
    return str(shop.charge(plan, key="pay_0", manual=move != "refund").id)


def times_done(shop: Shop, move: str) -> int:
    charges = shop.processor.engine.record()
    if move == "charge":
        return len(charges)
    return sum(each.kind == STEPS[move] for _, done in charges for each in done)


def raw(client: Client, key: str | None, **params: str) -> Reply:
    """A charge by plain HTTP."""
    form = {
        "amount": "5000",
        "currency": "usd",
        "payment_method": "pm_approve",
        "payment_method_types[]": "card",
        "confirm": "true",
        **params,
    }
    headers = {
        "Authorization": f"Bearer {client.processor.credentials.stripe_api_key}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    path, body = "/stripe/v1/payment_intents", urlencode(form).encode()
    return client.answered("POST", path, body, key=key, headers=headers)


def test_key__that_is_wrong__is_401(processor: SimulatedProcessor) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        a_client(processor, "sk_test_wrong").v1.payment_intents.list()
    assert caught.value.http_status == 401


def test_key__of_the_native_face__is_401(processor: SimulatedProcessor) -> None:
    with pytest.raises(stripe.AuthenticationError):
        a_client(processor, processor.secret).v1.payment_intents.list()


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic !", "Digest x", "Bearer \u00e9"])
def test_key__that_is_none__is_401(client: Client, authorization: str) -> None:
    reply = client.answered("GET", "/stripe/v1/refunds", headers={"Authorization": authorization})
    assert (reply.status, reply.json["error"]["type"]) == (401, "invalid_request_error")


def test_key__as_the_user_of_basic_authentication__is_taken(client: Client) -> None:
    key = f"{client.processor.credentials.stripe_api_key}:".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(key).decode()}"}
    assert client.answered("GET", "/stripe/v1/refunds", headers=headers).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/stripe/v1/nothing"),
        ("GET", "/stripe/v1/charges"),
        ("POST", "/stripe/v1/payment_intents/pi_1/dance"),
        ("DELETE", "/stripe/v1/payment_intents/pi_1"),
        ("GET", "/stripe"),
    ],
)
def test_path__that_is_none__is_404(client: Client, method: str, path: str) -> None:
    key = client.processor.credentials.stripe_api_key
    reply = client.answered(method, path, headers={"Authorization": f"Bearer {key}"})
    assert reply.status == 404
    assert reply.json["error"]["message"].startswith("Unrecognized request URL")


def test_answer__has_a_request_id_and_its_key(client: Client) -> None:
    headers = raw(client, "k 1").headers
    assert headers["Request-Id"].startswith("req_")
    assert headers["Idempotency-Key"] == "k 1"
    assert "Idempotent-Replayed" not in headers


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"a[b": "1"}, "a[b"),
        ({"metadata": "1"}, "metadata"),
        ({"metadata[a][b]": "1"}, "metadata"),
        ({"amount[x]": "1"}, "amount[x]"),
        ({"confirm": "yes"}, "confirm"),
    ],
)
def test_brackets__that_make_no_sense__are_400(
    client: Client, params: dict[str, str], param: str
) -> None:
    reply = raw(client, "k1", **params)
    assert (reply.status, reply.json["error"]["param"]) == (400, param)


@pytest.mark.parametrize("move", MOVES)
def test_key__sent_again__is_answered_the_same_and_says_so(shop: Shop, move: str) -> None:
    about = prepared(shop, move, "approve")
    first, again = getattr(shop, move)(about), getattr(shop, move)(about)
    assert again.to_dict() == first.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert times_done(shop, move) == 1


def test_key__sent_again_later__is_answered_as_it_was(shop: Shop) -> None:
    intent = shop.charge(manual=True)
    shop.capture(intent.id)
    assert shop.charge(manual=True).to_dict() == intent.to_dict()
    assert shop.intent(intent.id).status == "succeeded"


def test_key__of_a_decline__is_declined_the_same(client: Client) -> None:
    first = raw(client, "k1", payment_method="pm_decline_expired_card")
    again = raw(client, "k1", payment_method="pm_decline_expired_card")
    assert (again.status, again.body) == (402, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("change", [{"amount": 5001}, {"description": "other words"}])
def test_key__with_other_parameters__is_an_idempotency_error(
    shop: Shop, change: dict[str, Any]
) -> None:
    shop.charge()
    with pytest.raises(stripe.IdempotencyError) as caught:
        shop.charge(**change)
    assert caught.value.http_status == 400
    assert times_done(shop, "charge") == 1


def test_key__of_another_path__is_an_idempotency_error(shop: Shop) -> None:
    intent = shop.charge(manual=True)
    shop.capture(intent.id, key="k1")
    with pytest.raises(stripe.IdempotencyError):
        shop.cancel(intent.id, key="k1")


def test_key__of_the_native_face__is_another_key(shop: Shop, client: Client) -> None:
    client.charged(key="pay_1")
    assert shop.charge(key="pay_1").status == "succeeded"


def test_key__that_is_missing__is_no_other_ones(client: Client) -> None:
    assert raw(client, None).json["id"] != raw(client, None).json["id"]


def test_key__too_long__is_400(client: Client) -> None:
    assert raw(client, "k" * 256).json["error"]["type"] == "idempotency_error"


def test_key__of_what_was_refused_as_it_came__is_free(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.charge(currency="xyz")
    assert shop.charge().status == "succeeded"


@pytest.mark.parametrize("move", MOVES)
def test_timeout__before_anything_happened__works_when_sent_again(shop: Shop, move: str) -> None:
    about = prepared(shop, move, "timeout_before")
    with pytest.raises(stripe.APIConnectionError):
        getattr(shop, move)(about)
    assert times_done(shop, move) == 0
    getattr(shop, move)(about)
    assert times_done(shop, move) == 1


@pytest.mark.parametrize("move", MOVES)
def test_timeout__after_it_happened__is_replayed(shop: Shop, move: str) -> None:
    about = prepared(shop, move, "timeout_after")
    with pytest.raises(stripe.APIConnectionError):
        getattr(shop, move)(about)
    again = getattr(shop, move)(about)
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert times_done(shop, move) == 1


@pytest.mark.parametrize("move", MOVES)
def test_server_error__after_it_happened__is_replayed_as_that(shop: Shop, move: str) -> None:
    about = prepared(shop, move, "error_after")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            getattr(shop, move)(about)
        assert (caught.value.http_status, caught.value.error.type) == (500, "api_error")
    assert caught.value.headers is not None
    assert caught.value.headers["Idempotent-Replayed"] == "true"
    assert times_done(shop, move) == 1


@pytest.mark.parametrize("move", MOVES)
def test_rate_limit__did_nothing_and_passes(shop: Shop, move: str) -> None:
    about = prepared(shop, move, "rate_limited")
    with pytest.raises(stripe.RateLimitError) as caught:
        getattr(shop, move)(about)
    assert caught.value.http_status == 429
    assert times_done(shop, move) == 0
    getattr(shop, move)(about)


@pytest.mark.parametrize("move", MOVES)
def test_what_lands_later__has_its_key_in_use_until_then(
    shop: Shop, clock: HandClock, move: str
) -> None:
    about = prepared(shop, move, "lands_later")
    with pytest.raises(stripe.APIConnectionError):
        getattr(shop, move)(about)
    with pytest.raises(stripe.StripeError) as caught:
        getattr(shop, move)(about)
    assert caught.value.http_status == 409
    assert caught.value.error.code == "idempotency_key_in_use"
    clock.pass_by(61)
    getattr(shop, move)(about)
    assert times_done(shop, move) == 1


@pytest.mark.parametrize("move", MOVES)
def test_answer__that_is_no_json__was_done_all_the_same(shop: Shop, move: str) -> None:
    about = prepared(shop, move, "malformed")
    with pytest.raises(stripe.APIError):
        getattr(shop, move)(about)
    assert times_done(shop, move) == 1


@pytest.fixture
def mute(shop: Shop) -> Iterator[Shop]:
    with pytest.raises(stripe.APIConnectionError):
        shop.charge("never_answers")
    yield shop


def test_charge__that_is_never_answered__is_not_listed_either(mute: Shop, clock: HandClock) -> None:
    now = int(clock().timestamp())
    with pytest.raises(stripe.APIConnectionError):
        mute.stripe.v1.payment_intents.list({"created": {"gte": now - 60, "lte": now + 600}})


def test_list__of_another_time__is_answered(mute: Shop, clock: HandClock) -> None:
    now = int(clock().timestamp())
    assert mute.stripe.v1.payment_intents.list({"created": {"gte": now + 1}}).data == []


def test_refund__that_is_never_answered__is_not_listed_either(shop: Shop) -> None:
    intent = shop.charge("approve__refund_never_answers")
    with pytest.raises(stripe.APIConnectionError):
        shop.refund(intent.id)
    with pytest.raises(stripe.APIConnectionError):
        shop.stripe.v1.refunds.list({"payment_intent": intent.id})


def test_capture__that_is_never_answered__its_payment_intent_is_not_either(shop: Shop) -> None:
    intent = shop.charge("approve__capture_never_answers", manual=True)
    with pytest.raises(stripe.APIConnectionError):
        shop.capture(intent.id)
    with pytest.raises(stripe.APIConnectionError):
        shop.intent(intent.id)


def test_control__ends_what_is_pending_by_the_key_of_the_face(shop: Shop, client: Client) -> None:
    intent = shop.charge("approve__refund_pending")
    refund = shop.refund(intent.id)
    reply = client.answered("POST", "/control/operations/stripe:re_1/fail", {"code": "lost"})
    assert reply.json["status"] == "failed"
    assert shop.stripe.v1.refunds.retrieve(refund.id).failure_reason == "lost"
