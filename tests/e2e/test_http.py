"""The API as a merchant's backend sees it: over HTTP, through the gateway, its authorizer and its
own words."""

import http.client
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.demo.http_client import HttpClient, Reply
from ops.demo.shop import Shop

pytestmark = pytest.mark.e2e

DEPOSIT = {"amount_minor": 100_000, "currency": "USD"}


def raw(
    stack: dict[str, Any], method: str, path: str, *, body: bytes = b"", **headers: str
) -> Reply:
    """One request, sent once, with these headers only."""
    url = urlsplit(stack["api_url"])
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=30)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, url.path + path, body or None, named)
        response = connection.getresponse()
        content = response.read()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, content)
    finally:
        connection.close()


def assert_problem(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.code) == (status, code), reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == status
    members = {"type", "title", "detail", "instance", "request_id", "retryable"}
    assert members <= reply.json.keys()
    assert reply.json["request_id"]


def test_health__without_a_key__is_fine(stack: dict[str, Any]) -> None:
    reply = raw(stack, "GET", "/health")
    assert (reply.status, reply.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer nonsense", "Bearer sk_local_aaaaaaaaaaaaaaaa-bbbbbbbb_" + "a" * 32],
    ids=["none", "empty", "nonsense", "unknown"],
)
@pytest.mark.parametrize("path", ["/v1/payments", "/v1/balances", "/v1/ledger/entries"])
def test_key__missing_or_wrong__is_a_401_problem(
    stack: dict[str, Any], authorization: str | None, path: str
) -> None:
    headers: dict[str, Any] = {} if authorization is None else {"Authorization": authorization}
    assert_problem(raw(stack, "GET", path, **headers), 401, "unauthorized")


@pytest.mark.parametrize("with_key", [True, False], ids=["with a key", "without"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("GET", "/v1/nothing"), ("DELETE", "/v1/payments"), ("PUT", "/health")],
)
def test_path__unknown__is_a_404_problem(
    stack: dict[str, Any], shop: Shop, method: str, path: str, with_key: bool
) -> None:
    headers: dict[str, Any] = {"Authorization": f"Bearer {shop.api_key}"} if with_key else {}
    assert_problem(raw(stack, method, path, **headers), 404, "not_found")


def test_operators_key__belongs_to_no_merchant__is_403(stack: dict[str, Any]) -> None:
    client = HttpClient(stack["api_url"], stack["admin_api_key"])
    assert_problem(client.call("GET", "/v1/balances"), 403, "forbidden")


def test_seeded_merchants__hold_every_scope_of_a_merchant(stack: dict[str, Any]) -> None:
    assert len(stack["merchants"]) == 2
    for merchant in stack["merchants"]:
        client = HttpClient(stack["api_url"], merchant["api_key"])
        key = uuid.uuid4().hex
        assert client.call("POST", "/v1/deposits", body=DEPOSIT, key=key).status == 201
        body = {"amount_minor": 100, "currency": "USD", "funding": {"type": "balance"}}
        payment = client.call("POST", "/v1/payments", body=body, key=key).json
        assert payment["merchant_id"] == merchant["id"]
        refunds = f"/v1/payments/{payment['id']}/refunds"
        assert client.call("POST", refunds, body={}, key=key).status == 201
        for path in ("/v1/payments", "/v1/balances", "/v1/ledger/entries"):
            assert client.call("GET", path).status == 200


def test_story__deposit_pay_replay_refund_read(shop: Shop) -> None:
    assert shop.deposit(100_000, key="d").status == 201
    paid = shop.pay(5_000, key="p")
    assert (paid.status, paid.json["fee_minor"]) == (201, 100)
    again = shop.pay(5_000, key="p")
    assert (again.status, again.body, again.is_replay) == (201, paid.body, True)
    assert shop.pay(5_001, key="p").code == "idempotency_key_reused"
    declined = shop.pay(95_000, key="q")
    assert (declined.status, declined.code) == (402, "insufficient_funds")
    payment_id = paid.json["id"]
    assert shop.refund(payment_id, 2_000, key="r").status == 201
    assert shop.refund(payment_id, None, key="s").json["amount_minor"] == 3_000
    assert shop.refund(payment_id, 1, key="t").code == "amount_exceeds_captured"
    assert shop.available_minor() == 100_000 - 100
    whole = shop.get(f"/v1/payments/{payment_id}").json
    assert [refund["amount_minor"] for refund in whole["refunds"]] == [2_000, 3_000]
    assert len(whole["ledger_entries"]) == 3
    declined_payment = shop.get(f"/v1/payments/{declined.json['payment_id']}").json
    assert (declined_payment["status"], declined_payment["ledger_entries"]) == ("declined", [])
    listed = shop.get("/v1/payments?status=succeeded&limit=1").json
    assert [payment["id"] for payment in listed["data"]] == [payment_id]
    assert len(shop.get("/v1/ledger/entries").json["data"]) == 4


def test_list__page_by_page__over_http(shop: Shop) -> None:
    shop.deposit(100_000, key="d")
    made = [shop.pay(100 + n, key=f"p{n}").json["id"] for n in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = shop.get(f"/v1/payments?limit=2{cursor}").json
        seen += [payment["id"] for payment in page["data"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == made[::-1]
    assert page["has_more"] is False


def test_another_merchants_payment__is_404(stack: dict[str, Any], shop: Shop) -> None:
    shop.deposit(100_000, key="d")
    payment_id = shop.pay(5_000, key="p").json["id"]
    stranger = HttpClient(stack["api_url"], stack["merchants"][0]["api_key"])
    assert_problem(stranger.call("GET", f"/v1/payments/{payment_id}"), 404, "not_found")
    refunds = f"/v1/payments/{payment_id}/refunds"
    assert_problem(stranger.call("POST", refunds, body={}, key="r"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_request"),
        (b'{"amount_minor":1e3,"currency":"USD"}', "application/json", 400, "invalid_request"),
        (b'{"amount_minor":1,"amount_minor":1}', "application/json", 400, "invalid_request"),
        (b'{"cvv":"123"}', "application/json", 422, "card_data_refused"),
        (b'{"amount_minor":1,"currency":"XXX"}', "application/json", 422, "currency_not_supported"),
        (b"amount_minor=1", "text/plain", 415, "unsupported_media_type"),
        (json.dumps({"x": "y" * 1_100_000}).encode(), "application/json", 413, "payload_too_large"),
        (b"\xff\xfe", "application/json", 400, "invalid_request"),
    ],
    ids=["json", "float", "twice", "card", "currency", "media", "large", "bytes"],
)
def test_body__bad__is_a_problem(
    stack: dict[str, Any], shop: Shop, body: bytes, content_type: str, status: int, code: str
) -> None:
    reply = raw(
        stack,
        "POST",
        "/v1/deposits",
        body=body,
        Content_Type=content_type,
        Authorization=f"Bearer {shop.api_key}",
        Idempotency_Key=uuid.uuid4().hex,
    )
    assert_problem(reply, status, code)


def test_key__missing__is_a_problem(stack: dict[str, Any], shop: Shop) -> None:
    reply = raw(
        stack,
        "POST",
        "/v1/deposits",
        body=json.dumps(DEPOSIT).encode(),
        Content_Type="application/json",
        Authorization=f"Bearer {shop.api_key}",
    )
    assert_problem(reply, 400, "idempotency_key_missing")
