"""Events of Stripe, in whatever order they come: the same payment in the end, and never a misfit or
an orphan on the way.
"""

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.applying import apply
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.steps import Family, Misfit, NotYet, Step
from oncepay.processors.stripe_event import read_event
from tests.builders import NOW
from tests.stripe_objects import a_refund, a_session, an_event, an_intent
from tests.unit.processors.stripe_replies import PAGE, a_payment, an_operation

ON_A_PAGE = {"payment_id": "pay_1", "operation_id": "pay_1", "checkout": "1"}
DECLINE = {"type": "card_error", "code": "expired_card", "message": "expired"}


def an_intent_event(what: str, **members: Any) -> dict[str, Any]:
    return an_event(f"payment_intent.{what}", an_intent(**members))


def a_held_page() -> dict[str, Any]:
    tags = {"payment_id": "pay_1", "operation_id": "pay_1", "capture_method": "manual"}
    return an_event(
        "checkout.session.completed",
        a_session(status="complete", payment_intent="pi_1", url=None, metadata=tags),
    )


def a_paid_page() -> dict[str, Any]:
    return an_event(
        "checkout.session.completed",
        a_session(status="complete", payment_status="paid", payment_intent="pi_1", url=None),
    )


HELD = {"capture_method": "manual", "metadata": ON_A_PAGE}
STORIES: dict[str, tuple[list[dict[str, Any]], PaymentStatus, int]] = {
    "a page that is paid at the second try": (
        [
            an_intent_event(
                "payment_failed",
                status="requires_payment_method",
                last_payment_error=DECLINE,
                metadata=ON_A_PAGE,
            ),
            an_intent_event("processing", status="processing", metadata=ON_A_PAGE),
            an_intent_event("succeeded", metadata=ON_A_PAGE),
            a_paid_page(),
        ],
        PaymentStatus.SUCCEEDED,
        5_000,
    ),
    "a page whose money is held, and captured in part at the dashboard": (
        [
            an_intent_event("amount_capturable_updated", status="requires_capture", **HELD),
            a_held_page(),
            an_intent_event("succeeded", amount_received=3_000, **HELD),
        ],
        PaymentStatus.SUCCEEDED,
        3_000,
    ),
    "a page whose money is held, and released": (
        [
            an_intent_event("amount_capturable_updated", status="requires_capture", **HELD),
            a_held_page(),
            an_intent_event("canceled", status="canceled", **HELD),
        ],
        PaymentStatus.VOIDED,
        0,
    ),
    "a page whose money is held, until it lapses": (
        [
            a_held_page(),
            an_intent_event("canceled", status="canceled", cancellation_reason="automatic", **HELD),
        ],
        PaymentStatus.EXPIRED,
        0,
    ),
    "a page that nobody paid": (
        [
            an_intent_event("canceled", status="canceled", **HELD),
            an_event("checkout.session.expired", a_session(status="expired", url=None)),
        ],
        PaymentStatus.EXPIRED,
        0,
    ),
    "a page that is paid by a method that takes days": (
        [
            an_event(
                "checkout.session.completed",
                a_session(status="complete", payment_intent="pi_1", url=None),
            ),
            an_event(
                "checkout.session.async_payment_succeeded",
                a_session(
                    status="complete", payment_status="paid", payment_intent="pi_1", url=None
                ),
            ),
        ],
        PaymentStatus.SUCCEEDED,
        5_000,
    ),
    "a charge that is captured in part, and refunded at the dashboard": (
        [
            an_intent_event("amount_capturable_updated", status="requires_capture"),
            an_intent_event("succeeded", amount_received=3_000),
            an_event("refund.created", a_refund(metadata={}, status="pending")),
            an_event("refund.updated", a_refund(metadata={})),
        ],
        PaymentStatus.SUCCEEDED,
        3_000,
    ),
    "a charge that is held, and released": (
        [
            an_intent_event("amount_capturable_updated", status="requires_capture"),
            an_intent_event("canceled", status="canceled"),
        ],
        PaymentStatus.VOIDED,
        0,
    ),
    "a charge that is declined": (
        [
            an_intent_event("processing", status="processing"),
            an_intent_event(
                "payment_failed", status="requires_payment_method", last_payment_error=DECLINE
            ),
        ],
        PaymentStatus.DECLINED,
        0,
    ),
}
CASES = [(name, order) for name in STORIES for order in itertools.permutations(STORIES[name][0])]


def a_family(name: str) -> Family:
    """A payment whose page waits for its payer, or whose charge was sent."""
    manual = "held" in name or "part" in name
    if "page" not in name:
        payment = a_payment(processor_reference=None, captures_automatically=not manual)
        return Family(payment=payment, operations={"pay_1": an_operation("charge")})
    payment = a_payment(
        status=PaymentStatus.REQUIRES_ACTION,
        processor_reference="cs_1",
        payment_method=None,
        captures_automatically=not manual,
        checkout=PAGE,
    )
    operation = an_operation("session", reference="cs_1")
    return Family(payment=payment, operations={"pay_1": operation})


def told(family: Family, event: dict[str, Any]) -> Family | None:
    """The family after an event; None if the event has to wait."""
    news = read_event(json.dumps(event).encode(), received_at=NOW).news
    if news is None:
        return family
    applied = apply(family, news, returns=None, entry_id="le_1", now=NOW)
    assert not isinstance(applied, Misfit), applied
    if isinstance(applied, NotYet):
        return None
    if not isinstance(applied, Step):
        return family
    assert not applied.orphan
    changed = {change.after.id: change.after for change in applied.operations}
    refunds = dict(family.refunds)
    if applied.refund is not None:
        refunds[applied.refund.after.id] = applied.refund.after
    return replace(
        family,
        payment=applied.payment.after if applied.payment else family.payment,
        operations={**family.operations, **changed},
        refunds=refunds,
    )


@pytest.mark.parametrize(("name", "order"), CASES, ids=lambda value: str(value)[:50])
def test_events__in_any_order__come_to_the_same(
    name: str, order: tuple[dict[str, Any], ...]
) -> None:
    family, waiting = a_family(name), list(order)
    # Every one that has to wait is tried again, as the sweep does.
    for event in itertools.chain.from_iterable([waiting] * len(waiting)):
        family = told(family, event) or family
    # And all of them come twice.
    once = family
    for event in order:
        assert told(family, event) == once
    _, status, captured_minor = STORIES[name]
    payment = family.payment
    assert (payment.status, payment.captured_minor) == (status, captured_minor)
    assert len(payment.entries) == (1 if captured_minor else 0)
    assert all(not operation.is_open for operation in family.operations.values())
    refunded_minor = 2_000 if "refunded" in name else 0
    assert (payment.refunded_minor, len(family.refunds)) == (
        refunded_minor,
        refunded_minor // 2_000,
    )
