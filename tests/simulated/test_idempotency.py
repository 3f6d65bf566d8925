"""One key, one effect: the same request again, another request, and many at once."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from tests.simulated.client import Client, a_charge


def test_key__same_request_again__replays_the_first_bytes(client: Client) -> None:
    first = client.charged("approve", manual=True)
    client.moved(first.json["id"], "capture", key="cap_1")
    again = client.charged("approve", manual=True)
    assert (again.status, again.body) == (201, first.body)


def test_key__same_request_in_other_bytes__is_the_same_request(client: Client) -> None:
    first = client.charged("approve")
    shuffled = dict(reversed(a_charge().items()))
    assert client.answered("POST", "/v1/charges", shuffled, key="pay_1").body == first.body


def test_key__decline__is_replayed(client: Client) -> None:
    first = client.charged("decline_lost_card")
    again = client.charged("decline_lost_card")
    assert (again.status, again.body) == (402, first.body)


def test_key__conflict__is_replayed_although_the_charge_has_changed(client: Client) -> None:
    charge_id = client.charged("approve", manual=True).json["id"]
    first = client.moved(charge_id, "capture", key="cap_1", amount_minor=9999)
    client.moved(charge_id, "void", key="void_1")
    again = client.moved(charge_id, "capture", key="cap_1", amount_minor=9999)
    assert (again.status, again.body) == (409, first.body)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 5001},
        {"currency": "EUR"},
        {"capture": "manual"},
        {"payment_id": "pay_2"},
        {"payment_method": "pm_slow"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_key__other_charge__is_422_and_does_nothing(
    client: Client, change: dict[str, object]
) -> None:
    client.charged("approve")
    reply = client.answered("POST", "/v1/charges", a_charge(**change), key="pay_1")  # type: ignore[arg-type]
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert len(client.processor.engine.record()) == 1


def test_key__other_operation__is_422_and_does_nothing(client: Client) -> None:
    charge_id = client.charged("approve", manual=True).json["id"]
    client.moved(charge_id, "capture", key="op_1")
    reply = client.moved(charge_id, "refund", key="op_1")
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")


def test_key__sent_sixteen_times_at_once__is_one_charge_and_one_answer(client: Client) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: client.charged("approve"), range(16)))
    assert {(reply.status, reply.body) for reply in replies} == {(201, replies[0].body)}
    assert len(client.processor.engine.record()) == 1


@pytest.mark.parametrize("key", ["pay_a/b", "pay a%2Fb", "pay?x"])
def test_lookup__odd_key__is_found(client: Client, key: str) -> None:
    charge = client.charged("approve", key=key).json
    assert client.found(quote(key, safe="")) == charge


def test_lookup__nobody_sent_it__is_404(client: Client) -> None:
    reply = client.answered("GET", "/v1/operations/pay_nobody")
    assert (reply.status, reply.code) == (404, "not_found")


def test_lookup__says_key_and_kind(client: Client) -> None:
    charge = client.charged("approve").json
    reply = client.answered("GET", "/v1/operations/pay_1")
    assert reply.json == {"key": "pay_1", "object": "charge", "result": charge}
