"""Does what a processor did have its pointer, also where only the pointer knows the id?

Most pointers are asked for by their key. A few are not known to the item that they lead to (an
orphan's charge is one): these are picked out while Payments is read. What is still missing then may
have been written behind the reader's back, and is looked for in a second reading of the table.
"""

from collections.abc import Iterable, Mapping

from ops.verify.family import Family
from ops.verify.findings import Key, Rule
from ops.verify.proof import Proof
from ops.verify.rules_references import (
    REFERENCE_PREFIX,
    Lost,
    check_reference,
    lost_pointers,
    stored_reference,
)
from ops.verify.stored import OPERATION_PREFIX, PAYMENTS, named_item
from ops.verify.tables import Item, id_of


def is_reference(item: Item) -> bool:
    """Whether an item of Payments is a pointer from a processor's id."""
    return id_of(item).startswith(REFERENCE_PREFIX)


class ReferencesWalk:
    """Proves the pointers, and finds those that are lost."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._lost: dict[Key, Lost] = {}
        self._orphans: dict[Key, list[Item]] = {}

    def prove(self, pointers: list[Item]) -> None:
        """Check some pointers against what they lead to."""
        self._proof.confirm_named(
            PAYMENTS,
            pointers,
            named_table=PAYMENTS,
            named=lambda item: named_item(stored_reference(item)),
            check=check_reference,
        )
        for item in pointers:
            target = named_item(stored_reference(item))
            # There are few orphans, and two pointers to each.
            if target is not None and target.part.startswith(OPERATION_PREFIX):
                self._orphans.setdefault(target, []).append(item)

    def note_lost(self, family: Family, pointers: Mapping[Key, Item]) -> None:
        """Remember what a family's pointer is to be looked for."""
        for lost in lost_pointers(family, pointers):
            self._proof.checked.update([Rule.REFERENCE])
            self._lost[lost.key] = lost

    def prove_lost(self) -> None:
        """Look for what was not found; to be done when all of Payments was read."""
        self._find(item for items in self._orphans.values() for item in items)
        if self._lost:
            self._find(item for item in self._proof.tables.scan(PAYMENTS) if is_reference(item))
        for lost in self._lost.values():
            self._proof.findings.append(lost.finding())

    def _find(self, pointers: Iterable[Item]) -> None:
        for item in pointers:
            target = named_item(stored_reference(item))
            lost = None if target is None else self._lost.get(target)
            if lost is not None and lost.is_found_by(item):
                del self._lost[lost.key]
