"""What does a call to PayPal ask for? Bodies, read; what PayPal knows and nobody here needs is
passed over, as PayPal passes over what it does not know.
"""

import json
from dataclasses import dataclass
from typing import Any

from ops.simulated.calls import Call
from ops.simulated.paypal_errors import PayPalError
from ops.simulated.paypal_money import read_money
from ops.simulated.paypal_orders import Intent

INTENTS: dict[str, Intent] = {"CAPTURE": "CAPTURE", "AUTHORIZE": "AUTHORIZE"}
MAX_CUSTOM_ID = 255
MAX_INVOICE_ID = 127
MAX_REFERENCE_ID = 256
MAX_DESCRIPTION = 127
MAX_NOTE = 255
MAX_TOKEN = 255
MAX_URL = 4_000
MAX_REQUEST_ID = 108
TOKEN_TYPES = frozenset({"PAYMENT_METHOD_TOKEN", "BILLING_AGREEMENT"})
"""The second is the only one that PayPal's own client library has a word for."""
USUAL_REFERENCE = "default"

_UNIT = "/purchase_units/0"

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAsked:
    """A new order."""

    intent: Intent
    amount_minor: int
    currency: str
    reference_id: str
    custom_id: str | None
    invoice_id: str | None
    description: str | None
    items: tuple[Any, ...]
    return_url: str | None
    cancel_url: str | None
    is_payer_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyAsked:
    """A capture of an authorization, or a refund of a capture; no amount is all of it."""

    amount: tuple[int, str] | None
    custom_id: str | None
    invoice_id: str | None
    note_to_payer: str | None
    is_final: bool

    @property
    def told(self) -> dict[str, str]:
        """What is only given back."""
        told = {"invoice_id": self.invoice_id, "note_to_payer": self.note_to_payer}
        return {name: text for name, text in told.items() if text is not None}


def read_body(call: Call) -> Json:
    """The JSON object that was sent; none is an empty one.

    Raises:
        PayPalError: if it is none.
    """
    try:
        read = json.loads(call.body) if call.body.strip() else {}
    except (ValueError, RecursionError):
        raise PayPalError("MALFORMED_REQUEST_JSON", field="/") from None
    if not isinstance(read, dict):
        raise PayPalError("MALFORMED_REQUEST_JSON", field="/")
    return read


def read_request_id(call: Call) -> str | None:
    """The idempotency key, if one was sent. Raises: PayPalError."""
    text = call.headers.get("paypal-request-id")
    if text is not None and not 0 < len(text) <= MAX_REQUEST_ID:
        raise PayPalError("INVALID_STRING_LENGTH", field="PayPal-Request-Id")
    return text


def wants_everything(call: Call) -> bool:
    """Whether more than the least is to be answered."""
    return "return=representation" in call.headers.get("prefer", "").replace(" ", "").lower()


def read_order(body: Json) -> OrderAsked:
    """Raises: PayPalError, naming the field at fault."""
    intent = INTENTS.get(_needed(body, "intent", "/intent"))
    if intent is None:
        raise PayPalError("INVALID_PARAMETER_VALUE", field="/intent")
    units = body.get("purchase_units")
    if not isinstance(units, list) or not units or not isinstance(units[0], dict):
        raise PayPalError("MISSING_REQUIRED_PARAMETER", field="/purchase_units")
    if len(units) > 1:
        why = "the simulated server takes one purchase unit"
        raise PayPalError("INVALID_PARAMETER_VALUE", why, field="/purchase_units")
    unit: Json = units[0]
    amount_minor, currency = read_money(unit.get("amount"), field=f"{_UNIT}/amount")
    items = unit.get("items")
    source = body.get("payment_source")
    if isinstance(source, dict) and set(source) - {"paypal"}:
        why = "the simulated server is told the payment source when an order is paid"
        raise PayPalError("INVALID_PARAMETER_VALUE", why, field="/payment_source")
    experience = _experience(body)
    return OrderAsked(
        intent=intent,
        amount_minor=amount_minor,
        currency=currency,
        reference_id=_text(unit, "reference_id", MAX_REFERENCE_ID, _UNIT) or USUAL_REFERENCE,
        custom_id=_text(unit, "custom_id", MAX_CUSTOM_ID, _UNIT),
        invoice_id=_text(unit, "invoice_id", MAX_INVOICE_ID, _UNIT),
        description=_text(unit, "description", MAX_DESCRIPTION, _UNIT),
        items=tuple(items) if isinstance(items, list) else (),
        return_url=_url(experience, "return_url"),
        cancel_url=_url(experience, "cancel_url"),
        is_payer_first=isinstance(source, dict) and "paypal" in source,
    )


def read_token(body: Json) -> str | None:
    """The payment method that an order is to be paid with; None: the payer chose it.

    Raises:
        PayPalError: if it is a source that is not taken here.
    """
    source = body.get("payment_source")
    if source is None:
        return None
    token = source.get("token") if isinstance(source, dict) else None
    if not isinstance(token, dict):
        why = "the simulated server takes token only"
        raise PayPalError("INVALID_PARAMETER_VALUE", why, field="/payment_source")
    field = "/payment_source/token"
    if _needed(token, "type", f"{field}/type") not in TOKEN_TYPES:
        raise PayPalError("INVALID_PARAMETER_VALUE", field=f"{field}/type")
    text = _needed(token, "id", f"{field}/id")
    if len(text) > MAX_TOKEN:
        raise PayPalError("INVALID_STRING_LENGTH", field=f"{field}/id")
    return text


def read_money_asked(body: Json) -> MoneyAsked:
    """Raises: PayPalError, naming the field at fault."""
    amount, is_final = body.get("amount"), body.get("final_capture", False)
    if not isinstance(is_final, bool):
        raise PayPalError("INVALID_PARAMETER_SYNTAX", field="/final_capture")
    return MoneyAsked(
        amount=None if amount is None else read_money(amount, field="/amount"),
        custom_id=_text(body, "custom_id", MAX_CUSTOM_ID, ""),
        invoice_id=_text(body, "invoice_id", MAX_INVOICE_ID, ""),
        note_to_payer=_text(body, "note_to_payer", MAX_NOTE, ""),
        is_final=is_final,
    )


def _experience(body: Json) -> Json:
    """Where the payer goes afterwards: told with the payment source, or in the older way."""
    source = body.get("payment_source")
    wallet = source.get("paypal") if isinstance(source, dict) else None
    newer = wallet.get("experience_context") if isinstance(wallet, dict) else None
    context = newer if isinstance(newer, dict) else body.get("application_context")
    return context if isinstance(context, dict) else {}


def _needed(content: Json, name: str, field: str) -> str:
    value = content.get(name)
    if value is None:
        raise PayPalError("MISSING_REQUIRED_PARAMETER", field=field)
    if not isinstance(value, str) or not value:
        raise PayPalError("INVALID_PARAMETER_SYNTAX", field=field)
    return value


def _text(content: Json, name: str, most: int, where: str) -> str | None:
    value = content.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise PayPalError("INVALID_PARAMETER_SYNTAX", field=f"{where}/{name}")
    if not 0 < len(value) <= most:
        raise PayPalError("INVALID_STRING_LENGTH", field=f"{where}/{name}")
    return value


def _url(experience: Json, name: str) -> str | None:
    where = "/payment_source/paypal/experience_context"
    value = _text(experience, name, MAX_URL, where)
    if value is not None and not value.startswith(("https://", "http://")):
        raise PayPalError("INVALID_PARAMETER_SYNTAX", field=f"{where}/{name}")
    return value
