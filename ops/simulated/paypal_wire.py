"""How does the simulated PayPal write its orders, authorizations, captures, refunds and disputes?

Each is written from pictures of one moment, so that the answer to a call that is sent again is the
same bytes. Members that PayPal has and nobody here needs (addresses, card details) are left out.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from oncepay.domain.currencies import EXPONENTS
from ops.simulated.charges import AUTHORIZATION_LIFE
from ops.simulated.paypal_money import WITHOUT_DECIMALS, write_money
from ops.simulated.paypal_orders import APPROVED, Names, Order, payer_id_of
from ops.simulated.records import Charge, ChargeStatus, Movement, MovementStatus

MERCHANT_ID = "SIMULATEDSHOP"
COMPLETED = "COMPLETED"
FEE_BASIS_POINTS = 349
_PROTECTION = {
    "status": "ELIGIBLE",
    "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
}
_REVIEW = {"reason": "PENDING_REVIEW"}
_AUTHORIZATION_STATUSES = {
    ChargeStatus.PENDING: "PENDING",
    ChargeStatus.REQUIRES_ACTION: "PENDING",
    ChargeStatus.AUTHORIZED: "CREATED",
    ChargeStatus.SUCCEEDED: "CAPTURED",
    ChargeStatus.DECLINED: "DENIED",
    ChargeStatus.VOIDED: "VOIDED",
    ChargeStatus.EXPIRED: "EXPIRED",
}
_CAPTURE_STATUSES = {
    MovementStatus.PENDING: "PENDING",
    MovementStatus.SUCCEEDED: COMPLETED,
    MovementStatus.FAILED: "DECLINED",
}
_REFUND_STATUSES = {
    MovementStatus.PENDING: "PENDING",
    MovementStatus.SUCCEEDED: COMPLETED,
    MovementStatus.FAILED: "FAILED",
}

type Json = dict[str, Any]


class PayPalWire:
    """Writes them. `base_url` is the one that a client is given: <url>/paypal."""

    def __init__(self, names: Names, base_url: str) -> None:
        self._names, self.base_url = names, base_url

    def order(self, order: Order, charge: Charge | None, movements: Sequence[Movement]) -> Json:
        """An order, with what was paid, if it was."""
        unit: Json = {
            "reference_id": order.reference_id,
            "amount": write_money(order.amount_minor, order.currency),
            "payee": {"merchant_id": MERCHANT_ID},
            **given(description=order.description, items=list(order.items) or None),
            **given(custom_id=order.custom_id, invoice_id=order.invoice_id),
        }
        if charge is not None:
            unit["payments"] = self._payments(order, charge, movements)
        made_at = write_time(order.created_at)
        return {
            "id": order.id,
            "intent": order.intent,
            "status": order.status if charge is None else COMPLETED,
            **_source(order, charge),
            "purchase_units": [unit],
            "create_time": made_at,
            "update_time": made_at if charge is None else write_time(charge.created_at),
            "links": self.order_links(order, is_paid=charge is not None),
        }

    def order_links(self, order: Order, *, is_paid: bool) -> list[Json]:
        """Where one can go from an order."""
        itself = f"{self.base_url}/v2/checkout/orders/{order.id}"
        links = [_link(itself, "self", "GET")]
        if is_paid:
            return links
        links.append(self.payer_link(order))
        action = order.intent.lower()
        return [*links, _link(f"{itself}/{action}", action, "POST")]

    def payer_link(self, order: Order) -> Json:
        """The page for the payer."""
        is_asked_for = order.is_payer_first or order.asked_with is not None
        relation = "payer-action" if is_asked_for else "approve"
        return _link(f"{self.base_url}/checkoutnow?token={order.id}", relation, "GET")

    def authorization(self, order: Order, charge: Charge) -> Json:
        """The authorization of a charge that was asked for with intent AUTHORIZE."""
        name = self._names.authorization(charge)
        itself = f"{self.base_url}/v2/payments/authorizations/{name}"
        expires_at = charge.expires_at or charge.created_at + AUTHORIZATION_LIFE
        made_at = write_time(charge.created_at)
        is_open = charge.status is ChargeStatus.AUTHORIZED
        return {
            "id": name,
            "status": _AUTHORIZATION_STATUSES[charge.status],
            **given(status_details=_REVIEW if charge.status is ChargeStatus.PENDING else None),
            "amount": write_money(charge.amount_minor, charge.currency),
            **given(custom_id=charge.payment_id or None, invoice_id=order.invoice_id),
            "seller_protection": _PROTECTION,
            "expiration_time": write_time(expires_at),
            "supplementary_data": {"related_ids": {"order_id": order.id}},
            "create_time": made_at,
            "update_time": made_at,
            "links": [
                _link(itself, "self", "GET"),
                *([_link(f"{itself}/capture", "capture", "POST")] if is_open else []),
                *([_link(f"{itself}/void", "void", "POST")] if is_open else []),
                _link(f"{self.base_url}/v2/checkout/orders/{order.id}", "up", "GET"),
            ],
        }

    def capture(self, order: Order, charge: Charge, movement: Movement | None) -> Json:
        """A capture.

        Args:
            movement: what captured an authorization; None: the charge itself is the capture.
        """
        if movement is None:
            name, amount_minor, currency = (
                self._names.capture(charge), charge.amount_minor, charge.currency
            )  # fmt: skip
            payment_id, made_at = charge.payment_id, write_time(charge.created_at)
            status = "PENDING" if charge.status is ChargeStatus.PENDING else COMPLETED
            if charge.status is ChargeStatus.DECLINED:
                status = "DECLINED"
        else:
            name, amount_minor, currency = (
                self._names.captured_by(movement), movement.amount_minor, movement.currency
            )  # fmt: skip
            payment_id, made_at = movement.payment_id, write_time(movement.created_at)
            status = _CAPTURE_STATUSES[movement.status]
        if status == COMPLETED and charge.refunded_minor:
            is_all = charge.refunded_minor >= charge.captured_minor
            status = "REFUNDED" if is_all else "PARTIALLY_REFUNDED"
        authorization = None if movement is None else self._names.authorization(charge)
        itself = f"{self.base_url}/v2/payments/captures/{name}"
        up = (
            f"{self.base_url}/v2/checkout/orders/{order.id}"
            if authorization is None
            else f"{self.base_url}/v2/payments/authorizations/{authorization}"
        )
        told = {} if movement is None else movement.metadata
        return {
            "id": name,
            "status": status,
            **given(status_details=_REVIEW if status == "PENDING" else None),
            "amount": write_money(amount_minor, currency),
            "final_capture": True,
            **given(custom_id=payment_id or None),
            **given(invoice_id=told.get("invoice_id") or order.invoice_id),
            "seller_protection": _PROTECTION,
            **given(
                seller_receivable_breakdown=(
                    None
                    if status in {"PENDING", "DECLINED"}
                    else _breakdown(amount_minor, currency)
                )
            ),
            "supplementary_data": {
                "related_ids": {"order_id": order.id, **given(authorization_id=authorization)}
            },
            "create_time": made_at,
            "update_time": made_at,
            "links": [
                _link(itself, "self", "GET"),
                _link(f"{itself}/refund", "refund", "POST"),
                _link(up, "up", "GET"),
            ],
        }

    def capture_of(self, charge: Charge) -> Json:
        """What is needed of a charge's capture where only the charge is at hand."""
        return {
            "id": self._names.capture(charge),
            "amount": write_money(charge.captured_minor, charge.currency),
            "create_time": write_time(charge.created_at),
            **given(invoice_id=charge.metadata.get("invoice_id")),
        }

    def refund(self, charge: Charge, movement: Movement) -> Json:
        """A refund."""
        name, capture = self._names.refund(movement), self._names.capture(charge)
        amount = write_money(movement.amount_minor, movement.currency)
        made_at = write_time(movement.created_at)
        told = movement.metadata
        return {
            "id": name,
            "status": _REFUND_STATUSES[movement.status],
            "amount": amount,
            **given(custom_id=movement.payment_id or None),
            **given(invoice_id=told.get("invoice_id"), note_to_payer=told.get("note_to_payer")),
            "seller_payable_breakdown": {
                "gross_amount": amount,
                "paypal_fee": write_money(0, movement.currency),
                "net_amount": amount,
            },
            "create_time": made_at,
            "update_time": made_at,
            "links": [
                _link(f"{self.base_url}/v2/payments/refunds/{name}", "self", "GET"),
                _link(f"{self.base_url}/v2/payments/captures/{capture}", "up", "GET"),
            ],
        }

    def _payments(self, order: Order, charge: Charge, movements: Sequence[Movement]) -> Json:
        by_kind = {
            kind: [each for each in movements if each.kind == kind]
            for kind in ("capture", "refund")
        }
        captures = (
            [self.capture(order, charge, each) for each in by_kind["capture"]]
            if charge.is_manual
            else [self.capture(order, charge, None)]
        )
        refunds = [self.refund(charge, each) for each in by_kind["refund"]]
        return given(
            authorizations=[self.authorization(order, charge)] if charge.is_manual else None,
            captures=captures or None,
            refunds=refunds or None,
        )


def given(**members: Any) -> Json:
    """The members that there are."""
    return {name: value for name, value in members.items() if value is not None}


def minimal(content: Json) -> Json:
    """What PayPal answers unless more is asked for."""
    return {name: content[name] for name in ("id", "status", "links")}


def write_time(moment: datetime) -> str:
    """PayPal's times end at the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _source(order: Order, charge: Charge | None) -> Json:
    attempt = None if charge is None else order.attempts.get(charge.idempotency_key or "")
    if attempt is not None and attempt.token is not None:
        return {"payment_source": {"token": {"id": attempt.token, "type": "PAYMENT_METHOD_TOKEN"}}}
    if order.is_payer_first or order.status == APPROVED:
        payer = {"account_id": payer_id_of(order), "account_status": "VERIFIED"}
        return {"payment_source": {"paypal": payer}}
    return {}


def _breakdown(amount_minor: int, currency: str) -> Json:
    # Rounded down to what the currency can say: some have no decimals.
    unit = 10 ** EXPONENTS[currency] if currency in WITHOUT_DECIMALS else 1
    fee_minor = amount_minor * FEE_BASIS_POINTS // 10_000 // unit * unit
    return {
        "gross_amount": write_money(amount_minor, currency),
        "paypal_fee": write_money(fee_minor, currency),
        "net_amount": write_money(amount_minor - fee_minor, currency),
    }


def _link(href: str, relation: str, method: str) -> Json:
    return {"href": href, "rel": relation, "method": method}
