"""What do the tables hold? Read behind the code's back, by a plain client."""

from typing import Any

from boto3.dynamodb.types import TypeDeserializer

_plain = TypeDeserializer()


class Books:
    """The tables of one stack as plain values."""

    def __init__(self, client: Any, tables: dict[str, str]) -> None:
        self.client = client
        self.tables = tables

    def items(self, role: str) -> list[dict[str, Any]]:
        """Every item of a table."""
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.tables[role], ConsistentRead=True
        )
        return [
            {name: _plain.deserialize(value) for name, value in raw.items()}
            for page in pages
            for raw in page["Items"]
        ]

    def available(self, merchant_id: str, currency: str = "USD") -> int:
        """The balance, in minor units; 0 if there is none."""
        for item in self.items("ledger"):
            if item["part"] == "balance" and item["id"] == f"{merchant_id}#{currency}#0":
                return int(item.get("available_minor", 0))
        return 0

    def entries(self) -> list[dict[str, Any]]:
        """All ledger entries, oldest first."""
        found = [item for item in self.items("ledger") if item["part"].startswith("entry#")]
        return sorted(found, key=lambda item: str(item["part"]))

    def delete(self, role: str, **key: str) -> None:
        """Take an item away."""
        self.client.delete_item(
            TableName=self.tables[role], Key={name: {"S": value} for name, value in key.items()}
        )

    def copy(self, role: str, source: dict[str, Any], **changes: Any) -> None:
        """Put a raw item, changed."""
        self.client.put_item(TableName=self.tables[role], Item={**source, **changes})

    def raw(self, role: str, **key: str) -> dict[str, Any]:
        """One item as DynamoDB has it."""
        item: dict[str, Any] = self.client.get_item(
            TableName=self.tables[role],
            Key={name: {"S": value} for name, value in key.items()},
            ConsistentRead=True,
        )["Item"]
        return item
