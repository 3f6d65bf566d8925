"""What is a finding? A rule, the item that breaks it, what was expected and what is there."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

LONGEST_SHOWN: Final = 120
"""Characters of a stored value that a finding repeats: it must stay one line on a screen."""


class Rule(StrEnum):
    """Every rule by its name; I1 to I4 are the invariants of the design."""

    I1 = "I1"
    I2 = "I2"
    I3 = "I3"
    I4 = "I4"
    ITEM_ENTRIES = "item-entries"
    ENTRY_ITEM = "entry-item"
    BOOK = "book"
    SHARDS = "shards"
    PARTS = "parts"
    STATE = "state"
    OPERATION = "operation"
    DISPUTE = "dispute"
    REFERENCE = "reference"
    DUE = "due"
    RECORD = "record"
    CHANGES = "changes"
    RUN = "run"
    BREAK = "break"
    CLAIM = "claim"
    MARKER = "marker"
    SETTLED = "settled"
    EVENT = "event"
    SHAPE = "shape"

    @property
    def says(self) -> str:
        """The rule in plain words."""
        return _SAYS[self]


_SAYS: Final = {
    Rule.I1: "every entry has two postings or more, to known accounts, that sum to zero",
    Rule.I2: "every balance is the fold of its own entries, overdrawn by processors alone",
    Rule.I3: "0 <= refunded <= captured <= amount, fees as agreed, a decline moved nothing",
    Rule.I4: "money, counts and versions are whole numbers",
    Rule.ITEM_ENTRIES: "what moved money lists exactly the entries that moved it",
    Rule.ENTRY_ITEM: "every entry is listed by the item it names, of the same merchant and time",
    Rule.BOOK: "every balance and entry lies in the book of its merchant and currency",
    Rule.SHARDS: "what one shard gave another got; books know their shards, and the sweep theirs",
    Rule.PARTS: "what lies beside a payment is of its merchant and currency",
    Rule.STATE: "payments and refunds have what their status says, and nothing else",
    Rule.OPERATION: "every operation is as open as what it works on, and closed in one way",
    Rule.DISPUTE: "what a payer disputes was captured, and stands at its payment until it is won",
    Rule.REFERENCE: "what a processor caused is found by its id, and was posted once",
    Rule.DUE: "what is unfinished is due, in the bucket of its id; nothing else is",
    Rule.RECORD: "every idempotency record answers what was really made",
    Rule.CHANGES: "versions count every change, and updated_at is the time of the last one",
    Rule.RUN: "every settlement run is that of its file, and its counts are those of its breaks",
    Rule.BREAK: "every break is one row of its run, and is as it was decided",
    Rule.CLAIM: "a content is booked by one run, which every copy of it names",
    Rule.MARKER: "a row that settles nothing of ours is booked once, and known by its marker",
    Rule.SETTLED: "what is settled had succeeded, and is exactly what its run matched",
    Rule.EVENT: "every event is what its processor sent, under the processor's id",
    Rule.SHAPE: "every item has the attributes that docs/data-model.md gives it",
}


class Key(NamedTuple):
    """The key of an item; `part` is empty in the tables that have no sort key."""

    id: str
    part: str = ""

    def __str__(self) -> str:
        """Show the key on one line, whatever it holds."""
        return " / ".join(shown(name) for name in self if name)


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule at one item."""

    rule: Rule
    table: str
    key: Key
    expected: str
    found: str

    def line(self) -> str:
        """The finding on one line."""
        return f"{self.rule} {self.table} {self.key}: expected {self.expected}; found {self.found}"

    def as_json(self) -> dict[str, Any]:
        """The finding for machines."""
        key = {"id": self.key.id} | ({"part": self.key.part} if self.key.part else {})
        return {
            "rule": str(self.rule),
            "table": self.table,
            "key": key,
            "expected": self.expected,
            "found": self.found,
        }


@dataclass(slots=True)
class Outcome:
    """What checking one thing gave: how much each rule had to look at, and what broke it."""

    findings: list[Finding] = field(default_factory=list)
    checked: Counter[Rule] = field(default_factory=Counter)

    def count(self, *rules: Rule) -> None:
        """Note that each of the rules was applied to one more thing."""
        self.checked.update(rules)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add what was found."""
        self.findings.extend(findings)


def shown(value: object) -> str:
    """Any stored value as short printable text: what is stored may be hostile."""
    text = value if isinstance(value, str) else repr(value)
    plain = "".join(char if char.isprintable() else "?" for char in text[: LONGEST_SHOWN + 1])
    return plain if len(plain) <= LONGEST_SHOWN else plain[:LONGEST_SHOWN] + "..."
