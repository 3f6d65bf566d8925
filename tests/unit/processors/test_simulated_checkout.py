"""A page of the simulated processor's, from its request to the charge that paid it; and what its
events tell of pages and disputes.
"""

import json
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.applying import EventOfPayment, NewsKind
from oncepay.domain.checkout import Checkout, LineItem
from oncepay.domain.dispute import DisputeFound, DisputeStatus
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.operation import Operation, OperationKind, ProcessorRequest
from oncepay.domain.processor_answer import Absent, Charge, ChargeStatus, NotSent, Unknown
from oncepay.processors.http_exchange import Reply
from oncepay.processors.simulated_event import read_event
from tests.builders import NOW
from tests.simulated_objects import a_charge, an_error, an_event
from tests.unit.processors.simulated_replies import ADAPTER, PAYMENT, an_operation

URL = "http://127.0.0.1/checkout/cs_1"
PAYMENT_WITH_PAGE = replace(
    PAYMENT,
    payment_method=None,
    checkout=Checkout("https://shop/yes", "https://shop/no", (LineItem("a book", 2, 2_500),)),
)
PAID: dict[str, Any] = {"status": "complete", "url": None, "charge_id": "ch_1"}


def a_page(**overrides: Any) -> dict[str, Any]:
    page: dict[str, Any] = {
        "id": "cs_1",
        "object": "checkout_session",
        "status": "open",
        "url": URL,
        "payment_id": "pay_1",
        "charge_id": None,
        "idempotency_key": "pay_1",
        "amount_minor": 5_000,
        "currency": "USD",
        "expires_at": "2026-11-22T12:00:00.000000Z",
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    return page | overrides


def a_dispute(**overrides: Any) -> dict[str, Any]:
    dispute: dict[str, Any] = {
        "id": "dp_1",
        "object": "dispute",
        "status": "open",
        "charge_id": "ch_1",
        "amount_minor": 2_000,
        "currency": "USD",
        "reason": "fraudulent",
        "payment_id": "pay_1",
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    return dispute | overrides


def operation() -> Operation:
    return replace(an_operation(), request=ADAPTER.charge_request(PAYMENT_WITH_PAGE))


class Exchanges:
    """Instead of HTTP: what each address answers; an address that is not there is not reached."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, float]] = []
        monkeypatch.setattr("oncepay.processors.simulated.exchange", self._exchange)

    def _exchange(self, url: str, **request: Any) -> Reply | NotSent:
        path = "/" + url.partition("//")[2].partition("/")[2]
        self.asked.append((path, request["timeout_seconds"]))
        if path not in self.answers:
            return NotSent("not_connected")
        status, body = self.answers[path]
        return Reply(status, json.dumps(body).encode())


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> Exchanges:
    return Exchanges(monkeypatch)


def under_key(page: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"key": "pay_1", "object": "checkout_session", "result": page}


def test_request__of_a_payment_with_a_checkout__makes_its_page() -> None:
    assert ADAPTER.charge_request(PAYMENT_WITH_PAGE) == ProcessorRequest(
        "/v1/checkout-sessions",
        '{"amount_minor":5000,"currency":"USD","success_url":"https://shop/yes",'
        '"cancel_url":"https://shop/no",'
        '"line_items":[{"name":"a book","quantity":2,"amount_minor":2500}],'
        '"capture":"automatic","payment_id":"pay_1"}',
    )


def test_page__that_is_made__is_where_the_payer_is_to_go(exchanges: Exchanges) -> None:
    exchanges.answers["/v1/checkout-sessions"] = (201, a_page())
    page = ADAPTER.send(operation())
    assert isinstance(page, Charge)
    assert (page.status, page.next_action_url) == (ChargeStatus.REQUIRES_ACTION, URL)
    assert (page.reference, page.handle, page.payment_id) == ("cs_1", None, "pay_1")


@pytest.mark.parametrize(
    "page",
    [a_page(url=None), a_page(status="paid"), a_page(object="charge"), a_page(idempotency_key="x")],
    ids=["no url", "no such status", "a charge", "another key"],
)
def test_page__that_cannot_be_read__is_unknown(exchanges: Exchanges, page: dict[str, Any]) -> None:
    exchanges.answers["/v1/checkout-sessions"] = (201, page)
    assert ADAPTER.send(operation()) == Unknown("unreadable_answer", replays=True)


def test_page__that_is_refused__is_declined(exchanges: Exchanges) -> None:
    exchanges.answers["/v1/checkout-sessions"] = (400, an_error("invalid_request"))
    refused = ADAPTER.send(operation())
    assert isinstance(refused, Charge)
    assert refused.status is ChargeStatus.DECLINED


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (a_page(), ChargeStatus.REQUIRES_ACTION),
        (a_page(status="expired", url=None), ChargeStatus.EXPIRED),
        # It is paid, and by what is not told yet.
        (a_page(status="complete", url=None), ChargeStatus.PENDING),
    ],
    ids=["open", "expired", "paid by nobody knows what"],
)
def test_look_up__of_a_page__is_as_far_as_the_page_is(
    exchanges: Exchanges, page: dict[str, Any], status: ChargeStatus
) -> None:
    exchanges.answers["/v1/operations/pay_1"] = under_key(page)
    found = ADAPTER.look_up(operation())
    assert isinstance(found, Charge)
    assert (found.status, found.reference) == (status, "cs_1")
    assert len(exchanges.asked) == 1


def test_look_up__of_a_page_that_is_paid__is_the_charge_by_the_name_of_the_page(
    exchanges: Exchanges,
) -> None:
    exchanges.answers["/v1/operations/pay_1"] = under_key(a_page(**PAID))
    exchanges.answers["/v1/charges/ch_1"] = (200, a_charge(checkout_session_id="cs_1"))
    found = ADAPTER.look_up(operation())
    assert isinstance(found, Charge)
    assert (found.status, found.captured_minor) == (ChargeStatus.SUCCEEDED, 5_000)
    assert (found.reference, found.handle) == ("cs_1", "ch_1")
    # Both calls together take no longer than one may.
    assert sum(seconds for _, seconds in exchanges.asked) == ADAPTER.timeout_seconds


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ((500, {}), Unknown("server_error", replays=True)),
        ((200, {}), Unknown("unreadable_answer", replays=True)),
        ((404, an_error("not_found")), Absent()),
        (None, NotSent("not_connected")),
    ],
    ids=["error", "unreadable", "absent", "not reached"],
)
def test_look_up__of_a_page_whose_charge_is_not_told__says_so(
    exchanges: Exchanges, answer: tuple[int, Any] | None, wanted: object
) -> None:
    exchanges.answers["/v1/operations/pay_1"] = under_key(a_page(**PAID))
    if answer is not None:
        exchanges.answers["/v1/charges/ch_1"] = answer
    assert ADAPTER.look_up(operation()) == wanted


def test_look_up_charge__of_a_page__asks_for_the_charge_that_paid_it(exchanges: Exchanges) -> None:
    exchanges.answers["/v1/charges/ch_1"] = (200, a_charge(checkout_session_id="cs_1"))
    payment = replace(PAYMENT_WITH_PAGE, processor_reference="cs_1", processor_handle="ch_1")
    assert isinstance(ADAPTER.look_up_charge(payment), Charge)


def test_moves__of_a_charge_that_was_paid_on_a_page__name_the_charge() -> None:
    payment = replace(PAYMENT_WITH_PAGE, processor_reference="cs_1", processor_handle="ch_1")
    requests = (
        ADAPTER.capture_request(payment, 1, operation_id="c"),
        ADAPTER.void_request(payment, "cs_1", "ch_1", operation_id="v"),
        ADAPTER.refund_request(payment, "cs_1", "ch_1", 1, operation_id="r"),
    )
    assert [request.path for request in requests] == [
        "/v1/charges/ch_1/captures",
        "/v1/charges/ch_1/voids",
        "/v1/charges/ch_1/refunds",
    ]
    assert {request.charge for request in requests} == {"cs_1"}


def test_processor__prepares_nothing() -> None:
    assert not ADAPTER.needs_preparation
    assert ADAPTER.prepare(operation()) == NotSent("nothing to prepare")


def read(type: str, subject: Any, charge: Any = None) -> EventOfPayment:
    body = an_event(data={"object": subject, "charge": charge}) | {"type": type}
    return read_event(json.dumps(body).encode(), received_at=NOW)


def refusal_of(type: str, subject: Any, charge: Any = None) -> str | None:
    with pytest.raises(InvalidRequest) as caught:
        read(type, subject, charge)
    return caught.value.param


@pytest.mark.parametrize(
    ("type", "status"),
    [
        ("dispute.opened", DisputeStatus.OPEN),
        ("dispute.won", DisputeStatus.WON),
        ("dispute.lost", DisputeStatus.LOST),
    ],
)
def test_event__of_a_dispute__is_news_of_it(type: str, status: DisputeStatus) -> None:
    told = read(type, a_dispute(status=status.value))
    assert told.news is not None
    assert (told.news.kind, told.news.operation_id) == (NewsKind.DISPUTE, None)
    assert told.news.found == DisputeFound(
        reference="dp_1",
        status=status,
        amount_minor=2_000,
        currency="USD",
        reason="fraudulent",
        charge_reference="ch_1",
        payment_id="pay_1",
    )
    assert (told.payment_id, told.references) == ("pay_1", ("ch_1", "dp_1"))


def test_event__of_a_dispute_without_a_payment__leads_to_it_by_its_names() -> None:
    told = read("dispute.opened", a_dispute(payment_id=None, reason=None))
    assert (told.payment_id, told.references) == (None, ("ch_1", "dp_1"))
    assert isinstance(told.news and told.news.found, DisputeFound)


@pytest.mark.parametrize(
    ("overrides", "param"),
    [
        ({"status": "won"}, "type"),
        ({"status": "closed"}, "status"),
        ({"amount_minor": -1}, "amount_minor"),
        ({"currency": "usd"}, "currency"),
        ({"charge_id": None}, "charge_id"),
        ({"id": ""}, "id"),
        ({"object": "refund"}, "object"),
    ],
    ids=str,
)
def test_event__of_a_dispute_that_cannot_be_read__is_refused_by_name(
    overrides: dict[str, Any], param: str
) -> None:
    assert refusal_of("dispute.opened", a_dispute(**overrides)) == param


def test_event__of_a_page_that_is_paid__is_news_of_its_charge() -> None:
    told = read("checkout_session.completed", a_page(**PAID), a_charge(checkout_session_id="cs_1"))
    assert told.news is not None
    assert (told.news.kind, told.news.operation_id) == (OperationKind.AUTHORIZE, "pay_1")
    assert isinstance(told.news.found, Charge)
    assert told.news.found.status is ChargeStatus.SUCCEEDED
    assert (told.news.found.reference, told.news.found.handle) == ("cs_1", "ch_1")
    assert (told.payment_id, told.references) == ("pay_1", ("cs_1", "ch_1"))


def test_event__of_a_page_that_expired__ends_its_payment() -> None:
    told = read("checkout_session.expired", a_page(status="expired", url=None))
    assert told.news is not None
    assert isinstance(told.news.found, Charge)
    assert (told.news.found.status, told.references) == (ChargeStatus.EXPIRED, ("cs_1",))


def test_event__of_a_page_that_is_paid_without_its_charge__is_refused() -> None:
    assert refusal_of("checkout_session.completed", a_page(**PAID), None) == "charge"


def test_event__of_a_charge_that_was_paid_on_a_page__is_of_our_key() -> None:
    charge = a_charge(idempotency_key=None, checkout_session_id="cs_1")
    told = read("charge.succeeded", charge, charge)
    assert told.news is not None
    assert told.news.operation_id == "pay_1"
    assert isinstance(told.news.found, Charge)
    assert (told.news.found.reference, told.news.found.handle) == ("cs_1", "ch_1")
