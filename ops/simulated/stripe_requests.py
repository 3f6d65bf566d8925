"""What is Stripe asked for? Payment intents, refunds and checkout sessions, from a form.

What Stripe takes and what changes nothing here is taken, too; what Stripe does not know is refused,
as there.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ops.simulated.behaviours import UNKNOWN_PLAN, Behaviour, read_payment_method
from ops.simulated.records import LineItem
from ops.simulated.requests import ChargeRequest, CheckoutRequest, MovementRequest
from ops.simulated.sessions import LIFE
from ops.simulated.stripe_errors import StripeError, missing
from ops.simulated.stripe_form import Form
from ops.simulated.stripe_money import from_stripe, read_currency

STRIPE = "stripe"
PAYMENT_ID = "payment_id"
SHORTEST_LIFE = timedelta(minutes=30)

_TEST_METHODS = {
    "pm_card_visa": "pm_approve",
    "pm_card_mastercard": "pm_approve",
    "pm_card_chargeDeclined": "pm_decline_generic_decline",
    "pm_card_visa_chargeDeclined": "pm_decline_generic_decline",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "pm_decline_insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "pm_decline_expired_card",
    "pm_card_authenticationRequired": "pm_requires_action",
}
"""Stripe's own. Source: https://docs.stripe.com/testing, as of 2026-11."""
_NEEDS_AUTHENTICATION = "pm_decline_authentication_required"
_CANCELLATIONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
_REFUNDS = ("duplicate", "fraudulent", "requested_by_customer")
_CAPTURE_METHODS = ("automatic", "automatic_async", "manual")


def read_payment_intent(form: Form, words: str) -> ChargeRequest:
    """Create and confirm. Raises: StripeError."""
    currency = read_currency(form.text("currency"))
    amount_minor = from_stripe(form.number("amount", least=1), currency, param="amount")
    if not form.truth("confirm"):
        message = "Here a payment intent is confirmed as it is created: send confirm=true."
        raise StripeError(400, message, param="confirm")
    payment_method = _read_method(form.text("payment_method"))
    is_manual = form.choice("capture_method", *_CAPTURE_METHODS) == "manual"
    may_redirect = _read_may_redirect(form)
    return_url = form.url("return_url")
    if may_redirect and not return_url:
        message = "This PaymentIntent may redirect the payer: provide a `return_url`."
        raise StripeError(400, message, param="return_url")
    step = read_payment_method(payment_method).charge
    if form.truth("error_on_requires_action") and step.behaviour is Behaviour.REQUIRES_ACTION:
        payment_method = _NEEDS_AUTHENTICATION
    metadata = form.metadata()
    form.ignore(
        "customer", "description", "off_session", "receipt_email",
        "confirmation_method", "setup_future_usage", "shipping", "statement_descriptor",
        "statement_descriptor_suffix", "transfer_group", "payment_method_options", "use_stripe_sdk",
    )  # fmt: skip
    form.nothing_else()
    return ChargeRequest(
        amount_minor=amount_minor,
        currency=currency,
        payment_method=payment_method,
        is_manual=is_manual,
        payment_id=metadata.get(PAYMENT_ID, ""),
        face=STRIPE,
        metadata=metadata,
        return_url=return_url,
        words=words,
    )


def read_capture(form: Form, charge_id: str, currency: str, words: str) -> MovementRequest:
    """Capture. Raises: StripeError."""
    amount = form.optional_number("amount_to_capture", least=1)
    form.ignore("final_capture", "statement_descriptor", "statement_descriptor_suffix")
    metadata = form.metadata()
    form.nothing_else()
    return MovementRequest(
        kind="capture",
        charge_id=charge_id,
        amount_minor=(
            None if amount is None else from_stripe(amount, currency, param="amount_to_capture")
        ),
        currency=None,
        payment_id=metadata.get(PAYMENT_ID),
        metadata=metadata,
        words=words,
    )


def read_cancel(form: Form, charge_id: str, words: str) -> MovementRequest:
    """Cancel. Raises: StripeError."""
    reason = form.choice("cancellation_reason", *_CANCELLATIONS)
    form.nothing_else()
    return MovementRequest(
        kind="void",
        charge_id=charge_id,
        amount_minor=None,
        currency=None,
        payment_id=None,
        reason=reason,
        words=words,
    )


def read_refund(
    form: Form, charge_id_of: Callable[[str], str], currency_of: Callable[[str], str], words: str
) -> MovementRequest:
    """Refund. Raises: StripeError.

    Args:
        form: of the call.
        charge_id_of: the engine's id of the charge that is named.
        currency_of: the currency of a charge of the engine.
        words: the call as it was worded.
    """
    named = form.optional_text("payment_intent")
    charge = form.optional_text("charge")
    if not named and not charge:
        message = "One of the following params should be provided: payment_intent or charge."
        raise StripeError(400, message, code="parameter_missing", param="payment_intent")
    charge_id = named or charge_id_of(str(charge))
    amount = form.optional_number("amount", least=1)
    reason, metadata = form.choice("reason", *_REFUNDS), form.metadata()
    form.ignore("refund_application_fee", "reverse_transfer", "instructions_email", "currency")
    form.nothing_else()
    return MovementRequest(
        kind="refund",
        charge_id=charge_id,
        amount_minor=(
            None if amount is None else from_stripe(amount, currency_of(charge_id), param="amount")
        ),
        currency=None,
        payment_id=metadata.get(PAYMENT_ID),
        metadata=metadata,
        reason=reason,
        words=words,
    )


def read_session(form: Form, now: datetime, words: str) -> CheckoutRequest:
    """Make a hosted page. Raises: StripeError."""
    if form.text("mode") != "payment":
        raise StripeError(400, "Here only the mode `payment` is known.", param="mode")
    currency, items = _read_items(form.forms("line_items"))
    amount_minor = sum(item.quantity * item.amount_minor for item in items)
    intent = form.form("payment_intent_data")
    is_manual = intent.choice("capture_method", *_CAPTURE_METHODS) == "manual"
    charge_metadata = intent.metadata()
    intent.ignore(
        "description", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix",
        "receipt_email", "transfer_group",
    )  # fmt: skip
    intent.nothing_else()
    metadata = form.metadata()
    reference = form.optional_text("client_reference_id")
    request = CheckoutRequest(
        amount_minor=amount_minor,
        currency=currency,
        is_manual=is_manual,
        success_url=_read_success_url(form),
        cancel_url=form.url("cancel_url") or "",
        payment_id=charge_metadata.get(PAYMENT_ID) or metadata.get(PAYMENT_ID) or "",
        line_items=tuple(items),
        expires_at=_read_expiry(form, now),
        face=STRIPE,
        metadata=metadata,
        charge_metadata=charge_metadata,
        client_reference=reference,
        words=words,
    )
    form.ignore(
        "allow_promotion_codes", "billing_address_collection", "customer", "customer_creation",
        "customer_email", "locale", "payment_method_types", "phone_number_collection",
        "submit_type", "ui_mode", "automatic_tax", "payment_method_options",
    )  # fmt: skip
    form.nothing_else()
    return request


def _read_may_redirect(form: Form) -> bool:
    """Unless it says which methods, or that none redirects, one may."""
    named = form.texts("payment_method_types")
    automatic = form.form("automatic_payment_methods")
    redirects = automatic.choice("allow_redirects", "always", "never")
    enabled = automatic.choice("enabled", "true", "false") or ("false" if named else "true")
    automatic.nothing_else()
    return enabled == "true" and redirects != "never"


def _read_items(forms: list[Form]) -> tuple[str, list[LineItem]]:
    if not forms:
        message = "You must pass `line_items` in `payment` mode."
        raise StripeError(400, message, code="parameter_missing", param="line_items")
    currencies, items = set(), []
    for form in forms:
        price, quantity = form.form("price_data"), form.number("quantity", least=1)
        currency = read_currency(price.text("currency"))
        product = price.form("product_data")
        unit = price.number("unit_amount", least=0)
        items.append(
            LineItem(product.text("name"), quantity, from_stripe(unit, currency, param="amount"))
        )
        currencies.add(currency)
        product.ignore("description", "images", "metadata", "tax_code")
        price.ignore("tax_behavior")
        for each in (product, price, form):
            each.nothing_else()
    if len(currencies) > 1:
        raise StripeError(400, "All line items must have the same currency.", param="line_items")
    return currencies.pop(), items


def _read_success_url(form: Form) -> str:
    url = form.url("success_url")
    if url is None:
        message = "Missing required param: success_url."
        raise StripeError(400, message, code="parameter_missing", param="success_url")
    return url


def _read_expiry(form: Form, now: datetime) -> datetime | None:
    at = form.optional_number("expires_at", least=0)
    if at is None:
        return None
    earliest, latest = int((now + SHORTEST_LIFE).timestamp()), int((now + LIFE).timestamp())
    if not earliest <= at <= latest:
        message = "The `expires_at` timestamp must be 30 minutes to 24 hours ahead."
        raise StripeError(400, message, param="expires_at")
    return datetime.fromtimestamp(at, UTC)


def _read_method(text: str) -> str:
    method = _TEST_METHODS.get(text, text)
    if read_payment_method(method) is UNKNOWN_PLAN:
        raise missing("PaymentMethod", text, "payment_method", status=400)
    return method
