"""Sixteen clients at once, several copies of every key: one payment a key, and the balance
exact."""

import uuid
from collections import Counter, defaultdict
from typing import Any

import pytest

from ops.demo.crowd import Call, Crowd
from ops.demo.http_client import HttpClient, Reply
from ops.demo.shop import Shop
from ops.verify.prover import verify
from tests.e2e.conftest import aws_client

CLIENTS = 16
KEYS = 50
COPIES = 4
AMOUNT_MINOR, FEE_MINOR = 1_000, 20

pytestmark = pytest.mark.e2e


def payments(prefix: str, keys: int, copies: int) -> list[Call]:
    """Copies of a key stand side by side: dealt out in turn, they go to different clients."""
    body = {"amount_minor": AMOUNT_MINOR, "currency": "USD", "funding": {"type": "balance"}}
    return [
        Call(method="POST", path="/v1/payments", body=body, key=f"{prefix}-{number}")
        for number in range(keys)
        for _ in range(copies)
    ]


def count_payments(shop: Shop) -> int:
    """Through the list, page by page."""
    count, cursor = 0, ""
    while True:
        page = shop.get(f"/v1/payments?limit=100{cursor}").json
        count += len(page["data"])
        if page["next_cursor"] is None:
            return count
        cursor = f"&cursor={page['next_cursor']}"


def warm(crowd: Crowd, shop: Shop) -> None:
    """Start the local workers before the storm: a cold one takes a second."""
    health = Call(method="GET", path="/v1/balances")
    for clients in (2, 4, 8, CLIENTS):
        crowd.call_at_once(shop.api_key, [health] * clients, clients=clients)


def test_copies__of_fifty_keys_from_sixteen_clients__fifty_payments(
    stack: dict[str, Any], shop: Shop
) -> None:
    total = KEYS * (AMOUNT_MINOR + FEE_MINOR)
    shop.deposit(total + 777, key="deposit")
    prefix = uuid.uuid4().hex
    with Crowd(CLIENTS, stack["api_url"]) as crowd:
        warm(crowd, shop)
        replies = crowd.call_at_once(shop.api_key, payments(prefix, KEYS, COPIES), clients=CLIENTS)
    assert len(replies) == KEYS * COPIES
    assert Counter(reply.status for reply in replies) == {201: KEYS * COPIES}
    bodies: dict[str, set[bytes]] = defaultdict(set)
    met: dict[str, int] = Counter()
    for reply in replies:
        bodies[reply.json["id"]].add(reply.body)
        met[reply.json["id"]] += reply.is_replay or reply.retried[409] > 0
    assert len(bodies) == KEYS
    assert all(len(answers) == 1 for answers in bodies.values())
    # Otherwise the copies did not meet, and the test has shown nothing.
    assert sum(count > 0 for count in met.values()) >= KEYS / 2
    assert shop.available_minor() == 777
    assert count_payments(shop) == KEYS


def test_money_for_ten__forty_try__exactly_ten_pay(stack: dict[str, Any], shop: Shop) -> None:
    shop.deposit(10 * (AMOUNT_MINOR + FEE_MINOR) + 7, key="deposit")
    with Crowd(CLIENTS, stack["api_url"]) as crowd:
        warm(crowd, shop)
        replies = crowd.call_at_once(
            shop.api_key, payments(uuid.uuid4().hex, 40, 1), clients=CLIENTS
        )
    assert Counter(reply.status for reply in replies) == {201: 10, 402: 30}
    assert shop.available_minor() == 7


def test_refunds__of_one_payment_from_many__never_more_than_was_paid(
    stack: dict[str, Any], shop: Shop
) -> None:
    shop.deposit(AMOUNT_MINOR + FEE_MINOR, key="deposit")
    (call,) = payments(uuid.uuid4().hex, 1, 1)
    client = HttpClient(stack["api_url"], shop.api_key)
    payment = client.call(call.method, call.path, body=call.body, key=call.key).json
    path = f"/v1/payments/{payment['id']}/refunds"
    calls = [
        Call(method="POST", path=path, body={"amount_minor": 100}, key=f"r{number}")
        for number in range(24)
    ]
    with Crowd(8, stack["api_url"]) as crowd:
        replies: list[Reply] = crowd.call_at_once(shop.api_key, calls, clients=8)
    assert Counter(reply.status for reply in replies) == {201: 10, 422: 14}
    assert shop.available_minor() == AMOUNT_MINOR


def test_books__after_all_this__verify(stack: dict[str, Any]) -> None:
    report = verify(stack["tables"], client=aws_client(stack, "dynamodb"))
    assert report.findings == []
