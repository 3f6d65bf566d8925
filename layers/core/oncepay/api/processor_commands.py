"""What does a body ask for that is done at a processor, or may be? One function per request of the
contract, from a parsed object to a command.
"""

from collections.abc import Collection
from typing import Any

from oncepay.api.commands import CAPTURE_METHODS, MANUAL, MAX_CUSTOMER_ID, MAX_DESCRIPTION
from oncepay.api.fields import Fields
from oncepay.api.post_fields import read_fields
from oncepay.domain.checkout import Checkout, LineItem
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.lifecycle import Action
from oncepay.services.create_payment import CreatePayment
from oncepay.services.create_refund import CreateRefund
from oncepay.services.move_payment import MovePayment

MAX_REASON = 100
MAX_LINE_ITEMS = 100
"""Source: Stripe, "Create a Checkout Session", `line_items`, as of 2026-11."""
MAX_ITEM_NAME = 250
MAX_QUANTITY = 1_000_000


def read_create_checkout(body: dict[str, Any], processors: Collection[str]) -> CreatePayment:
    """POST /v1/checkout-sessions; InvalidRequest and its kin name what is wrong.

    Args:
        body: the parsed body.
        processors: names of those that are configured, the one that is taken by default first.
    """
    fields = read_fields(body)
    if not processors:
        raise InvalidRequest("no processor is configured here", param="processor")
    amount_minor = fields.take_amount("amount_minor")
    command = CreatePayment(
        amount_minor=amount_minor,
        currency=fields.take_currency("currency"),
        customer_id=fields.take_optional_text("customer_id", minimum=1, maximum=MAX_CUSTOMER_ID),
        description=fields.take_optional_text("description", maximum=MAX_DESCRIPTION),
        metadata=fields.take_metadata("metadata"),
        processor=fields.take_optional_choice("processor", processors) or next(iter(processors)),
        captures_automatically=fields.take_optional_choice("capture_method", CAPTURE_METHODS)
        != MANUAL,
        checkout=Checkout(
            success_url=fields.take_url("success_url"),
            cancel_url=fields.take_url("cancel_url"),
            line_items=tuple(
                _read_line_item(item)
                for item in fields.take_objects("line_items", maximum=MAX_LINE_ITEMS)
            ),
        ),
    )
    items = command.checkout.line_items if command.checkout else ()
    total_minor = sum(item.quantity * item.amount_minor for item in items)
    if items and total_minor != amount_minor:
        raise InvalidRequest(
            f"line_items come to {total_minor}, and amount_minor is {amount_minor}",
            param="line_items",
        )
    fields.refuse_rest()
    return command


def _read_line_item(fields: Fields) -> LineItem:
    item = LineItem(
        name=fields.take_text("name", minimum=1, maximum=MAX_ITEM_NAME),
        quantity=fields.take_whole("quantity", minimum=1, maximum=MAX_QUANTITY),
        amount_minor=fields.take_amount("amount_minor"),
    )
    fields.refuse_rest()
    return item


def read_capture(payment_id: str, body: dict[str, Any]) -> MovePayment:
    """POST /v1/payments/{id}/capture; InvalidRequest and its kin name what is wrong."""
    fields = read_fields(body)
    command = MovePayment(
        payment_id=payment_id,
        action=Action.CAPTURE,
        amount_minor=fields.take_optional_amount("amount_minor"),
    )
    fields.refuse_rest()
    return command


def read_void(payment_id: str, body: dict[str, Any]) -> MovePayment:
    """POST /v1/payments/{id}/void; InvalidRequest and its kin name what is wrong."""
    read_fields(body).refuse_rest()
    return MovePayment(payment_id=payment_id, action=Action.VOID)


def read_create_refund(payment_id: str, body: dict[str, Any]) -> CreateRefund:
    """POST /v1/payments/{id}/refunds; InvalidRequest and its kin name what is wrong."""
    fields = read_fields(body)
    command = CreateRefund(
        payment_id=payment_id,
        amount_minor=fields.take_optional_amount("amount_minor"),
        reason=fields.take_optional_text("reason", maximum=MAX_REASON),
    )
    fields.refuse_rest()
    return command
