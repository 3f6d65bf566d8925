"""The HTTP side of writes: what goes in, what comes out, and what is refused before anything is
stored."""

import base64
import json
from typing import Any

import pytest

from oncepay.settings.variables import SettingsError
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import MERCHANT, STRANGER
from tests.events import LambdaContext, Reply, an_authorizer, load_function, set_environment
from tests.unit.functions.conftest import Send

PAYMENT = {"amount_minor": 5_000, "currency": "USD", "funding": {"type": "balance"}}
DEPOSIT = {"amount_minor": 100_000, "currency": "USD"}
PAYMENT_FIELDS = [
    "id", "object", "merchant_id", "amount_minor", "fee_minor", "currency", "status", "funding",
    "captured_minor", "refunded_minor", "customer_id", "description", "metadata", "processor",
    "failure", "settlement_id", "settled_at", "created_at", "updated_at", "version",
]  # fmt: skip


def assert_problem(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.json["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == status
    assert reply.json["type"] == f"urn:oncepay:problem:{code}"
    assert {"title", "detail", "instance", "request_id", "retryable"} <= reply.json.keys()
    assert reply.json["request_id"] == "request-1"


def test_payment__has_exactly_the_fields_of_the_contract(process: Send) -> None:
    process("POST", "/v1/deposits", DEPOSIT)
    body = {**PAYMENT, "customer_id": "c1", "description": "shoes", "metadata": {"order": "7"}}
    reply = process("POST", "/v1/payments", {**body, "capture_method": "automatic"})
    assert reply.status == 201
    assert reply.headers["content-type"] == "application/json"
    assert list(reply.json) == PAYMENT_FIELDS
    assert reply.json["funding"] == {"type": "balance"}
    assert reply.json["metadata"] == {"order": "7"}
    assert "idempotent-replayed" not in reply.headers


def test_payment__replayed__same_bytes_and_says_so(process: Send) -> None:
    process("POST", "/v1/deposits", DEPOSIT)
    first = process("POST", "/v1/payments", PAYMENT, key="k")
    reordered = dict(reversed(PAYMENT.items()))
    again = process("POST", "/v1/payments", reordered, key='"k"')
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["idempotent-replayed"] == "true"


def test_payment__declined__is_a_402_problem_with_the_payment(process: Send) -> None:
    reply = process("POST", "/v1/payments", PAYMENT)
    assert_problem(reply, 402, "insufficient_funds")
    assert reply.json["payment_id"].startswith("pay_")
    again = process("POST", "/v1/payments", PAYMENT)
    assert (again.text, again.headers["idempotent-replayed"]) == (reply.text, "true")


def test_payment__key_in_the_body__is_the_same_key(process: Send) -> None:
    process("POST", "/v1/deposits", DEPOSIT)
    first = process("POST", "/v1/payments", PAYMENT, key="k")
    body = {**PAYMENT, "idempotency_key": "k"}
    assert process("POST", "/v1/payments", body, key=None).text == first.text
    assert process("POST", "/v1/payments", body, key="k").text == first.text
    assert_problem(process("POST", "/v1/payments", body, key="j"), 400, "invalid_request")


def test_payment__base64_body__is_read(process: Send) -> None:
    encoded = base64.b64encode(json.dumps(DEPOSIT).encode()).decode()
    assert process("POST", "/v1/deposits", encoded, is_base64=True).status == 201


def test_payment__merchants_own_fee__counts(process: Send) -> None:
    process("POST", "/v1/deposits", DEPOSIT)
    own = an_authorizer(fee_basis_points="150")
    assert process("POST", "/v1/payments", PAYMENT, authorizer=own).json["fee_minor"] == 75
    free = an_authorizer(fee_basis_points="0")
    reply = process("POST", "/v1/payments", PAYMENT, key="free", authorizer=free)
    assert reply.json["fee_minor"] == 0


def test_refund__over_http(process: Send) -> None:
    process("POST", "/v1/deposits", DEPOSIT)
    payment_id = process("POST", "/v1/payments", PAYMENT).json["id"]
    refunds = "/v1/payments/{id}/refunds"
    reply = process(
        "POST", refunds, {"amount_minor": 1, "reason": "late"}, parameters={"id": payment_id}
    )
    assert (reply.status, reply.json["payment_id"], reply.json["reason"]) == (
        201,
        payment_id,
        "late",
    )
    over = process("POST", refunds, {"amount_minor": 5_000}, key="b", parameters={"id": payment_id})
    assert_problem(over, 422, "amount_exceeds_captured")
    assert over.json["param"] == "amount_minor"
    rest = process("POST", refunds, None, key="b", parameters={"id": payment_id})
    assert rest.json["amount_minor"] == 4_999
    none = process("POST", refunds, {}, key="c", parameters={"id": payment_id})
    assert_problem(none, 409, "invalid_transition")
    other = an_authorizer(merchant_id=STRANGER)
    theirs = process("POST", refunds, {}, key="c", parameters={"id": payment_id}, authorizer=other)
    nobody = process("POST", refunds, {}, key="c", parameters={"id": "pay_nobody"})
    assert_problem(theirs, 404, "not_found")
    assert theirs.json["detail"] == nobody.json["detail"]


LONG = "x" * 501
BAD_BODIES: dict[str, tuple[Any, int, str, str | None]] = {
    "not json": ("{", 400, "invalid_request", None),
    "text": ("hello", 400, "invalid_request", None),
    "array": ("[]", 400, "invalid_request", None),
    "string": ('"x"', 400, "invalid_request", None),
    "null": ("null", 400, "invalid_request", None),
    "number": ("1", 400, "invalid_request", None),
    "empty": ("", 400, "invalid_request", "amount_minor"),
    "NaN": ('{"amount_minor":NaN}', 400, "invalid_request", None),
    "Infinity": ('{"amount_minor":-Infinity}', 400, "invalid_request", None),
    "name twice": ('{"amount_minor":1,"amount_minor":2}', 400, "invalid_request", "amount_minor"),
    "inner name twice": ('{"metadata":{"a":"1","a":"2"}}', 400, "invalid_request", "a"),
    "six levels": ('{"a":{"a":{"a":{"a":{"a":{}}}}}}', 400, "invalid_request", None),
    "abyss": ("[" * 200_000, 400, "invalid_request", None),
    "huge number": ('{"amount_minor":' + "9" * 5_000 + "}", 400, "invalid_request", None),
    "half a surrogate": ('{"description":"\\ud800"}', 400, "invalid_request", "description"),
    "over 1 MB": (json.dumps({"a": "x" * 1_048_600}), 413, "payload_too_large", None),
    "bool": ({**PAYMENT, "amount_minor": True}, 400, "invalid_request", "amount_minor"),
    "float": ({**PAYMENT, "amount_minor": 100.0}, 400, "invalid_request", "amount_minor"),
    "string amount": ({**PAYMENT, "amount_minor": "100"}, 400, "invalid_request", "amount_minor"),
    "exponent": ('{"amount_minor":5e3,"currency":"USD"}', 400, "invalid_request", "amount_minor"),
    "zero": ({**PAYMENT, "amount_minor": 0}, 400, "invalid_request", "amount_minor"),
    "negative": ({**PAYMENT, "amount_minor": -1}, 400, "invalid_request", "amount_minor"),
    "no amount": ({"currency": "USD"}, 400, "invalid_request", "amount_minor"),
    "above": ({**PAYMENT, "amount_minor": 10**15 + 1}, 422, "amount_too_large", "amount_minor"),
    "unknown field": ({**PAYMENT, "merchant_id": "m"}, 400, "invalid_request", "merchant_id"),
    "currency type": ({**PAYMENT, "currency": 1}, 400, "invalid_request", "currency"),
    "currency": ({**PAYMENT, "currency": "usd"}, 422, "currency_not_supported", "currency"),
    "funding": ({**PAYMENT, "funding": "balance"}, 400, "invalid_request", "funding"),
    "no funding": (DEPOSIT, 400, "invalid_request", "funding"),
    "funding type": (
        {**PAYMENT, "funding": {"type": "gold"}}, 400, "invalid_request", "funding.type",
    ),
    "funding field": (
        {**PAYMENT, "funding": {"type": "balance", "x": 1}}, 400, "invalid_request", "funding.x",
    ),
    "manual": ({**PAYMENT, "capture_method": "manual"}, 400, "invalid_request", "capture_method"),
    "capture": ({**PAYMENT, "capture_method": "later"}, 400, "invalid_request", "capture_method"),
    "customer": ({**PAYMENT, "customer_id": ""}, 400, "invalid_request", "customer_id"),
    "customer type": ({**PAYMENT, "customer_id": None}, 400, "invalid_request", "customer_id"),
    "description": ({**PAYMENT, "description": "x" * 501}, 400, "invalid_request", "description"),
    "metadata": ({**PAYMENT, "metadata": []}, 400, "invalid_request", "metadata"),
    "metadata value": ({**PAYMENT, "metadata": {"a": 1}}, 400, "invalid_request", "metadata"),
    "metadata long": ({**PAYMENT, "metadata": {"a": LONG}}, 400, "invalid_request", "metadata"),
    "metadata key": ({**PAYMENT, "metadata": {"a" * 41: "x"}}, 400, "invalid_request", "metadata"),
    "metadata pairs": (
        {**PAYMENT, "metadata": {str(n): "" for n in range(51)}},
        400, "invalid_request", "metadata",
    ),
    "key type": ({**PAYMENT, "idempotency_key": 7}, 400, "invalid_request", "idempotency_key"),
    "card": (
        {**PAYMENT, "description": "4111-1111 1111 1111"}, 422, "card_data_refused", "description",
    ),
    "card in metadata": (
        {**PAYMENT, "metadata": {"a": "4111111111111111"}}, 422, "card_data_refused", "metadata.a",
    ),
    "card as a name": ({**PAYMENT, "4111111111111111": 1}, 422, "card_data_refused", None),
    "cvv": ({**PAYMENT, "cvv": "123"}, 422, "card_data_refused", "cvv"),
    "inner cvc": (
        {**PAYMENT, "metadata": {"card_cvc": "1"}}, 422, "card_data_refused", "metadata.card_cvc",
    ),
    "card in a list": (
        {**PAYMENT, "x": [1, ["4111111111111111"]]}, 422, "card_data_refused", "x[1][0]",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code", "param"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_body__bad__is_refused_by_name_and_nothing_is_stored(
    process: Send, books: Books, body: Any, status: int, code: str, param: str | None
) -> None:
    reply = process("POST", "/v1/payments", body)
    assert_problem(reply, status, code)
    assert reply.json.get("param") == param
    assert books.items("idempotency") == []
    assert books.items("payments") == []


BAD_KEYS: dict[str, tuple[list[str], str]] = {
    "missing": ([], "idempotency_key_missing"),
    "empty": ([""], "idempotency_key_missing"),
    "blank": (["  "], "idempotency_key_missing"),
    "empty quotes": (['""'], "idempotency_key_missing"),
    "256 characters": (["x" * 256], "invalid_request"),
    "not ascii": (["schlüssel"], "invalid_request"),
    "control": (["a\x01b"], "invalid_request"),
    "two": (["a", "b"], "invalid_request"),
}


@pytest.mark.parametrize(("values", "code"), BAD_KEYS.values(), ids=BAD_KEYS)
@pytest.mark.parametrize("resource", ["/v1/deposits", "/v1/payments", "/v1/payments/{id}/refunds"])
def test_key__bad__is_refused(process: Send, resource: str, values: list[str], code: str) -> None:
    reply = process(
        "POST",
        resource,
        DEPOSIT if resource == "/v1/deposits" else {},
        key=None,
        headers={"Idempotency-Key": values},
        parameters={"id": "pay_x"},
    )
    assert_problem(reply, 400, code)
    assert reply.json["param"] == "Idempotency-Key"


def test_key__255_characters_and_escapes__are_taken(process: Send) -> None:
    assert process("POST", "/v1/deposits", DEPOSIT, key="~" * 255).status == 201
    first = process("POST", "/v1/deposits", DEPOSIT, key='"a\\"b"')
    assert process("POST", "/v1/deposits", DEPOSIT, key='a"b').text == first.text


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Type", "text/plain"),
        ("Content-Type", "application/json; charset=latin-1"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("content-encoding", "gzip"),
    ],
)
def test_media_type__other__is_415(process: Send, header: str, value: str) -> None:
    reply = process("POST", "/v1/deposits", DEPOSIT, headers={"Content-Type": [], header: [value]})
    assert_problem(reply, 415, "unsupported_media_type")


@pytest.mark.parametrize("value", ["application/json", "Application/JSON; Charset=UTF-8", None])
def test_media_type__json_in_any_spelling__is_taken(process: Send, value: str | None) -> None:
    headers = {"Content-Type": [value] if value else []}
    assert process("POST", "/v1/deposits", DEPOSIT, headers=headers).status == 201


@pytest.mark.parametrize("body", ["//79", "!!!"], ids=["not UTF-8", "not base64"])
def test_body__base64_of_no_text__is_400(process: Send, body: str) -> None:
    assert_problem(process("POST", "/v1/deposits", body, is_base64=True), 400, "invalid_request")


@pytest.mark.parametrize(
    ("authorizer", "status", "code"),
    [
        ({}, 401, "unauthorized"),
        ({"key_id": "k"}, 403, "forbidden"),
        (an_authorizer(scopes="payments:read"), 403, "forbidden"),
        (an_authorizer(merchant_id=""), 403, "forbidden"),
        (an_authorizer(expires_at="2020-01-01T00:00:00.000000Z"), 401, "unauthorized"),
    ],
    ids=["nobody", "no scopes", "other scope", "operator", "expired since"],
)
@pytest.mark.parametrize("resource", ["/v1/deposits", "/v1/payments", "/v1/payments/{id}/refunds"])
def test_caller__without_the_right__is_refused(
    process: Send, resource: str, authorizer: dict[str, str], status: int, code: str
) -> None:
    reply = process("POST", resource, DEPOSIT, authorizer=authorizer, parameters={"id": "pay_x"})
    assert_problem(reply, status, code)


@pytest.mark.parametrize("resource", ["/v1/deposits", "/v1/payments", "/v1/payments/{id}/refunds"])
def test_query_parameter__on_a_post__is_refused_by_name(process: Send, resource: str) -> None:
    reply = process("POST", resource, DEPOSIT, parameters={"id": "pay_x"}, query={"dry_run": ["1"]})
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == "dry_run"


@pytest.mark.parametrize("payment_id", ["x" * 3_000, "pay_" + "a" * 2_100, "dep_" + "a" * 26])
def test_refund__of_what_cannot_be_an_id__is_404_without_a_read(
    process: Send, monkeypatch: pytest.MonkeyPatch, payment_id: str
) -> None:
    """DynamoDB refuses keys beyond 2,048 bytes; a local one does not."""
    monkeypatch.setattr(Database, "get_together", lambda *_: pytest.fail("it was looked up"))
    refunds = "/v1/payments/{id}/refunds"
    assert_problem(process("POST", refunds, {}, parameters={"id": payment_id}), 404, "not_found")


def test_path__unknown__is_404(process: Send) -> None:
    assert_problem(process("POST", "/v1/nothing", {}), 404, "not_found")
    assert_problem(process("DELETE", "/v1/payments", {}), 404, "not_found")


def test_unforeseen_error__is_one_500_logged_once_without_the_request(
    process: Send, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    def explode(*_: Any, **__: Any) -> None:
        raise RuntimeError("4111111111111111")

    monkeypatch.setattr(Database, "write", explode)
    reply = process("POST", "/v1/deposits", DEPOSIT)
    assert_problem(reply, 500, "internal_error")
    assert "4111" not in reply.text
    errors = [line for line in logged if '"ERROR"' in line]
    assert len(errors) == 1
    assert "RuntimeError" in errors[0]
    assert "request-1" in errors[0]
    assert not any("4111" in line for line in logged)


@pytest.mark.parametrize("event", [{}, {"httpMethod": None}, {"httpMethod": "POST", "path": None}])
def test_event__broken__is_answered_all_the_same(environment: None, event: dict[str, Any]) -> None:
    reply = Reply(load_function("process_payment").handler(event, LambdaContext()))
    assert reply.status in {404, 500}
    assert reply.headers["content-type"] == "application/problem+json"


def test_log__one_line_a_request__ids_and_costs_but_no_content(
    process: Send, logged: list[str]
) -> None:
    process("POST", "/v1/deposits", DEPOSIT)
    body = {**PAYMENT, "description": "planted-text", "metadata": {"m": "planted-value"}}
    process("POST", "/v1/payments", body, key="planted-key")
    process("POST", "/v1/payments", {**body, "cvv": "planted-cvv"}, key="planted-key")
    process("POST", "/v1/payments", {**body, "note": "4111111111111111"}, key="planted-key")
    refunds = "/v1/payments/{id}/refunds"
    process("POST", refunds, {}, parameters={"id": "4111111111111111"})
    text = "\n".join(logged)
    assert len(logged) == 5
    assert "planted" not in text
    assert "4111" not in text
    line = json.loads(logged[1])
    assert (line["status"], line["route"], line["merchant_id"]) == (201, "/v1/payments", MERCHANT)
    assert line["payment_id"].startswith("pay_")
    assert line["dynamodb_requests"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAYMENTS_TABLE", ""),
        ("FEE_BASIS_POINTS", "2.5"),
        ("FEE_BASIS_POINTS", "10001"),
        ("MINIMUM_DEPOSIT_BTC", "0"),
        ("IDEMPOTENCY_RETENTION_HOURS", "23"),
        ("IDEMPOTENCY_RETENTION_HOURS", "99999999"),
    ],
)
def test_settings__wrong__the_function_refuses_to_start_by_name(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], name: str, value: str
) -> None:
    set_environment(monkeypatch, tables, **{name: value})
    with pytest.raises(SettingsError, match=name):
        load_function("process_payment")
