"""What is Stripe asked? The exact requests, made once before anything is stored: a path, a form.

Every payment intent, checkout session and refund carries which payment it is of, and under which
key it was made: that is what a look-up finds it by, and what an event names.
"""

from urllib.parse import quote, urlencode

from oncepay.domain.checkout import Checkout, LineItem, place_of_amount
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.operation import Operation, OperationKind, ProcessorRequest
from oncepay.domain.payment import Payment
from oncepay.processors.stripe_money import to_stripe
from oncepay.processors.stripe_wire import (
    CAPTURE_METHOD,
    CHECKOUT,
    MANUAL,
    OPERATION_ID,
    PAYMENT_ID,
)

INTENTS_PATH = "/v1/payment_intents"
SESSIONS_PATH = "/v1/checkout/sessions"
REFUNDS_PATH = "/v1/refunds"
_CAPTURE, _CANCEL = "/capture", "/cancel"

IN_FULL = "latest_charge"
"""What a payment intent is to be told with: its charge says when an authorization lapses."""

type Form = list[tuple[str, str | int]]


def charge_form(payment: Payment, *, return_url: str | None) -> ProcessorRequest:
    """To charge a payment's method, or to authorize it.

    Raises: CurrencyNotSupported, InvalidRequest: see `to_stripe`.
    """
    form: Form = [
        ("amount", to_stripe(payment.amount_minor, payment.currency)),
        ("currency", payment.currency.lower()),
        ("payment_method", payment.payment_method or ""),
        ("confirm", "true"),
        ("capture_method", _capture_method(payment)),
        *_tags("metadata", payment, payment.id),
        ("expand[]", IN_FULL),
    ]
    if payment.description:
        form.append(("description", payment.description))
    if return_url is not None:
        form.append(("return_url", return_url))
    else:
        # Nobody could be sent to their bank and come back: what would need that is declined.
        form += [
            ("automatic_payment_methods[enabled]", "true"),
            ("automatic_payment_methods[allow_redirects]", "never"),
            ("error_on_requires_action", "true"),
        ]
    return ProcessorRequest(INTENTS_PATH, urlencode(form))


def checkout_form(payment: Payment, checkout: Checkout) -> ProcessorRequest:
    """To make the page on which the payer pays.

    Raises: CurrencyNotSupported, InvalidRequest: see `to_stripe`, or the items are not the amount.
    """
    items = checkout.line_items or (
        LineItem(payment.description or "Payment", 1, payment.amount_minor),
    )
    if sum(item.quantity * item.amount_minor for item in items) != payment.amount_minor:
        raise InvalidRequest("line_items must come to amount_minor", param="line_items")
    form: Form = [
        ("mode", "payment"),
        ("success_url", checkout.success_url),
        ("cancel_url", checkout.cancel_url),
        ("client_reference_id", payment.id),
        *_tags("metadata", payment, payment.id),
        # A session does not say how its payment intent is captured.
        (f"metadata[{CAPTURE_METHOD}]", _capture_method(payment)),
        *_tags("payment_intent_data[metadata]", payment, payment.id),
        (f"payment_intent_data[metadata][{CHECKOUT}]", "1"),
        ("payment_intent_data[capture_method]", _capture_method(payment)),
    ]
    if payment.description:
        form.append(("payment_intent_data[description]", payment.description))
    for index, item in enumerate(items):
        price = f"line_items[{index}][price_data]"
        unit_amount = to_stripe(item.amount_minor, payment.currency, param=place_of_amount(index))
        form += [
            (f"{price}[currency]", payment.currency.lower()),
            (f"{price}[unit_amount]", unit_amount),
            (f"{price}[product_data][name]", item.name),
            (f"line_items[{index}][quantity]", item.quantity),
        ]
    return ProcessorRequest(SESSIONS_PATH, urlencode(form))


def capture_form(intent: str, amount_minor: int, currency: str) -> ProcessorRequest:
    """To take so much of what is authorized.

    Raises: CurrencyNotSupported, InvalidRequest: see `to_stripe`.
    """
    form: Form = [("amount_to_capture", to_stripe(amount_minor, currency))]
    return ProcessorRequest(intent_path(intent) + _CAPTURE, urlencode(form), intent)


def void_form(intent: str) -> ProcessorRequest:
    """To release what is authorized."""
    return ProcessorRequest(intent_path(intent) + _CANCEL, "", intent)


def refund_form(
    payment: Payment, intent: str, amount_minor: int, *, operation_id: str
) -> ProcessorRequest:
    """To give back so much.

    Raises: CurrencyNotSupported, InvalidRequest: see `to_stripe`.
    """
    form: Form = [
        ("payment_intent", intent),
        ("amount", to_stripe(amount_minor, payment.currency)),
        *_tags("metadata", payment, operation_id),
    ]
    return ProcessorRequest(REFUNDS_PATH, urlencode(form), intent)


def intent_path(intent: str) -> str:
    """Of one payment intent."""
    return f"{INTENTS_PATH}/{quote(intent, safe='')}"


def session_path(session: str) -> str:
    """Of one checkout session."""
    return f"{SESSIONS_PATH}/{quote(session, safe='')}"


def refund_path(refund: str) -> str:
    """Of one refund."""
    return f"{REFUNDS_PATH}/{quote(refund, safe='')}"


def is_of_session(operation: Operation) -> bool:
    """Whether it makes a checkout's page."""
    return operation.request.path == SESSIONS_PATH


def kind_of(operation: Operation) -> OperationKind:
    """What it does; an orphan is refunded or voided, as its path says."""
    if operation.kind is not OperationKind.RETURN_ORPHAN:
        return operation.kind
    is_void = operation.request.path.endswith(_CANCEL)
    return OperationKind.VOID if is_void else OperationKind.REFUND


def _tags(prefix: str, payment: Payment, operation_id: str) -> Form:
    return [
        (f"{prefix}[{PAYMENT_ID}]", payment.id),
        (f"{prefix}[{OPERATION_ID}]", operation_id),
    ]


def _capture_method(payment: Payment) -> str:
    return "automatic" if payment.captures_automatically else MANUAL
