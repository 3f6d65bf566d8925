"""What do the checks look at? The record of a run, and what is there of each of its merchants, put
beside each other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from loadtests.audit.api_reading import Found
from loadtests.audit.asked import PAYMENT_KINDS, Asked, Document, Record, made_id
from loadtests.audit.booked import Deposits, unbooked
from loadtests.record import Kind
from ops.verify.findings import Key
from ops.verify.tables import Item, Tables

DEPOSIT_PART: Final = "deposit"

RECORDS_KEPT: Final = timedelta(hours=24)
"""How long an idempotency record is there at least. Source: docs/data-model.md."""


@dataclass(slots=True)
class DepositMatch:
    """Which deposits of a statement are those of the record?

    Attributes:
        missing: keys that were acknowledged, and are not there.
        found: keys that were not, and are there.
        unbooked: those of them that have no ledger entry.
        strange: deposits of no key, a sentence each.
    """

    missing: list[Asked] = field(default_factory=list)
    found: list[Asked] = field(default_factory=list)
    unbooked: list[Asked] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class View:
    """Both sides.

    Attributes:
        record: what was asked for.
        found: what is there, by merchant.
        tables: the stack's own, where they can be read.
        now: when it is looked at.
    """

    record: Record
    found: Mapping[str, Found]
    tables: Tables | None
    now: datetime

    @cached_property
    def deposits(self) -> Mapping[str, DepositMatch]:
        """By merchant."""
        return {merchant: self._match_deposits(merchant) for merchant in self.found}

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, list[Document]]]:
        """By merchant and payment."""
        return {merchant: found.entries_by_payment() for merchant, found in self.found.items()}

    def payment_of(self, asked: Asked) -> Document | None:
        """The payment that a key made, if it is there."""
        payments = self.found[asked.merchant].payments
        return next((payments[id_] for id_ in sorted(asked.ids) if id_ in payments), None)

    def refund_of(self, asked: Asked) -> Document | None:
        """The refund that a key made, if it is there."""
        refunds = self.found[asked.merchant].refunds.get(asked.refunded_payment, [])
        return next((one for one in refunds if one["id"] in asked.ids), None)

    def refunded_by(self, asked: Asked) -> Document | None:
        """The payment that a refund is of."""
        return self.found[asked.merchant].payments.get(asked.refunded_payment)

    def unbooked(self, asked: Asked, payment: Document) -> list[str]:
        """What is wrong with the entries of a payment of the run."""
        return unbooked(payment, self.entries[asked.merchant].get(payment["id"], []))

    def asked_payments(self) -> Iterator[Asked]:
        """The keys under which a payment was asked for."""
        return (one for one in self.record.asked if one.kind in PAYMENT_KINDS)

    @cached_property
    def records(self) -> Mapping[Key, Item] | None:
        """The idempotency records of all keys; None where there are no tables to be read."""
        return self.stored("idempotency", [Key(one.record_id) for one in self.record.asked])

    @property
    def is_recorded(self) -> bool:
        """Whether the run is so young that none of its records has expired."""
        return self.now - datetime.fromisoformat(self.record.started_at) < RECORDS_KEPT

    def made_by(self, asked: Asked) -> Document | None:
        """What a key made, if it is there. A deposit is shown as it was asked for."""
        if asked.kind in PAYMENT_KINDS:
            return self.payment_of(asked)
        if asked.kind is Kind.REFUND:
            return self.refund_of(asked)
        match, told = self.deposits[asked.merchant], asked.told
        if asked in match.missing if asked.acknowledged else asked not in match.found:
            return None
        shown = {"amount_minor": told.amount_minor, "currency": told.currency}
        return {"id": asked.derived_id, **shown, "status": "succeeded"}

    def stored(self, table: str, keys: list[Key]) -> Mapping[Key, Item] | None:
        """Items of a table; None where there are no tables to be read."""
        return None if self.tables is None else self.tables.get_many(table, keys)

    def _match_deposits(self, merchant: str) -> DepositMatch:
        match = DepositMatch()
        asked = [one for one in self.record.of(merchant) if one.kind is Kind.DEPOSIT]
        there = Deposits(self.found[merchant].entries)
        keys = {one.derived_id: Key(one.derived_id, DEPOSIT_PART) for one in asked}
        items = self.stored("payments", list(keys.values()))
        waiting = []
        # First those of which the time is known, so that none takes the entry of another.
        for one in sorted(asked, key=lambda one: not one.acknowledged):
            told = one.told
            item = None if items is None else items.get(keys[one.derived_id])
            if not one.acknowledged:
                waiting.append(one)
                continue
            body = told.answer.body if told.answer is not None else None
            created_at = body.get("created_at") if isinstance(body, dict) else None
            is_stored = items is None or _is_deposit(item, told.amount_minor, told.currency)
            is_posted = there.take(created_at, told.currency or "", told.amount_minor or 0)
            if made_id(told) != one.derived_id or not is_stored or not is_posted:
                match.missing.append(one)
        for one in waiting:
            told = one.told
            item = None if items is None else items.get(keys[one.derived_id])
            created_at = None if item is None else item["created_at"]["S"]
            if items is not None and item is None:
                continue
            is_posted = there.take(created_at, told.currency or "", told.amount_minor or 0)
            if is_posted or item is not None:
                match.found.append(one)
            if item is not None and not is_posted:
                match.unbooked.append(one)
        match.strange = there.left()
        return match


def _is_deposit(item: Item | None, amount_minor: int | None, currency: str | None) -> bool:
    if item is None:
        return False
    return (item["amount_minor"]["N"], item["currency"]["S"]) == (str(amount_minor), currency)
