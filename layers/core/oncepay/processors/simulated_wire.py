"""What does the simulated processor's JSON say, in our words? Charges, captures, voids, refunds,
payouts and errors, as they are in its answers and in its events.

Nothing is trusted: a member that is missing or is not what it should be makes the whole unreadable,
said as `InvalidRequest` with its name. Whether what is said fits what was asked for is not asked
here, but in `domain.settling`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oncepay.domain.dispute import DisputeFound, DisputeStatus
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.payout import PayoutFound, PayoutStatus
from oncepay.domain.processor_answer import (
    CARD_DECLINED,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
    Found,
)
from oncepay.domain.times import parse_time

CHARGE, CAPTURE, VOID, REFUND = "charge", "capture", "void", "refund"
CHECKOUT, DISPUTE, PAYOUT = "checkout_session", "dispute", "payout"
EFFECTS = (CAPTURE, VOID, REFUND)

MAX_AMOUNT_MINOR = 10**18
"""Far above what we ask for, and far inside what DynamoDB stores: what does not fit is to be read
all the same, and shown."""

MAX_MESSAGE_CHARACTERS = 300
"""Of a processor's sentence that is kept."""

_PAGE_STATUSES: Mapping[object, ChargeStatus] = {
    "open": ChargeStatus.REQUIRES_ACTION,
    # Paid; how, the charge tells.
    "complete": ChargeStatus.PENDING,
    "expired": ChargeStatus.EXPIRED,
}

_IDENTIFIER = re.compile(r"[!-~]{1,255}")
_CODE = re.compile(r"[!-~]{1,100}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_URL = re.compile(r"https?://[!-~]{1,2000}")


def read_found(value: object, kind: str) -> Found:
    """A charge or a checkout's page, or one of what is done to a charge.

    Raises:
        InvalidRequest: it cannot be read.
    """
    if kind == CHARGE:
        return read_charge(value)
    return read_page(value) if kind == CHECKOUT else read_effect(value, kind)


def read_charge(value: object) -> Charge:
    """A charge.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, CHARGE)
    _require_kind(said, CHARGE)
    status = _status(said, ChargeStatus)
    page, charge_id = page_of(said), _identifier(said, "id")
    return Charge(
        # Of a checkout the page is what came first, and names it for good.
        reference=page or charge_id,
        handle=charge_id if page else None,
        status=status,
        amount_minor=_amount(said, "amount_minor"),
        currency=_matching(said, "currency", _CURRENCY),
        captured_minor=_amount(said, "captured_minor"),
        payment_id=_payment_id(said),
        next_action_url=_next_action(said),
        failure=_decline(said) if status is ChargeStatus.DECLINED else None,
        expires_at=_time(said, "expires_at"),
    )


def read_page(value: object) -> Charge:
    """A checkout's page, as the charge that it is to become. Of one that is paid the charge itself
    tells how.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, CHECKOUT)
    _require_kind(said, CHECKOUT)
    word = _member(said, "status")
    status = _PAGE_STATUSES.get(word) if isinstance(word, str) else None
    if status is None:
        raise _unfit("status")
    return Charge(
        reference=_identifier(said, "id"),
        status=status,
        amount_minor=_amount(said, "amount_minor"),
        currency=_matching(said, "currency", _CURRENCY),
        payment_id=_payment_id(said),
        next_action_url=_matching(said, "url", _URL) if _is_open(status) else None,
        handle=None if said.get("charge_id") is None else _identifier(said, "charge_id"),
    )


def page_of(charge: Mapping[str, Any]) -> str | None:
    """Of the checkout on whose page the charge was paid.

    Raises:
        InvalidRequest: it cannot be read.
    """
    if charge.get("checkout_session_id") is None:
        return None
    return _identifier(charge, "checkout_session_id")


def read_dispute(value: object) -> DisputeFound:
    """A dispute.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, DISPUTE)
    _require_kind(said, DISPUTE)
    reason = said.get("reason")
    return DisputeFound(
        reference=_identifier(said, "id"),
        status=_status(said, DisputeStatus),
        amount_minor=_amount(said, "amount_minor"),
        currency=_matching(said, "currency", _CURRENCY),
        reason=reason[:MAX_MESSAGE_CHARACTERS] if isinstance(reason, str) else None,
        charge_reference=_identifier(said, "charge_id"),
        payment_id=_payment_id(said),
    )


def read_payout(value: object) -> PayoutFound:
    """A payout.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, PAYOUT)
    _require_kind(said, PAYOUT)
    return PayoutFound(
        reference=_identifier(said, "id"),
        amount_minor=_amount(said, "amount_minor"),
        currency=_matching(said, "currency", _CURRENCY),
        status=_status(said, PayoutStatus),
    )


def read_effect(value: object, kind: str) -> Effect:
    """A capture, void or refund. What a void released is of no importance.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, kind)
    _require_kind(said, kind)
    status = _status(said, EffectStatus)
    amount_minor, currency = _amount(said, "amount_minor"), _matching(said, "currency", _CURRENCY)
    return Effect(
        reference=_identifier(said, "id"),
        status=status,
        amount_minor=None if kind == VOID else amount_minor,
        currency=None if kind == VOID else currency,
        charge_reference=_identifier(said, "charge_id"),
        payment_id=_payment_id(said),
        failure=_failure(said, "failure") if status is EffectStatus.FAILED else None,
    )


def read_key(value: object) -> str | None:
    """Under which of our keys it was done; None if it began at the processor.

    Raises:
        InvalidRequest: it does not say.
    """
    said = as_object(value, "object")
    if _member(said, "idempotency_key") is None:
        return None
    return _identifier(said, "idempotency_key")


def read_error(answer: Mapping[str, Any]) -> Failure:
    """The code and message of an error.

    Raises:
        InvalidRequest: it is none.
    """
    error = _failure(answer, "error")
    if error is None:
        raise _unfit("error")
    return error


def as_object(value: object, name: str) -> Mapping[str, Any]:
    """The JSON object of that name.

    Raises:
        InvalidRequest: it is none.
    """
    if not isinstance(value, dict):
        raise _unfit(name)
    return value


def identifier_or_none(said: Mapping[str, Any], name: str) -> str | None:
    """An id, if there is one."""
    value = said.get(name)
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None


def _require_kind(said: Mapping[str, Any], kind: str) -> None:
    if _member(said, "object") != kind:
        raise _unfit("object")


def _member(said: Mapping[str, Any], name: str) -> Any:
    if name not in said:
        raise InvalidRequest(f"{name} is missing", param=name)
    return said[name]


def _matching(said: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = _member(said, name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _unfit(name)
    return value


def _identifier(said: Mapping[str, Any], name: str) -> str:
    return _matching(said, name, _IDENTIFIER)


def _payment_id(said: Mapping[str, Any]) -> str | None:
    if _member(said, "payment_id") is None:
        return None
    return _identifier(said, "payment_id")


def _amount(said: Mapping[str, Any], name: str) -> int:
    value = _member(said, name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_AMOUNT_MINOR:
        raise _unfit(name)
    return value


def _is_open(status: ChargeStatus) -> bool:
    return status is ChargeStatus.REQUIRES_ACTION


def _status[S: (ChargeStatus, EffectStatus, DisputeStatus, PayoutStatus)](
    said: Mapping[str, Any], statuses: type[S]
) -> S:
    try:
        return statuses(_member(said, "status"))
    except ValueError:
        raise _unfit("status") from None


def _time(said: Mapping[str, Any], name: str) -> datetime | None:
    value = _member(said, name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _unfit(name)
    return parse_time(value, param=name)


def _next_action(said: Mapping[str, Any]) -> str | None:
    value = _member(said, "next_action")
    if value is None:
        return None
    # It is shown to payers: nothing but a page.
    return _matching(as_object(value, "next_action"), "url", _URL)


def _decline(said: Mapping[str, Any]) -> Failure:
    decline = _failure(said, "decline")
    if decline is None:
        return Failure(CARD_DECLINED, "the processor gave no reason")
    return Failure(CARD_DECLINED, f"{decline.code}: {decline.message}")


def _failure(said: Mapping[str, Any], name: str) -> Failure | None:
    value = _member(said, name)
    if value is None:
        return None
    reason = as_object(value, name)
    message = _member(reason, "message")
    if not isinstance(message, str):
        raise _unfit("message")
    return Failure(_matching(reason, "code", _CODE), message[:MAX_MESSAGE_CHARACTERS])


def _unfit(name: str) -> InvalidRequest:
    return InvalidRequest(f"{name} is not what it should be", param=name)
