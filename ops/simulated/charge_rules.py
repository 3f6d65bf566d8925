"""Which state of a charge allows what, and in which words is that told? What faults make a record
say of itself is told here, too.
"""

from ops.simulated.behaviours import Behaviour, OperationKind, Step
from ops.simulated.records import NATIVE, Charge, ChargeStatus, Reason
from ops.simulated.requests import Refusal

PREFIXES: dict[str, dict[OperationKind, str]] = {
    NATIVE: {"charge": "ch_", "capture": "cp_", "void": "vd_", "refund": "rf_"},
    "stripe": {"charge": "pi_", "capture": "cp_", "void": "vd_", "refund": "re_"},
    "paypal": {"charge": "", "capture": "", "void": "", "refund": ""},
}
"""How ids begin at each face."""
_PHRASES = {
    "insufficient_funds": "the card has insufficient funds",
    "expired_card": "the card has expired",
    "unknown_payment_method": "no such payment method",
}


def movable_in(charge: Charge, kind: OperationKind) -> set[ChargeStatus]:
    """Where it can be captured or voided; Stripe cancels what waits for the payer, too."""
    if kind == "void" and charge.face == "stripe":
        return {ChargeStatus.AUTHORIZED, ChargeStatus.REQUIRES_ACTION}
    return {ChargeStatus.AUTHORIZED}


def wrong_state(charge: Charge, *, authorized: str = "charge_authorized") -> Refusal:
    """The refusal of what its state does not allow."""
    code = {
        ChargeStatus.PENDING: "charge_not_authorized",
        ChargeStatus.REQUIRES_ACTION: "charge_not_authorized",
        ChargeStatus.AUTHORIZED: authorized,
        ChargeStatus.SUCCEEDED: "charge_captured",
        ChargeStatus.DECLINED: "charge_declined",
        ChargeStatus.VOIDED: "charge_voided",
        ChargeStatus.EXPIRED: "charge_expired",
    }[charge.status]
    return Refusal(code, f"the charge is {charge.status}", charge)


def reason_of(code: str) -> Reason:
    """Why something was declined or failed, by its code."""
    return Reason(code, _PHRASES.get(code, code.strip("_").replace("_", " ") or code))


def told_currency(currency: str, step: Step) -> str:
    """The currency, or by a fault another one."""
    if step.behaviour is not Behaviour.OTHER_CURRENCY:
        return currency
    return "EUR" if currency != "EUR" else "USD"


def told_payment_id(payment_id: str, step: Step) -> str:
    """The payment, or by a fault another one."""
    return "pay_somebody_elses" if step.behaviour is Behaviour.OTHER_ID else payment_id
