"""What is asked for in the processor's own JSON?"""

import re
from datetime import datetime, timedelta

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.times import parse_time
from ops.simulated.calls import BadCall, Call, Fields
from ops.simulated.records import LineItem, MovementKind
from ops.simulated.requests import (
    ChargeRequest,
    CheckoutRequest,
    MovementRequest,
    Request,
)
from ops.simulated.sessions import LIFE

MAX_AMOUNT = 10**15
MAX_LINE_ITEMS = 100
MAX_METADATA = 50
SHORTEST_LIFE = timedelta(minutes=30)

_MOVEMENT = re.compile(r"/v1/charges/([^/]+)/(captures|voids|refunds)")
_KINDS: dict[str, MovementKind] = {"captures": "capture", "voids": "void", "refunds": "refund"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_URL = re.compile(r"https?://[!-~]+")
_CAPTURE_METHODS = {"automatic": False, "manual": True}


def read_request(call: Call, now: datetime) -> Request:
    """Read a POST under /v1.

    Raises: BadCall saying what is wrong with it.
    """
    if call.path == "/v1/charges":
        return _read_charge(Fields(call.body))
    if call.path == "/v1/checkout-sessions":
        return _read_checkout(Fields(call.body), now)
    movement = _MOVEMENT.fullmatch(call.path)
    if movement is None:
        raise BadCall("no such path", status=404, code="not_found")
    return _read_movement(Fields(call.body), movement[1], _KINDS[movement[2]])


def _read_charge(fields: Fields) -> ChargeRequest:
    is_manual = _read_is_manual(fields.text("capture"))
    request = ChargeRequest(
        amount_minor=fields.whole_number("amount_minor", least=1, most=MAX_AMOUNT),
        currency=_read_currency(fields),
        payment_method=fields.text("payment_method"),
        is_manual=is_manual,
        payment_id=fields.text("payment_id"),
    )
    fields.nothing_else()
    return request


def _read_checkout(fields: Fields, now: datetime) -> CheckoutRequest:
    request = CheckoutRequest(
        amount_minor=fields.whole_number("amount_minor", least=1, most=MAX_AMOUNT),
        currency=_read_currency(fields),
        is_manual=_read_is_manual(fields.optional_text("capture") or "automatic"),
        success_url=_read_url(fields, "success_url"),
        cancel_url=_read_url(fields, "cancel_url"),
        payment_id=fields.text("payment_id"),
        line_items=tuple(map(_read_item, fields.objects("line_items", most=MAX_LINE_ITEMS))),
        expires_at=_read_expiry(fields, now),
        charge_metadata=fields.optional_pairs("metadata", most=MAX_METADATA),
    )
    fields.nothing_else()
    return request


def _read_item(fields: Fields) -> LineItem:
    item = LineItem(
        name=fields.text("name"),
        quantity=fields.whole_number("quantity", least=1, most=MAX_AMOUNT),
        amount_minor=fields.whole_number("amount_minor", least=0, most=MAX_AMOUNT),
    )
    fields.nothing_else()
    return item


def _read_url(fields: Fields, name: str) -> str:
    url = fields.text(name)
    if not _URL.fullmatch(url):
        raise BadCall(f"{name} must be an http or https URL")
    return url


def _read_expiry(fields: Fields, now: datetime) -> datetime | None:
    text = fields.optional_text("expires_at")
    if text is None:
        return None
    try:
        expires_at = parse_time(text, param="expires_at")
    except InvalidRequest as error:
        raise BadCall(str(error)) from None
    check_expiry(expires_at, now)
    return expires_at


def check_expiry(expires_at: datetime, now: datetime) -> None:
    """Whether a page may be open until then.

    Raises: BadCall if not.
    """
    if not now + SHORTEST_LIFE <= expires_at <= now + LIFE:
        raise BadCall("expires_at must be 30 minutes to 24 hours ahead")


def _read_is_manual(capture: str) -> bool:
    if capture not in _CAPTURE_METHODS:
        raise BadCall("capture must be automatic or manual")
    return _CAPTURE_METHODS[capture]


def _read_movement(fields: Fields, charge_id: str, kind: MovementKind) -> MovementRequest:
    has_amount = kind != "void"
    request = MovementRequest(
        kind=kind,
        charge_id=charge_id,
        amount_minor=(
            fields.whole_number("amount_minor", least=1, most=MAX_AMOUNT) if has_amount else None
        ),
        currency=_read_currency(fields) if has_amount else None,
        payment_id=fields.text("payment_id"),
    )
    fields.nothing_else()
    return request


def _read_currency(fields: Fields) -> str:
    currency = fields.text("currency")
    if not _CURRENCY.fullmatch(currency):
        raise BadCall("currency must be three upper-case letters")
    return currency
