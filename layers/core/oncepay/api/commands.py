"""What does the body of a deposit or a payment ask for? One function per request of the contract,
from a parsed object to a command. Requests that only processors know are in `processor_commands`.
"""

from collections.abc import Collection
from typing import Any

from oncepay.api.post_fields import read_fields
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.payment import BALANCE, PROCESSOR
from oncepay.services.create_deposit import CreateDeposit
from oncepay.services.create_payment import CreatePayment

MAX_DESCRIPTION = 500
MAX_CUSTOMER_ID = 100
MAX_PAYMENT_METHOD = 255
AUTOMATIC, MANUAL = CAPTURE_METHODS = ("automatic", "manual")


def read_create_deposit(body: dict[str, Any]) -> CreateDeposit:
    """POST /v1/deposits; InvalidRequest and its kin name what is wrong."""
    fields = read_fields(body)
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
    fields = read_fields(body)
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
    capture_method = fields.take_optional_choice("capture_method", CAPTURE_METHODS)
    if capture_method == MANUAL and processor is None:
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
        captures_automatically=capture_method != MANUAL,
    )
    fields.refuse_rest()
    return command
