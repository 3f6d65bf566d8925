"""What is one stored item or ledger entry? The readings that more than one rule asks about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ops.verify import specification as spec
from ops.verify.fields import Reading, check_map_of_strings, read_field, read_item, read_maps
from ops.verify.findings import Key, Rule
from ops.verify.tables import Item, key_of

type Kind = Literal["payment", "refund", "dispute", "deposit", "operation"]

LEDGER: Final = "ledger"
PAYMENTS: Final = "payments"
PAYMENT_PART: Final = "payment"
REFUND_PREFIX: Final = "refund#"
DISPUTE_PREFIX: Final = "dispute#"
OPERATION_PREFIX: Final = "operation#"
AT_PROCESSOR: Final = "processor"
"""The funding type of a payment through a processor."""
FROM_BALANCE: Final = "balance"
"""That of any other."""

FIELDS: Final = {
    "payment": spec.PAYMENT,
    "refund": spec.REFUND,
    "dispute": spec.DISPUTE,
    "deposit": spec.DEPOSIT,
    "operation": spec.OPERATION,
}


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A payment, a refund, a dispute, a deposit or an operation, as far as it can be read.

    `kind` is None for a part that docs/data-model.md does not know; `listed` holds the keys of
    the entries it lists, None if that list is unreadable.
    """

    kind: Kind | None
    reading: Reading
    listed: list[Key] | None

    @property
    def key(self) -> Key:
        """Its key in Payments."""
        return self.reading.key

    @property
    def public_id(self) -> str:
        """Its own id; the merchant knows all but an operation by it."""
        if self.kind == "refund":
            return self.key.part.removeprefix(REFUND_PREFIX)
        if self.kind == "dispute":
            return self.key.part.removeprefix(DISPUTE_PREFIX)
        if self.kind == "operation":
            return self.key.part.removeprefix(OPERATION_PREFIX)
        return self.key.id

    @property
    def status(self) -> str | None:
        """Where it stands; of an operation its state."""
        return self.reading.text("state" if self.kind == "operation" else "status")

    @property
    def operation_kind(self) -> str | None:
        """What an operation does; None if it is none."""
        return self.reading.text("kind") if self.kind == "operation" else None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A ledger entry; `postings` is None if they cannot be read."""

    reading: Reading
    postings: list[tuple[str, int]] | None

    @property
    def item_key(self) -> Key | None:
        """The key, in Payments, of what caused it."""
        return named_item(self.reading)


def stored_item(item: Item) -> StoredItem:
    """Read one item of Payments."""
    key = key_of(item)
    kind = _kind_of(key.part)
    if kind is None:
        reading = read_item(PAYMENTS, key, item, ())
        wanted = "a part payment, refund#re_..., dispute#dp_..., operation#... or deposit"
        reading.add(Rule.SHAPE, wanted, key.part)
        return StoredItem(None, reading, listed=None)
    reading = read_item(PAYMENTS, key, item, FIELDS[kind])
    prefix = "dep_" if kind == "deposit" else "pay_"
    if not key.id.startswith(prefix):
        reading.add(Rule.SHAPE, f"the id of a {kind} to begin with {prefix}", key.id)
    check_map_of_strings(reading, "metadata")
    _read_checkout(reading)
    maps = read_maps(reading, "entries", spec.ENTRY_KEY)
    listed = None if maps is None else [Key(one.texts["id"], one.texts["part"]) for one in maps]
    return StoredItem(kind, reading, listed)


def stored_entry(item: Item) -> StoredEntry:
    """Read one entry of Ledger."""
    key = key_of(item)
    reading = read_item(LEDGER, key, item, spec.ENTRY)
    if not spec.ENTRY_PART.fullmatch(key.part):
        reading.add(Rule.SHAPE, f"a part like {spec.ENTRY_PART.pattern}", key.part)
    maps = read_maps(reading, "postings", spec.POSTING)
    postings = None
    if maps is not None and reading.has("postings"):
        postings = [(one.texts["account"], one.numbers["amount_minor"]) for one in maps]
    return StoredEntry(reading, postings)


def is_entry(key: Key) -> bool:
    """Whether a key of Ledger is an entry's."""
    return key.part.startswith("entry#")


def named_item(reading: Reading) -> Key | None:
    """The item in Payments that an entry or an idempotency record names, if that is readable."""
    id_, part = reading.text("item_id"), reading.text("item_part")
    return None if id_ is None or part is None else Key(id_, part)


def line_items(one: StoredItem) -> list[Reading] | None:
    """What is paid for on a page; None if there is no page, or any of it is unreadable."""
    inside = one.reading.item.get("checkout", {}).get("M")
    if not isinstance(inside, Mapping):
        return None
    return read_maps(Reading(PAYMENTS, one.key, inside), "line_items", spec.LINE_ITEM)


def _kind_of(part: str) -> Kind | None:
    if part == PAYMENT_PART:
        return "payment"
    if part == "deposit":
        return "deposit"
    if spec.OPERATION_PART.fullmatch(part):
        return "operation"
    if spec.DISPUTE_PART.fullmatch(part):
        return "dispute"
    return "refund" if spec.REFUND_PART.fullmatch(part) else None


def _read_checkout(reading: Reading) -> None:
    """Read what the processor's page was asked for with; nothing else asks about it."""
    inside = reading.item.get("checkout", {}).get("M")
    if not isinstance(inside, Mapping):
        return
    page = Reading(reading.table, reading.key, inside, path="checkout.")
    for one in spec.CHECKOUT:
        read_field(page, one)
    read_maps(page, "line_items", spec.LINE_ITEM)
    reading.findings.extend(page.findings)
