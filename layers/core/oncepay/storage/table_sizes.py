"""How large are the tables? As DynamoDB says it itself, some hours late."""

from collections.abc import Iterable
from dataclasses import dataclass

from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """One table.

    Attributes:
        items: how many are in it.
        item_bytes: their size.
        index_entries: how many are in its indexes, in all.
        index_bytes: their size.
    """

    items: int
    item_bytes: int
    index_entries: int
    index_bytes: int


def read_table_sizes(names: Iterable[str], database: Database, budget: Budget) -> list[TableSize]:
    """The size of each table.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    found = []
    for name in names:
        described = database.describe_table(name, budget)
        indexes = described.get("GlobalSecondaryIndexes") or []
        found.append(
            TableSize(
                items=int(described.get("ItemCount", 0)),
                item_bytes=int(described.get("TableSizeBytes", 0)),
                index_entries=sum(int(index.get("ItemCount", 0)) for index in indexes),
                index_bytes=sum(int(index.get("IndexSizeBytes", 0)) for index in indexes),
            )
        )
    return found
