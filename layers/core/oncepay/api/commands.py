"""What does a body ask for? One function per request of the contract, from a parsed object to a
command.
"""

from collections.abc import Collection
from typing import Any

from oncepay.api.fields import Fields
from oncepay.api.idempotency_keys import BODY_FIELD, MAX_CHARACTERS
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.lifecycle import Action
from oncepay.domain.payment import BALANCE, PROCESSOR
from oncepay.services.create_deposit import CreateDeposit
from oncepay.services.create_payment import CreatePayment
from oncepay.services.create_refund import CreateRefund
from oncepay.services.move_payment import MovePayment

MAX_DESCRIPTION = 500
MAX_CUSTOMER_ID = 100
MAX_REASON = 100
MAX_PAYMENT_METHOD = 255


def read_create_deposit(body: dict[str, Any]) -> CreateDeposit:
    """POST /v1/deposits; InvalidRequest and its kin name what is wrong."""
    fields = _fields(body)
    command = CreateDeposit(
        amount_minor=fields.take_amount("amount_minor"), currency=fields.take_currency("currency")
    )
    fields.refuse_rest()
    return command


def read_create_payment(body: dict[str, Any], processors: Collection[str]) -> CreatePayment:
    """POST /v1/payments; InvalidRequest and its kin name what is wrong.

    Args:
        body: the parsed body.
        processors: names of those that are configured.
    """
    fields = _fields(body)
    amount_minor = fields.take_amount("amount_minor")
    currency = fields.take_currency("currency")
    funding = fields.take_object("funding")
    processor = payment_method = None
    if funding.take_choice("type", [BALANCE, PROCESSOR]) == PROCESSOR:
        if not processors:
            raise InvalidRequest(
                "funding.type must be balance: no processor is configured here",
                param="funding.type",
            )
        processor = funding.take_choice("processor", sorted(processors))
        payment_method = funding.take_text("payment_method", minimum=1, maximum=MAX_PAYMENT_METHOD)
    funding.refuse_rest()
    capture_method = fields.take_optional_choice("capture_method", ["automatic", "manual"])
    if capture_method == "manual" and processor is None:
        raise InvalidRequest(
            "capture_method must be automatic for a payment from the balance",
            param="capture_method",
        )
    command = CreatePayment(
        amount_minor=amount_minor,
        currency=currency,
        customer_id=fields.take_optional_text("customer_id", minimum=1, maximum=MAX_CUSTOMER_ID),
        description=fields.take_optional_text("description", maximum=MAX_DESCRIPTION),
        metadata=fields.take_metadata("metadata"),
        processor=processor,
        payment_method=payment_method,
        captures_automatically=capture_method != "manual",
    )
    fields.refuse_rest()
    return command


def read_capture(payment_id: str, body: dict[str, Any]) -> MovePayment:
    """POST /v1/payments/{id}/capture; InvalidRequest and its kin name what is wrong."""
    fields = _fields(body)
    command = MovePayment(
        payment_id=payment_id,
        action=Action.CAPTURE,
        amount_minor=fields.take_optional_amount("amount_minor"),
    )
    fields.refuse_rest()
    return command


def read_void(payment_id: str, body: dict[str, Any]) -> MovePayment:
    """POST /v1/payments/{id}/void; InvalidRequest and its kin name what is wrong."""
    _fields(body).refuse_rest()
    return MovePayment(payment_id=payment_id, action=Action.VOID)


def read_create_refund(payment_id: str, body: dict[str, Any]) -> CreateRefund:
    """POST /v1/payments/{id}/refunds; InvalidRequest and its kin name what is wrong."""
    fields = _fields(body)
    command = CreateRefund(
        payment_id=payment_id,
        amount_minor=fields.take_optional_amount("amount_minor"),
        reason=fields.take_optional_text("reason", maximum=MAX_REASON),
    )
    fields.refuse_rest()
    return command


def _fields(body: dict[str, Any]) -> Fields:
    fields = Fields(body)
    # Read before, as the request's key; here it is only known.
    fields.take_optional_text(BODY_FIELD, maximum=4 * MAX_CHARACTERS)
    return fields
