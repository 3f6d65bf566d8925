"""The HTTP side of reads."""

from typing import Any

import boto3
import pytest

from oncepay.storage.database import Database
from tests.builders import NOW, STRANGER, World, id_of
from tests.events import an_authorizer
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import PAYMENT_FIELDS, assert_problem


@pytest.fixture
def payment_id(database: Database) -> str:
    world = World(database)
    world.deposit(100_000)
    paid = id_of(world.pay())
    world.refund(paid, 1_000)
    for key in ("b", "c"):
        world.pay(100, key=key)
    return paid


def test_health__needs_nobody(query: Send) -> None:
    reply = query("GET", "/health", authorizer={})
    assert (reply.status, reply.json) == (200, {"status": "ok"})


def test_payment__in_full(query: Send, payment_id: str) -> None:
    reply = query("GET", "/v1/payments/{id}", parameters={"id": payment_id})
    assert reply.status == 200
    assert list(reply.json) == [*PAYMENT_FIELDS, "refunds", "disputes", "ledger_entries"]
    assert [refund["amount_minor"] for refund in reply.json["refunds"]] == [1_000]
    assert reply.json["disputes"] == []
    for entry in reply.json["ledger_entries"]:
        assert sum(posting["amount_minor"] for posting in entry["postings"]) == 0
        assert list(entry) == [
            "id", "object", "kind", "payment_id", "currency", "postings", "created_at",
        ]  # fmt: skip
    assert {entry["kind"] for entry in reply.json["ledger_entries"]} == {"payment", "refund"}


def test_payment__not_yours_or_not_there__is_the_same_404(query: Send, payment_id: str) -> None:
    theirs = query(
        "GET", "/v1/payments/{id}", parameters={"id": payment_id},
        authorizer=an_authorizer(merchant_id=STRANGER),
    )  # fmt: skip
    nobody = query("GET", "/v1/payments/{id}", parameters={"id": "pay_nobody"})
    assert_problem(theirs, 404, "not_found")
    assert theirs.json["detail"] == nobody.json["detail"]


@pytest.mark.parametrize("payment_id", ["x" * 3_000, "pay_" + "a" * 2_100, "dep_" + "a" * 26])
def test_payment__what_cannot_be_an_id__is_404_without_a_read(
    query: Send, monkeypatch: pytest.MonkeyPatch, payment_id: str
) -> None:
    monkeypatch.setattr(Database, "query_page", lambda *_, **__: pytest.fail("it was looked up"))
    reply = query("GET", "/v1/payments/{id}", parameters={"id": payment_id})
    assert_problem(reply, 404, "not_found")


@pytest.mark.parametrize("resource", ["/v1/payments", "/v1/ledger/entries", "/v1/balances"])
def test_list__shape(query: Send, payment_id: str, resource: str) -> None:
    reply = query("GET", resource)
    assert reply.status == 200
    assert list(reply.json) == ["object", "data", "has_more", "next_cursor"]
    assert (reply.json["object"], reply.json["has_more"]) == ("list", False)
    assert reply.json["next_cursor"] is None
    assert reply.json["data"]


@pytest.mark.parametrize("resource", ["/v1/payments", "/v1/ledger/entries"])
def test_list__by_cursor__shows_each_once(query: Send, payment_id: str, resource: str) -> None:
    whole = query("GET", resource).json["data"]
    seen: list[Any] = []
    cursor: str | None = None
    for _ in range(len(whole)):
        parameters = {"limit": ["1"]} | ({"cursor": [cursor]} if cursor else {})
        page = query("GET", resource, query=parameters).json
        seen += page["data"]
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
    assert cursor is None
    assert sorted(item["id"] for item in seen) == sorted(item["id"] for item in whole)


def test_cursor__other_merchant_list_filter_or_changed__is_refused(
    query: Send, payment_id: str
) -> None:
    cursor = query("GET", "/v1/payments", query={"limit": ["1"]}).json["next_cursor"]
    fine = query("GET", "/v1/payments", query={"limit": ["50"], "cursor": [cursor]})
    assert fine.status == 200
    stranger = an_authorizer(merchant_id=STRANGER)
    for reply in [
        query("GET", "/v1/payments", query={"cursor": [cursor]}, authorizer=stranger),
        query("GET", "/v1/ledger/entries", query={"cursor": [cursor]}),
        query("GET", "/v1/payments", query={"cursor": [cursor], "status": ["succeeded"]}),
        query("GET", "/v1/payments", query={"cursor": [cursor[:-2] + "AA"]}),
        query("GET", "/v1/payments", query={"cursor": ["A" + cursor[1:]]}),
        query("GET", "/v1/payments", query={"cursor": ["x"]}),
        query("GET", "/v1/payments", query={"cursor": ["käse"]}),
        query("GET", "/v1/payments", query={"cursor": ["x" * 501]}),
        query("GET", "/v1/payments", query={"cursor": [""]}),
    ]:
        assert_problem(reply, 400, "invalid_request")
        assert reply.json["param"] == "cursor"


def test_cursor__secret_not_to_be_had__is_a_503_and_only_of_the_cursor(
    query: Send, payment_id: str
) -> None:
    boto3.client("secretsmanager").delete_secret(SecretId="cursor", ForceDeleteWithoutRecovery=True)
    reply = query("GET", "/v1/payments", query={"limit": ["1"]})
    assert_problem(reply, 503, "service_unavailable")
    assert query("GET", "/v1/payments").status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"), ("limit", "101"), ("limit", "-1"), ("limit", "1.5"), ("limit", "ten"),
        ("limit", "\u0661"), ("status", "gone"), ("customer_id", ""), ("customer_id", "x" * 101),
        ("created_from", "yesterday"), ("created_to", "2026-11-21"), ("min_amount", "-1"),
        ("max_amount", "1e3"), ("max_amount", "9" * 30), ("merchant_id", "x"), ("x", ""),
    ],
)  # fmt: skip
def test_parameter__bad__is_refused_by_name(query: Send, name: str, value: str) -> None:
    reply = query("GET", "/v1/payments", query={name: [value]})
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == name


def test_parameter__unknown_currency__is_422(query: Send) -> None:
    reply = query("GET", "/v1/payments", query={"currency": ["XXX"]})
    assert_problem(reply, 422, "currency_not_supported")


def test_parameter__twice__is_refused(query: Send) -> None:
    reply = query("GET", "/v1/payments", query={"status": ["succeeded", "declined"]})
    assert_problem(reply, 400, "invalid_request")


def test_parameter__contradiction__is_refused(query: Send) -> None:
    parameters = {"min_amount": ["2"], "max_amount": ["1"]}
    assert_problem(query("GET", "/v1/payments", query=parameters), 400, "invalid_request")
    backwards = {"created_from": ["2026-11-22T00:00:00Z"], "created_to": ["2026-11-21T00:00:00Z"]}
    for resource in ("/v1/payments", "/v1/ledger/entries"):
        assert_problem(query("GET", resource, query=backwards), 400, "invalid_request")


@pytest.mark.parametrize(
    "resource", ["/health", "/v1/balances", "/v1/ledger/entries", "/v1/payments/{id}"]
)
def test_parameter__unknown__is_refused_everywhere(query: Send, resource: str) -> None:
    reply = query("GET", resource, query={"status": ["x"]}, parameters={"id": "pay_x"})
    assert_problem(reply, 400, "invalid_request")


def test_list__all_filters_together(query: Send, payment_id: str) -> None:
    reply = query(
        "GET",
        "/v1/payments",
        query={
            "status": ["succeeded"], "currency": ["USD"], "min_amount": ["100"],
            "max_amount": ["100"], "created_from": ["2026-11-21T12:00:00Z"],
            "created_to": [NOW.strftime("%Y-%m-%dT%H:%M:%S.999999Z")],
        },
    )  # fmt: skip
    assert [payment["amount_minor"] for payment in reply.json["data"]] == [100, 100]


@pytest.mark.parametrize(
    ("resource", "scope"),
    [
        ("/v1/payments", "payments:read"),
        ("/v1/payments/{id}", "payments:read"),
        ("/v1/balances", "balances:read"),
        ("/v1/ledger/entries", "ledger:read"),
    ],
)
def test_scope__is_asked_for(query: Send, payment_id: str, resource: str, scope: str) -> None:
    parameters = {"id": payment_id}
    with_it = query("GET", resource, parameters=parameters, authorizer=an_authorizer(scopes=scope))
    assert with_it.status == 200
    other = an_authorizer(scopes="payments:write")
    assert_problem(
        query("GET", resource, parameters=parameters, authorizer=other), 403, "forbidden"
    )
