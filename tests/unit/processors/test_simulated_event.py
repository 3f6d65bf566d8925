"""What the simulated processor tells: news of a payment, or none; refused by name if unreadable."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.errors import InvalidRequest, InvalidSignature
from oncepay.domain.inbound_event import EventStatus
from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import Charge, ChargeStatus, Effect, EffectStatus
from oncepay.processors.simulated_event import read_event
from oncepay.processors.stripe_signature import HEADER, read_header, verify
from ops.simulated.outbox import HEADER as SIMULATED_HEADER
from ops.simulated.outbox import sign
from tests.builders import NOW
from tests.simulated_objects import a_charge, a_move, an_event

NAMES = st.sampled_from(["object", "charge", "id", "type", "data", "created"])


def read(body: Any) -> EventOfPayment:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_event(raw, received_at=NOW)


def refusal_of(body: Any) -> str | None:
    with pytest.raises(InvalidRequest) as caught:
        read(body)
    return caught.value.param


def test_event__is_read_and_kept_word_for_word() -> None:
    body = b" " + json.dumps(an_event()).encode() + b"\n"
    event = read(body).event
    assert event.id == "simulated#evt_1"
    assert (event.type, event.payload) == ("charge.succeeded", body.decode())
    assert event.created == datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert (event.received_at, event.livemode) == (NOW, None)
    assert event.status is EventStatus.RECEIVED


@pytest.mark.parametrize(
    ("kind", "operation_kind", "key"),
    [
        ("capture", OperationKind.CAPTURE, "cap_1"),
        ("void", OperationKind.VOID, "void_1"),
        ("refund", OperationKind.REFUND, "re_1"),
    ],
)
@pytest.mark.parametrize("status", list(EffectStatus))
def test_event__of_a_move__is_news_under_our_key(
    kind: str, operation_kind: OperationKind, key: str, status: EffectStatus
) -> None:
    told = read(an_event(f"{kind}.{status}"))
    assert told.news is not None
    assert (told.news.kind, told.news.operation_id) == (operation_kind, key)
    assert isinstance(told.news.found, Effect)
    assert (told.news.found.status, told.news.found.charge) == (status, None)
    assert (told.payment_id, told.references) == ("pay_1", ("ch_1", "mv_1"))


@pytest.mark.parametrize("status", list(ChargeStatus))
def test_event__of_a_charge__is_news_of_it(status: ChargeStatus) -> None:
    told = read(an_event(f"charge.{status}"))
    assert told.news is not None
    assert (told.news.kind, told.news.operation_id) == (OperationKind.AUTHORIZE, "pay_1")
    assert isinstance(told.news.found, Charge)
    assert told.news.found.status is status
    assert (told.payment_id, told.references) == ("pay_1", ("ch_1",))


def test_event__of_what_began_at_the_processor__has_no_key_of_ours() -> None:
    refund = a_move("refund", idempotency_key=None)
    told = read(an_event("refund.succeeded", data={"object": refund, "charge": a_charge()}))
    assert told.news is not None
    assert told.news.operation_id is None


def test_event__whose_object_names_another_payment__leads_to_that_of_its_charge() -> None:
    refund = a_move("refund", payment_id="pay_2")
    told = read(an_event("refund.succeeded", data={"object": refund, "charge": a_charge()}))
    assert told.payment_id == "pay_1"
    assert told.news is not None
    assert told.news.found.payment_id == "pay_2"


def test_event__that_names_no_payment__has_its_references() -> None:
    nameless = {
        "object": a_move("refund", payment_id=None),
        "charge": a_charge(payment_id=None),
    }
    told = read(an_event("refund.succeeded", data=nameless))
    assert (told.payment_id, told.references) == (None, ("ch_1", "mv_1"))


@pytest.mark.parametrize("type", ["dispute.expired", "charge.updated", "charge", "refund.expired"])
def test_event__of_a_type_that_we_do_not_act_on__is_no_news(type: str) -> None:
    told = read({"id": "evt_1", "type": type, "data": 1})
    assert (told.news, told.payment_id, told.references) == (None, None, ())


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"\xff", None),
        (b"[]", None),
        (b"[" * 100_000, None),
        (an_event(id=None), "id"),
        (an_event(id="a b"), "id"),
        (an_event() | {"type": 1}, "type"),
        (an_event(created="soon"), "created"),
        (an_event(data=None), "data"),
        (an_event(data={}), "data.object"),
        (an_event(data={"object": a_charge()}), "data.charge"),
        (an_event(data={"object": a_move("refund"), "charge": a_charge()}), "object"),
        (an_event(data={"object": a_charge(amount_minor=-1), "charge": {}}), "amount_minor"),
        (an_event(data={"object": a_charge(status="declined"), "charge": {}}), "type"),
        (an_event(data={"object": a_charge(idempotency_key=1), "charge": {}}), "idempotency_key"),
    ],
)
def test_event__that_cannot_be_read__is_refused_by_name(body: Any, param: str | None) -> None:
    assert refusal_of(body) == param


@given(
    type=st.sampled_from(["charge.succeeded", "refund.failed", "void.pending"]),
    name=NAMES,
    value=st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()),
    inner=st.booleans(),
)
def test_event__with_anything_in_it__is_read_or_refused(
    type: str, name: str, value: Any, inner: bool
) -> None:
    event = an_event(type)
    (event["data"] if inner else event)[name] = value
    try:
        assert read(event).event.provider == "simulated"
    except InvalidRequest as refusal:
        assert refusal.detail


def test_signature__of_the_simulated_processor__is_verified_by_stripes_scheme() -> None:
    header = sign("simsec_1", b"{}", NOW)
    signature = read_header([header], SIMULATED_HEADER)
    verify(signature, b"{}", secrets=[b"simsec_1"], now=NOW)


@pytest.mark.parametrize("header", [HEADER, SIMULATED_HEADER])
def test_signature__that_is_refused__names_its_own_header(header: str) -> None:
    for values in ([], ["t=1", "t=1"], ["x"], ["t=1"], ["t=1,t=2"], ["x" * 5_000]):
        with pytest.raises(InvalidSignature) as caught:
            read_header(values, header)
        assert caught.value.param == header
        assert header in caught.value.detail
    signature = read_header([sign("another", b"{}", NOW)], header)
    with pytest.raises(InvalidSignature) as caught:
        verify(signature, b"{}", secrets=[b"simsec_1"], now=NOW)
    assert caught.value.param == header
