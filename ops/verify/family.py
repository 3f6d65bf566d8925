"""What is stored under one id of Payments? A payment with what is beside it, or a deposit."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops.verify.book_names import steps_of
from ops.verify.decisions import Decisions
from ops.verify.findings import Key
from ops.verify.stored import AT_PROCESSOR, StoredItem, stored_entry, stored_item
from ops.verify.stored_settlements import run_key
from ops.verify.tables import Item

ID_CHARACTERS: Final = 26


@dataclass(frozen=True, slots=True)
class Counterparts:
    """What items of Payments name elsewhere, as far as it exists.

    Attributes:
        entries: those that they list, of Ledger.
        runs: the settlement runs that settled them.
        records: the idempotency records that their operations answer.
        pointers: what leads from a processor's ids back to them.
        merchants: those whose list has several shards, of Directory.
    """

    entries: Mapping[Key, Item]
    runs: Mapping[Key, Item]
    records: Mapping[Key, Item]
    pointers: Mapping[Key, Item]
    merchants: Mapping[Key, Item]


@dataclass(frozen=True, slots=True)
class Family:
    """All items of one id.

    Attributes:
        members: all of them.
        payment: if there is one.
        refunds, disputes, operations: by their own ids.
        decisions: what people decided that settled any of them.
        entries: those that they list, as far as they exist and were read.
    """

    members: Sequence[StoredItem]
    payment: StoredItem | None
    refunds: Mapping[str, StoredItem]
    disputes: Mapping[str, StoredItem]
    operations: Mapping[str, StoredItem]
    decisions: Decisions
    entries: Mapping[Key, Item]

    @property
    def funding(self) -> str | None:
        """What pays, if there is a payment and that can be read."""
        return None if self.payment is None else self.payment.reading.text("funding_type")

    @property
    def is_at_processor(self) -> bool:
        """Whether it is a payment through a processor."""
        return self.funding == AT_PROCESSOR

    @property
    def processor(self) -> str | None:
        """Which processor, if that can be read."""
        return None if self.payment is None else self.payment.reading.text("processor")

    @property
    def is_settled(self) -> bool:
        """Whether a settlement file settled the payment."""
        return self.payment is not None and self.payment.reading.has("settlement_id")

    @property
    def was_settled(self) -> bool:
        """Whether the payment was settled once and is no more, since that was taken back."""
        return self.payment is not None and bool(self.decisions.taken_back(self.payment.key))

    @property
    def captured_minor(self) -> int | None:
        """How much was captured, if that can be read."""
        return None if self.payment is None else self.payment.reading.number("captured_minor")

    def count_steps(self, one: StoredItem) -> int:
        """By how many steps a member moved money, however many shards each of them touched."""
        listed = one.listed or []
        there = [self.entries.get(key) for key in listed]
        kinds = [None if it is None else stored_entry(it).reading.text("kind") for it in there]
        return len(steps_of(listed, kinds))


NOTHING: Final[Mapping[Key, Item]] = {}


def family_of(
    items: Iterable[Item],
    decisions: Decisions | None = None,
    entries: Mapping[Key, Item] = NOTHING,
) -> Family:
    """Read all items of one id.

    Args:
        items: all of them.
        decisions: what people decided about breaks; nothing unless given.
        entries: those that the items list, as far as they exist; none unless given.
    """
    members = [stored_item(item) for item in items]
    return Family(
        members,
        payment=next((one for one in members if one.kind == "payment"), None),
        refunds={one.public_id: one for one in members if one.kind == "refund"},
        disputes={one.public_id: one for one in members if one.kind == "dispute"},
        operations={one.public_id: one for one in members if one.kind == "operation"},
        decisions=Decisions() if decisions is None else decisions,
        entries=entries,
    )


def began_there(refund: StoredItem) -> bool:
    """Whether a refund began at the processor: its id is made of its fingerprint then, which is a
    hash of the processor's id of it.
    """
    fingerprint = refund.reading.text("fingerprint")
    if fingerprint is None:
        return False
    encoded = base64.b32encode(bytes.fromhex(fingerprint)).decode().lower()
    return refund.public_id == f"re_{encoded[:ID_CHARACTERS]}"


def came_back(refund: StoredItem) -> bool:
    """Whether a refund failed after it had succeeded."""
    before = 1 if began_there(refund) else 2
    # The shards alone tell: what gives money back is in shard 0, and so is a step of its own.
    return refund.status == "failed" and len(steps_of(refund.listed or ())) > before


def is_known_there(refund: StoredItem) -> bool:
    """Whether the processor did something under its own id of the refund."""
    ended = refund.status in ("succeeded", "failed")
    return refund.status == "succeeded" or came_back(refund) or (ended and began_there(refund))


def derived_id(prefix: str, *parts: str) -> str:
    """An id that is made of the SHA-256 of some parts, each preceded by its length in bytes and a
    colon.
    """
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    digest = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in encoded)).digest()
    return f"{prefix}{base64.b32encode(digest).decode().lower()[:ID_CHARACTERS]}"


def reference_key(processor: str, reference: str) -> Key:
    """The key of the pointer from a processor's id."""
    return Key(f"ref#{processor}#{reference}", "reference")


def capture_reference(charge_reference: str) -> str:
    """What stands for the id of a capture that the processor told of without one."""
    return f"{charge_reference}/capture"


def is_done_capture(operation: StoredItem) -> bool:
    """Whether that operation captured the payment."""
    return operation.operation_kind == "capture" and operation.status == "succeeded"


def references_of(family: Family) -> set[Key]:
    """The keys of all pointers that may lead to the items of a payment through a processor."""
    processor = family.processor
    if family.payment is None or processor is None:
        return set()
    charge = family.payment.reading.text("processor_reference")
    references = {charge, family.payment.reading.text("processor_handle")}
    if charge is not None and any(is_done_capture(one) for one in family.operations.values()):
        references.add(capture_reference(charge))
    parts = (*family.refunds.values(), *family.disputes.values())
    references |= {one.reading.text("processor_reference") for one in parts}
    references |= {one.reading.text("reference") for one in family.operations.values()}
    return {reference_key(processor, one) for one in references if one is not None}


def listed_entries(family: Family) -> set[Key]:
    """The keys of all entries that the items list."""
    return {key for one in family.members for key in one.listed or ()}


def posted_minor(family: Family, entries: Mapping[Key, Item], account: str) -> int | None:
    """What the entries of a payment and of its refunds come to in an account; None if that cannot
    be told.

    Args:
        family: what is stored under its id.
        entries: those that the family lists, as far as they exist.
        account: of the merchant.
    """
    total = 0
    for one in family.members:
        if one.kind not in ("payment", "refund"):
            continue
        if one.listed is None:
            return None
        for key in one.listed:
            item = entries.get(key)
            postings = None if item is None else stored_entry(item).postings
            if postings is None:
                return None
            total += sum(amount for name, amount in postings if name == account)
    return total


def waiting_records(family: Family) -> set[Key]:
    """The keys of all idempotency records that the operations are to answer."""
    ids = (one.reading.text("record_id") for one in family.operations.values())
    return {Key(id_) for id_ in ids if id_ is not None}


def listing_merchants(family: Family) -> set[Key]:
    """The merchant in whose list the payment is, if that has several shards."""
    if family.payment is None:
        return set()
    merchant = family.payment.reading.text("merchant_id")
    bucket = family.payment.reading.text("list_bucket")
    if not merchant or bucket is None or bucket.endswith("#0"):
        return set()
    return {Key(merchant, "merchant")}


def settling_runs(family: Family) -> set[Key]:
    """The keys of all runs that the items say they were settled by."""
    ids = (one.reading.text("settlement_id") for one in family.members)
    return {run_key(id_) for id_ in ids if id_ is not None}
