"""Is what was acknowledged there, and did every key act once? The two checks that start from the
answers.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from loadtests.audit.asked import (
    DECLINED,
    PAYMENT_KINDS,
    PENDING,
    Asked,
    Document,
    is_final,
    made_id,
    said,
)
from loadtests.audit.checks import Check, check_of
from loadtests.audit.recorded import recorded
from loadtests.audit.view import View
from loadtests.record import Attempt, Kind

ACKNOWLEDGED_CHECK: Final = "what was acknowledged is there once, as it was answered"
KEYS_CHECK: Final = "one key, one thing, one answer"

BECOMES: Final[Mapping[str, frozenset[str]]] = {
    "processing": frozenset(
        {
            "processing",
            "requires_action",
            "authorized",
            "succeeded",
            "declined",
            "voided",
            "expired",
        }
    ),
    "requires_action": frozenset(
        {"requires_action", "authorized", "succeeded", "declined", "voided", "expired"}
    ),
    "authorized": frozenset({"authorized", "succeeded", "voided", "expired"}),
    "voided": frozenset({"voided", "succeeded"}),
    "expired": frozenset({"expired", "succeeded"}),
    "succeeded": frozenset({"succeeded"}),
    "declined": frozenset({"declined"}),
}
"""What a payment may be after it was answered as that. Source: docs/ledger.md, the life cycle."""

REFUND_BECOMES: Final[Mapping[str, frozenset[str]]] = {
    "pending": frozenset({"pending", "succeeded", "failed"}),
    "succeeded": frozenset({"succeeded", "failed"}),
    "failed": frozenset({"failed", "succeeded"}),
}
"""The same of refunds through processors; one from the balance succeeds, and stays so."""

SESSION_SHOWS: Final = {"open": "processing", "complete": "authorized", "expired": "declined"}
"""The least that a payment is whose session is shown so. One that expired has a payment that did,
or was declined, as DECLINES says.
"""
EXPIRED_SESSION: Final = frozenset({"declined", "expired", "succeeded"})


def check_acknowledged(view: View) -> Check:
    """Every thing that an answer named is there by its id, with its amount and in its books."""
    broken: list[str] = []
    counted: Counter[Kind] = Counter()
    for asked in view.record.asked:
        if not asked.acknowledged:
            continue
        counted[asked.kind] += 1
        if asked.kind in PAYMENT_KINDS:
            broken += _payment(view, asked)
        elif asked.kind is Kind.REFUND:
            broken += _refund(view, asked)
        else:
            broken += _deposit(asked)
    for match in view.deposits.values():
        broken += [
            f"{_named(one)} of {one.told.amount_minor} {one.told.currency} is not there so"
            for one in match.missing
        ]
    for merchant, found in view.found.items():
        listed = Counter(found.listed)
        broken += [
            f"{id_} is in the list of {merchant} {count} times"
            for id_, count in listed.items()
            if count > 1
        ]
    events = sum(
        any(one.status == 200 for one in deliveries) for deliveries in view.record.events.values()
    )
    if not counted and not events:
        return Check(
            name=ACKNOWLEDGED_CHECK,
            ok=False,
            detail="no request was acknowledged at all: there is nothing to be sure of",
        )
    things = [f"{count:,} {kind.replace('_', ' ')}s" for kind, count in sorted(counted.items())]
    return check_of(ACKNOWLEDGED_CHECK, ", ".join(things) or "0 things", broken)


def check_keys(view: View) -> Check:
    """All answers of a key name one thing and say one thing, and nothing else bears the key."""
    broken: list[str] = []
    for asked in view.record.asked:
        broken += _answers(asked)
        # What was not acknowledged has a check of its own.
        if asked.acknowledged and (thing := view.made_by(asked)) is not None:
            broken += recorded(view, asked, thing)
    scopes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for asked in view.asked_payments():
        scopes[asked.merchant, asked.key].add(asked.path)
    bearers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for merchant, found in view.found.items():
        for payment in found.payments.values():
            load_key = payment["metadata"].get("load_key")
            if load_key is not None:
                bearers[merchant, load_key].add(payment["id"])
    broken += [
        f"{', '.join(sorted(ids))} all bear the key {key}"
        for (merchant, key), ids in bearers.items()
        if len(ids) > max(1, len(scopes[merchant, key]))
    ]
    copies = sum(len(asked.attempts) > 1 for asked in view.record.asked)
    counted = f"{len(view.record.asked):,} keys, {copies:,} of them sent more than once"
    return check_of(KEYS_CHECK, counted, broken)


def _named(asked: Asked) -> str:
    return f"{made_id(asked.told) or asked.derived_id} (key {asked.key})"


def _payment(view: View, asked: Asked) -> list[str]:
    payment = view.payment_of(asked)
    if payment is None:
        return [f"{_named(asked)} is not there"]
    broken: list[str] = []
    for attempt in asked.acknowledged:
        if (id_ := made_id(attempt)) is not None and id_ != payment["id"]:
            broken += [f"{id_} (key {asked.key}) is not there"]
        broken += _differences(payment, attempt)
    load_key = payment["metadata"].get("load_key")
    if load_key not in (None, asked.key):
        broken.append(f"{_named(asked)} bears the key {load_key}")
    return list(dict.fromkeys(broken + view.unbooked(asked, payment)))


def _differences(thing: Document, attempt: Attempt) -> list[str]:
    """Amount, currency and status, as they were asked for and answered."""
    name = f"{thing['id']} (key {attempt.key})"
    amounts = (thing["amount_minor"], thing["currency"])
    asked_for = (attempt.amount_minor, attempt.currency)
    broken = []
    if amounts != asked_for:
        broken.append(f"{name} is of {_money(amounts)}, asked for were {_money(asked_for)}")
    answered = (said(attempt, "amount_minor"), said(attempt, "currency"))
    if attempt.status != DECLINED and answered != asked_for:
        broken.append(f"{name} was answered as {_money(answered)}, asked were {_money(asked_for)}")
    was_sent, was_told = (_load_key(body) for body in (attempt.body, _body(attempt)))
    if was_told not in (None, was_sent):
        broken.append(f"{name} was answered as what bears the key {was_told}")
    was, may_be = _may_be(attempt)
    if thing["status"] not in may_be:
        broken.append(f"{name} was answered as {was} and is {thing['status']}")
    return broken


def _may_be(attempt: Attempt) -> tuple[str, frozenset[str]]:
    if attempt.status == DECLINED:
        return "declined", BECOMES["declined"]
    if attempt.status == PENDING:
        return "processing", BECOMES["processing"]
    shown = str(said(attempt, "status"))
    if attempt.kind is not Kind.CHECKOUT_SESSION:
        return shown, BECOMES.get(shown, frozenset())
    if shown == "expired":
        return shown, EXPIRED_SESSION
    return shown, BECOMES.get(SESSION_SHOWS.get(shown, ""), frozenset())


def _deposit(asked: Asked) -> list[str]:
    return [
        f"{_named(asked)} was answered as {_money(answered)}, asked were {_money(asked_for)}"
        for one in asked.acknowledged
        if (answered := (said(one, "amount_minor"), said(one, "currency")))
        != (asked_for := (one.amount_minor, one.currency))
    ]


def _refund(view: View, asked: Asked) -> list[str]:
    refund, payment = view.refund_of(asked), view.refunded_by(asked)
    if refund is None or payment is None:
        return [f"{_named(asked)} of {asked.refunded_payment} is not there"]
    broken = []
    for attempt in asked.acknowledged:
        if (id_ := made_id(attempt)) is not None and id_ != refund["id"]:
            broken.append(f"{id_} (key {asked.key}) is not there")
        # Asked for without an amount, it is of what was left.
        minor = said(attempt, "amount_minor")
        asked_for = minor if attempt.amount_minor is None else attempt.amount_minor
        if attempt.status != DECLINED and {refund["amount_minor"], minor} != {asked_for}:
            broken.append(f"{_named(asked)} is of {refund['amount_minor']}, not of {asked_for}")
        if refund["currency"] != payment["currency"]:
            broken.append(f"{_named(asked)} is in {refund['currency']}")
        was = "failed" if attempt.status == DECLINED else str(said(attempt, "status"))
        is_of_balance = payment["funding"]["type"] == "balance"
        may_be = {was} if is_of_balance else REFUND_BECOMES.get(was, frozenset())
        if refund["status"] not in may_be:
            broken.append(f"{_named(asked)} was answered as {was} and is {refund['status']}")
    succeeded_minor = sum(
        one["amount_minor"]
        for one in view.found[asked.merchant].refunds.get(payment["id"], [])
        if one["status"] == "succeeded"
    )
    if succeeded_minor != payment["refunded_minor"]:
        broken.append(
            f"{payment['id']} has refunded {payment['refunded_minor']}, and refunds of"
            f" {succeeded_minor}"
        )
    return list(dict.fromkeys(broken))


def _answers(asked: Asked) -> list[str]:
    ids = {id_ for one in asked.attempts if (id_ := made_id(one)) is not None}
    broken = []
    if len(ids) > 1:
        broken.append(f"key {asked.key} was answered with {' and '.join(sorted(ids))}")
    final = [one for one in asked.attempts if is_final(one)]
    first = final[0] if final else None
    for one in final[1:]:
        if first is not None and _told(one) != _told(first):
            broken.append(
                f"key {asked.key} was answered {first.status} by request {first.n} and otherwise,"
                f" {one.status}, by request {one.n}"
            )
    anew = [one for one in final if one.answer is not None and not one.answer.replayed]
    if asked.kind in (Kind.PAYMENT, Kind.DEPOSIT) and len(anew) > 1:
        numbers = " and ".join(str(one.n) for one in anew)
        broken.append(f"key {asked.key} was answered as new by requests {numbers}")
    return broken


def _load_key(body: Any) -> Any:
    """The key that a body bears in its metadata; None if it shows none."""
    metadata = body.get("metadata") if isinstance(body, dict) else None
    return metadata.get("load_key") if isinstance(metadata, dict) else None


def _body(attempt: Attempt) -> Any:
    return None if attempt.answer is None else attempt.answer.body


def _told(attempt: Attempt) -> tuple[int, Any]:
    return attempt.status, None if attempt.answer is None else attempt.answer.body


def _money(amounts: tuple[Any, Any]) -> str:
    return f"{amounts[0]} {amounts[1]}"
