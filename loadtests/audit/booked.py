"""Is what is there in the books? A payment has the ledger entries of its state, once, and a deposit
has its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from loadtests.audit.asked import Document

REFUND_KINDS: Final = frozenset(
    {"refund", "refund_succeeded", "refund_failed", "processor_refund", "refund_reserved"}
)
REQUESTED_KINDS: Final = frozenset({"deposit", "payment", "capture"}) | REFUND_KINDS - {
    "processor_refund"
}
"""Entries of what a merchant asks for. Others come from settlement files, from payers' banks, from
a processor's dashboard, or level the shards of a book.
"""


def posted(entries: Iterable[Document], account: str) -> int:
    """What entries come to on an account."""
    return sum(
        posting["amount_minor"]
        for entry in entries
        for posting in entry["postings"]
        if posting["account"] == account
    )


def unbooked(payment: Document, entries: Sequence[Document]) -> list[str]:
    """What is wrong with the entries of a payment, a sentence each.

    Args:
        payment: as the API shows it.
        entries: all that name it.
    """
    name, status = payment["id"], payment["status"]
    own = [entry for entry in entries if entry["kind"] in REFUND_KINDS | {"payment", "capture"}]
    is_of_balance = payment["funding"]["type"] == "balance"
    captured_minor = payment["captured_minor"]
    fee_minor = payment["fee_minor"] if captured_minor else 0
    kept_minor = captured_minor - payment["refunded_minor"]
    if status == "succeeded" and not captured_minor:
        return [f"{name} succeeded and nothing of it was captured"]
    begun = [entry for entry in own if entry["kind"] in {"payment", "capture"}]
    if captured_minor and not begun:
        return [f"{name} is {status} and has no ledger entry"]
    if not captured_minor and begun:
        return [f"{name} is {status} and has {len(begun)} ledger entries"]
    expected = {"fees": fee_minor}
    if is_of_balance:
        expected |= {"external:bank": kept_minor, "available": -kept_minor - fee_minor}
    else:
        expected |= {f"external:{(payment['processor'] or {}).get('name')}": -kept_minor}
        if len(begun) > 1:
            return [f"{name} has {len(begun)} captures in the ledger"]
    return [
        f"{name}: its entries post {found} to {account}, not {minor}"
        for account, minor in expected.items()
        if (found := posted(own, account)) != minor
    ]


class Deposits:
    """The deposits of a statement. It has no ids of them, but the time of each, to the microsecond;
    one that is spread over the shards of a book has an entry in each.
    """

    def __init__(self, entries: Iterable[Document]) -> None:
        self._parts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for entry in entries:
            if entry["kind"] == "deposit":
                moment = (entry["created_at"], entry["currency"])
                self._parts[moment].append(posted([entry], "available"))

    def take(self, created_at: str | None, currency: str, amount_minor: int) -> bool:
        """Strike out a deposit; whether there was such a one.

        Args:
            created_at: when it was made; None for any time.
            currency: of its amount.
            amount_minor: all of it, over all shards.
        """
        moments = self._parts if created_at is None else {(created_at, currency)}
        for moment in moments:
            parts = self._parts.get(moment, [])
            if moment[1] != currency:
                continue
            if amount_minor in parts:
                parts.remove(amount_minor)
                return True
            if parts and sum(parts) == amount_minor:
                parts.clear()
                return True
        return False

    def left(self) -> list[str]:
        """Those that nobody has struck out, a sentence each."""
        return [
            f"a deposit of {minor} {currency} at {created_at}"
            for (created_at, currency), parts in sorted(self._parts.items())
            for minor in parts
        ]
