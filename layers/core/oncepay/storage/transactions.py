"""How are several writes made one? A transaction collects them under labels and reads back which
one was refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.constants import ITEM, RETURN_VALUES_ON_CONDITION_FAILURE
from pynamodb.exceptions import CancellationReason
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from oncepay.storage.failures import CONDITION_FAILED, TURNED_AWAY_REASONS, Failure
from oncepay.storage.stored_item import StoredItem

MAX_ACTIONS = 100
"""Source: DynamoDB service quotas, TransactWriteItems, as of 2026-11."""

type RawItem = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Conditions that did not hold: label -> the item that was there, or None if it was not
    returned.
    """

    refused: Mapping[str, RawItem | None]

    def __contains__(self, label: str) -> bool:
        """Whether the write of that label was refused."""
        return label in self.refused

    def item(self, label: str) -> RawItem | None:
        """The item in the way of that label's write."""
        return self.refused.get(label)


class Transaction:
    """Writes that happen together or not at all.

    DynamoDB names the reasons of a cancellation by position, and PynamoDB sends checks before puts
    before updates whatever the order of the calls: labels are kept in that order too.
    """

    def __init__(self) -> None:
        self._checks: list[tuple[str, dict[str, Any]]] = []
        self._puts: list[tuple[str, dict[str, Any]]] = []
        self._updates: list[tuple[str, dict[str, Any]]] = []

    def put(self, label: str, item: StoredItem, condition: Condition | None = None) -> None:
        """Write a whole item. A model with a version is refused if the item is there already."""
        self._puts.append(
            (
                label,
                item.get_save_kwargs_from_instance(
                    condition=condition, return_values_on_condition_failure="ALL_OLD"
                ),
            )
        )

    def put_as_told(self, label: str, item: StoredItem, expressions: Mapping[str, Any]) -> None:
        """Write a whole item that has no version, under a condition in DynamoDB's own words."""
        returned = {RETURN_VALUES_ON_CONDITION_FAILURE: "ALL_OLD"}
        self._puts.append((label, {**item.put_of_request(), **expressions, **returned}))

    def update(
        self,
        label: str,
        item: StoredItem,
        changes: Sequence[Action],
        condition: Condition | None = None,
    ) -> None:
        """Change an item. A model with a version is refused if it is not as it was read."""
        self._updates.append(
            (label, item.get_update_kwargs_from_instance(list(changes), condition=condition))
        )

    def update_as_told(self, label: str, item: StoredItem, expressions: Mapping[str, Any]) -> None:
        """Change an item in DynamoDB's own words."""
        self._updates.append((label, {**item.key_of_request(), **expressions}))

    def check_as_told(self, label: str, item: StoredItem, expressions: Mapping[str, Any]) -> None:
        """Refuse all of it unless an item, left as it is, is like this, in DynamoDB's own words."""
        self._checks.append((label, {**item.key_of_request(), **expressions}))

    @property
    def labels(self) -> list[str]:
        """In the order in which DynamoDB answers."""
        return [label for label, _ in (*self._checks, *self._puts, *self._updates)]

    def checks(self) -> list[dict[str, Any]]:
        """As PynamoDB's connection takes them."""
        return [kwargs for _, kwargs in self._checks]

    def puts(self) -> list[dict[str, Any]]:
        """As PynamoDB's connection takes them."""
        return [kwargs for _, kwargs in self._puts]

    def updates(self) -> list[dict[str, Any]]:
        """As PynamoDB's connection takes them."""
        return [kwargs for _, kwargs in self._updates]

    def units_if_cancelled(self) -> int:
        """The write units that DynamoDB charges for it when it cancels it, which it does not say:
        those of the items to be put, and the least of an item that is changed or looked at, whose
        size is not known here. Indexes are not written.
        """
        # Imported here: the first transaction of a cold start is hardly ever cancelled.
        from oncepay.domain.capacity import item_size_bytes, write_units

        others = len(self._checks) + len(self._updates)
        sizes = [item_size_bytes(kwargs[ITEM]) for _, kwargs in self._puts] + [0] * others
        return sum(write_units(size, transactional=True) for size in sizes)


def read_refusal(
    labels: Sequence[str], reasons: Sequence[CancellationReason | None]
) -> Refusal | Failure:
    """Read why a transaction was cancelled.

    The first reason, in the order of the labels, decides: a refused condition behind a conflict
    says nothing, since the item in conflict was not looked at.
    """
    refused: dict[str, RawItem | None] = {}
    conflict_first = False
    for label, reason in zip(labels, reasons, strict=True):
        if reason is None:
            continue
        if reason.code == CONDITION_FAILED:
            refused[label] = reason.raw_item
        elif reason.code in TURNED_AWAY_REASONS:
            conflict_first = conflict_first or not refused
        else:
            return Failure.FINAL
    if conflict_first or not refused:
        return Failure.TURNED_AWAY
    return Refusal(refused)
