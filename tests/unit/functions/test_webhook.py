"""The HTTP side of events: what a stranger, a forger and Stripe itself get for what they send."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynamodb.exceptions import TransactWriteError

from oncepay.storage.database import Database
from tests.books import Books
from tests.events import LambdaContext, Reply, an_event, load_function
from tests.stripe_events import SECRET, an_event_of_stripe, sign

RESOURCE = "/webhooks/stripe"
FORGED = "0" * 64

type Post = Callable[..., Reply]


def now() -> float:
    return datetime.now(UTC).timestamp()


def signed(body: str, *, age: float = 0, secret: str = SECRET) -> dict[str, list[str]]:
    return {"Stripe-Signature": [sign(body, at=now() - age, secret=secret)]}


@pytest.fixture
def module(environment: None) -> Any:
    boto3.client("secretsmanager").create_secret(Name="stripe", SecretString=SECRET)
    return load_function("webhook")


@pytest.fixture
def post(module: Any) -> Post:
    """Posts a body, signed as Stripe would sign it unless told otherwise."""

    def post(body: str, headers: Any = None, **kwargs: Any) -> Reply:
        event = an_event(
            "POST",
            RESOURCE,
            body,
            key=None,
            headers=signed(body) if headers is None else headers,
            authorizer={},
            **kwargs,
        )
        return Reply(module.handler(event, LambdaContext()))

    return post


def assert_problem(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.json["code"]) == (status, code), reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail", "instance", "request_id", "retryable"} <= reply.json.keys()


def test_event__first__is_received_and_stored(post: Post, books: Books) -> None:
    body = an_event_of_stripe()
    reply = post(body)
    assert (reply.status, reply.text) == (200, '{"received":true}')
    assert reply.headers["content-type"] == "application/json"
    (stored,) = books.items("events")
    received_at = stored.pop("received_at")
    expires_at = stored.pop("expires_at")
    assert stored == {
        "id": "stripe#evt_1",
        "provider": "stripe",
        "event_id": "evt_1",
        "type": "balance.available",
        "created": "2023-11-14T22:13:20.000000Z",
        "livemode": False,
        "payload": body,
        "status": "received",
        # It tells of no payment, so that it is nobody's: the operator finds it.
        "list_bucket": f"operator#{received_at[:7]}",
        "list_position": f"{received_at}#stripe#evt_1",
    }
    received = datetime.fromisoformat(received_at).timestamp()
    assert abs(received - now()) < 60
    assert expires_at == int(received) + 30 * 86_400


def test_event__again__is_a_duplicate_and_the_first_stays_as_it_was(
    post: Post, books: Books
) -> None:
    post(an_event_of_stripe())
    before = books.items("events")
    for body in (an_event_of_stripe(), an_event_of_stripe(type="charge.refunded")):
        reply = post(body)
        assert (reply.status, reply.text) == (200, '{"received":true,"duplicate":true}')
    assert books.items("events") == before


def test_event__another__is_a_first(post: Post, books: Books) -> None:
    assert post(an_event_of_stripe()).text == post(an_event_of_stripe(id="evt_2")).text
    assert len(books.items("events")) == 2


def test_event__thin_or_of_an_unknown_type__is_stored(post: Post, books: Books) -> None:
    thin = an_event_of_stripe(id="evt_t", object="v2.core.event", created="2024-09-17T06:20:52Z")
    assert post(thin).text == '{"received":true}'
    assert post('{"id":"evt_n","type":"something.new"}').text == '{"received":true}'
    assert {item["event_id"] for item in books.items("events")} == {"evt_t", "evt_n"}


def test_event__what_else_the_request_says__does_not_matter(post: Post) -> None:
    body = an_event_of_stripe()
    headers = {**signed(body), "Content-Type": ["text/plain"], "Idempotency-Key": ["\x00"]}
    assert post(body, headers, query={"x": ["y"]}).status == 200


def test_header__whatever_its_case__is_found(post: Post) -> None:
    body = an_event_of_stripe()
    (value,) = signed(body).values()
    assert post(body, {"STRIPE-signature": value}).status == 200


def test_header__under_two_cases__is_sent_twice(post: Post, books: Books) -> None:
    body = an_event_of_stripe()
    (value,) = signed(body).values()
    reply = post(body, {"STRIPE-signature": value, "Stripe-Signature": value})
    assert_problem(reply, 400, "invalid_signature")
    assert books.items("events") == []


@pytest.mark.parametrize("text", ["plain", "käse \U0001f9c0"], ids=["ascii", "unicode"])
def test_body__base64__is_the_bytes_that_it_holds(post: Post, books: Books, text: str) -> None:
    body = json.dumps({**json.loads(an_event_of_stripe()), "note": text}, ensure_ascii=False)
    encoded = base64.b64encode(body.encode()).decode()
    assert post(encoded, signed(body), is_base64=True).text == '{"received":true}'
    assert post(body).text == '{"received":true,"duplicate":true}'
    assert books.items("events")[0]["payload"] == body


@pytest.mark.parametrize("body", ["%%%", "QUJD\nQUJD", "QQ", "QQ==QQ==", "käse", "{}"], ids=repr)
def test_body__flagged_base64_but_not__is_refused(post: Post, body: str) -> None:
    reply = post(body, is_base64=True)
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["detail"] == "the body is not base64"


def test_body__base64_without_its_flag__is_not_what_was_signed(post: Post) -> None:
    body = an_event_of_stripe()
    encoded = base64.b64encode(body.encode()).decode()
    assert_problem(post(encoded, signed(body)), 400, "invalid_signature")


def test_body__half_a_surrogate_pair_from_the_gateway__is_refused(post: Post) -> None:
    assert_problem(post("\ud800", signed("x")), 400, "invalid_request")


def padded(size: int) -> str:
    body = an_event_of_stripe()
    return body + " " * (size - len(body))


def test_body__of_the_greatest_size__is_stored(post: Post, books: Books) -> None:
    assert post(padded(262_144)).text == '{"received":true}'
    assert len(books.items("events")[0]["payload"]) == 262_144


@pytest.mark.parametrize("is_base64", [False, True], ids=["plain", "base64"])
def test_body__larger__is_refused(post: Post, books: Books, is_base64: bool) -> None:
    body = padded(262_145)
    sent = base64.b64encode(body.encode()).decode() if is_base64 else body
    assert_problem(post(sent, signed(body), is_base64=is_base64), 413, "payload_too_large")
    assert books.items("events") == []


def test_signature__wrong_stale_future_missing_or_twice__is_refused_and_nothing_stored(
    post: Post, books: Books
) -> None:
    body = an_event_of_stripe()
    right = signed(body)["Stripe-Signature"]
    for headers in [
        {},
        signed(body, secret="whsec_other"),
        signed(body, age=302),
        signed(body, age=-302),
        {"Stripe-Signature": right * 2},
        {"Stripe-Signature": [""]},
        {"Stripe-Signature": [f"t={int(now())},v1={FORGED}"]},
        {"Stripe-Signature": ["t=" + "9" * 400 + f",v1={FORGED}"]},
        signed(body + " "),
    ]:
        reply = post(body, headers)
        assert_problem(reply, 400, "invalid_signature")
        assert reply.json["param"] == "Stripe-Signature"
        assert reply.json["retryable"] is False
    assert books.items("events") == []


@pytest.mark.parametrize("age", [-298, 298])
def test_signature__within_the_tolerance__is_accepted(post: Post, age: float) -> None:
    body = an_event_of_stripe()
    assert post(body, signed(body, age=age)).status == 200


@pytest.mark.parametrize("body", ["{", "[" * 200_000, "\ufeff{}", '{"a":NaN}'], ids=lambda b: b[:9])
def test_signature__is_looked_at_before_the_body(post: Post, body: str) -> None:
    assert_problem(post(body, signed("x")), 400, "invalid_signature")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("", None),
        ("nonsense", None),
        ("[]", None),
        ("[" * 200_000, None),
        ('{"a":NaN}', None),
        ('{"a":' + "9" * 5_000 + "}", None),
        (r'{"id":"evt_1","type":"x","a":"\ud800"}', None),
        ("{}", "id"),
        ('{"id":"evt_1"}', "type"),
        ('{"id":7,"type":"x"}', "id"),
        (an_event_of_stripe(created="soon"), "created"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_body__signed_but_no_event__is_refused_and_nothing_stored(
    post: Post, books: Books, body: str, param: str | None
) -> None:
    reply = post(body)
    assert_problem(reply, 400, "invalid_request")
    assert reply.json.get("param") == param
    assert books.items("events") == []


def test_body__signed_but_not_utf_8__is_refused(post: Post) -> None:
    raw = b'{"id":"\xff"}'
    # Stripe's library signs text only.
    t = int(now())
    v1 = hmac.new(SECRET.encode(), b"%d.%s" % (t, raw), hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": [f"t={t},v1={v1}"]}
    reply = post(base64.b64encode(raw).decode(), headers, is_base64=True)
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["detail"] == "the body is not UTF-8"


def test_secret__rotated__both_sign(post: Post) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="stripe", SecretString="whsec_new")
    for number, secret in enumerate([SECRET, "whsec_new"]):
        body = an_event_of_stripe(id=f"evt_{number}")
        assert post(body, signed(body, secret=secret)).text == '{"received":true}'


def test_secret__not_to_be_had__is_a_503_for_who_may_be_stripe_only(
    post: Post, books: Books
) -> None:
    boto3.client("secretsmanager").delete_secret(SecretId="stripe", ForceDeleteWithoutRecovery=True)
    reply = post(an_event_of_stripe())
    assert_problem(reply, 503, "service_unavailable")
    assert reply.headers["retry-after"] == "1"
    assert_problem(post("{}", {}), 400, "invalid_signature")
    assert books.items("events") == []


@pytest.mark.parametrize(
    ("fails_with", "status", "code"),
    [
        ("ThrottlingException", 503, "service_unavailable"),
        ("InternalServerError", 503, "outcome_unknown"),
        ("AccessDeniedException", 500, "internal_error"),
    ],
)
def test_event__cannot_be_stored__is_a_5xx_and_stripe_sends_again(
    module: Any,
    post: Post,
    fails_with: str,
    status: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**_: Any) -> None:
        error = ClientError({"Error": {"Code": fails_with}}, "TransactWriteItems")
        raise TransactWriteError("x", error)

    body = an_event_of_stripe()
    with monkeypatch.context() as patched:
        patched.setattr(module.database._connection, "transact_write_items", fail)
        # Long gone: the first attempt is the last.
        patched.setattr(LambdaContext, "get_remaining_time_in_millis", lambda _: 0)
        assert_problem(post(body), status, code)
    assert post(body).text == '{"received":true}'


def test_log__tells_the_event_and_no_more(
    module: Any, post: Post, logged: list[str], database: Database
) -> None:
    body = an_event_of_stripe(secret_word="quite-secret", id="evt_logged")
    post(body)
    post("quite-secret", {"Stripe-Signature": ["quite-secret"]})
    lines = [json.loads(line) for line in logged]
    assert [line["status"] for line in lines] == [200, 400]
    assert (lines[0]["event_id"], lines[0]["duplicate"]) == ("evt_logged", False)
    assert lines[0]["route"] == RESOURCE
    assert "quite-secret" not in "".join(logged)
    assert SECRET not in "".join(logged)
    assert "v1=" not in "".join(logged)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(st.none(), st.text(st.characters(), max_size=50), st.just(an_event_of_stripe())),
    header=st.one_of(st.none(), st.text(st.characters(), max_size=80)),
    is_base64=st.booleans(),
)
def test_stranger__whatever_he_sends__is_a_400(
    module: Any, body: str | None, header: str | None, is_base64: bool
) -> None:
    headers = {} if header is None else {"Stripe-Signature": [header]}
    event = an_event("POST", RESOURCE, body, key=None, headers=headers, is_base64=is_base64)
    reply = Reply(module.handler(event, LambdaContext()))
    assert reply.status == 400
    assert reply.json["code"] in {"invalid_signature", "invalid_request"}
