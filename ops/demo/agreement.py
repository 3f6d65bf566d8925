"""Does the processor's own record agree with our payments? Every charge is of exactly one payment,
every payment that took money has exactly one charge, and the amounts are the same.

Documents in, sentences out: payments as the API shows them, charges as the processor writes them,
whichever its face.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

type Document = dict[str, Any]

CHARGE_OF_STATUS: Mapping[str, str] = {
    "requires_action": "requires_action",
    "authorized": "authorized",
    "succeeded": "succeeded",
    "voided": "voided",
    "expired": "expired",
}
"""The state of the charge of a payment in this state. A declined one has none, or one that is
declined; one that expired has none if nobody came to its page."""

TOOK_NOTHING = frozenset({"requires_action", "declined", "voided", "expired"})


def differences(charges: Iterable[Document], payments: Iterable[Document]) -> list[str]:
    """What does not agree, one line each; empty if everything does.

    Args:
        charges: all of the processor's record that could be of these payments.
        payments: as the API shows them, in a list or one by one.
    """
    by_payment: dict[str, list[Document]] = defaultdict(list)
    for charge in charges:
        by_payment[str(charge["payment_id"])].append(charge)
    found: list[str] = []
    for payment in payments:
        found += _of_payment(payment, by_payment.pop(payment["id"], []))
    for payment_id, left in by_payment.items():
        found += [f"{charge['id']} is of {payment_id}, which is no payment" for charge in left]
    return found


def _of_payment(payment: Document, charges: list[Document]) -> list[str]:
    name, status = payment["id"], payment["status"]
    ours = [charge for charge in charges if _is_ours(payment, charge)]
    found = [
        f"{charge['id']} of {name} was not ours, and was not given back"
        for charge in charges
        if charge not in ours and not _is_given_back(charge)
    ]
    if len(ours) > 1:
        return [*found, f"{name} has {len(ours)} charges"]
    if status == "processing":
        return [*found, f"{name} is not finished"]
    if status == "declined":
        taken = [charge for charge in ours if not _is_given_back(charge)]
        return [*found, *(f"{name} is declined, but {c['id']} is {c['status']}" for c in taken)]
    if not ours and status == "expired" and payment["captured_minor"] == 0:
        # Nobody came to the page on which it was to be paid.
        return found
    if not ours:
        return [*found, f"{name} is {status}, but there is no charge of it"]
    return found + _compare(payment, ours[0])


def _is_ours(payment: Document, charge: Document) -> bool:
    """Whether we asked for it: under the payment's id; at PayPal under that and a number; or, under
    no key, by the page on which it was paid.
    """
    key = charge["idempotency_key"]
    if key is None:
        page = charge.get("checkout_session_id")
        return page is not None and page == _processor(payment).get("reference")
    numbered = r"-\d+" if charge["face"] == "paypal" else ""
    return re.fullmatch(re.escape(payment["id"]) + numbered, key) is not None


def _processor(payment: Document) -> Document:
    return payment["processor"] or {}


def _compare(payment: Document, charge: Document) -> list[str]:
    processor = _processor(payment)
    # What was paid on a page is known by the page.
    reference = charge.get("checkout_session_id") or charge["id"]
    compared = {
        "processor": (processor.get("name"), charge["face"]),
        "reference": (processor.get("reference"), reference),
        "status": (CHARGE_OF_STATUS.get(payment["status"]), charge["status"]),
        **{
            name: (payment[name], charge[name])
            for name in ("amount_minor", "currency", "captured_minor", "refunded_minor")
        },
    }
    return [
        f"{payment['id']}: {name} is {ours!r} here and {theirs!r} at the processor"
        for name, (ours, theirs) in compared.items()
        if ours != theirs
    ]


def _is_given_back(charge: Document) -> bool:
    if charge["status"] in TOOK_NOTHING:
        return True
    captured_minor, refunded_minor = charge["captured_minor"], charge["refunded_minor"]
    return bool(charge["status"] == "succeeded" and captured_minor == refunded_minor)
