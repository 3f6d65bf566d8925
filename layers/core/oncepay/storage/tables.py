"""Which tables are there, by which keys are they read, and what kinds of item are in them?

A kind of item says its table where it is declared, and is bound to it by then or when the database
is opened, whichever comes later: a function's cold start makes the items of its own work only.
"""

from collections.abc import Callable, Mapping

from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.models import Model

type Key = tuple[str, ...]
"""Names of the partition key and, if there is one, the sort key; all of them are strings."""

TABLE = ""
"""Among the keys of a table, that of the table itself; the others are its indexes'."""

KEYS: Mapping[str, Mapping[str, Key]] = {
    "idempotency": {TABLE: ("id",)},
    "payments": {
        TABLE: ("id", "part"),
        "by_merchant": ("list_bucket", "list_position"),
        "by_due": ("due_bucket", "due_at"),
    },
    "ledger": {TABLE: ("id", "part"), "by_merchant": ("merchant_id", "id")},
    "directory": {TABLE: ("id", "part")},
    "settlements": {
        TABLE: ("id", "part"),
        "by_date": ("list_bucket", "list_position"),
        "by_open": ("open_bucket", "opened_at"),
    },
    "events": {
        TABLE: ("id",),
        "by_due": ("due_bucket", "due_at"),
        "by_owner": ("list_bucket", "list_position"),
    },
}
"""By role of the table."""

_models: dict[str, list[type[Model]]] = {role: [] for role in KEYS}
_opened: dict[str, tuple[str, Connection]] = {}


def stored_in[M: Model](role: str) -> Callable[[type[M]], type[M]]:
    """Declare that a kind of item is in the table of that role."""

    def declare(model: type[M]) -> type[M]:
        _models[role].append(model)
        if role in _opened:
            _bind(model, *_opened[role])
        return model

    return declare


def models_of(role: str) -> list[type[Model]]:
    """The kinds of item that are in a table, of those that are imported."""
    return list(_models[role])


def open_table(role: str, name: str, connection: Connection) -> None:
    """Read and write a table under this name by this connection from now on."""
    connection.add_meta_table(_meta_table(role, name))
    _opened[role] = name, connection
    for model in _models[role]:
        _bind(model, name, connection)


def _bind(model: type[Model], name: str, connection: Connection) -> None:
    model.Meta.table_name = name
    model._connection = None
    # PynamoDB would make a client per model; a client costs a cold start some 50 ms.
    model._get_connection().connection = connection


def _meta_table(role: str, name: str) -> MetaTable:
    keys = KEYS[role]
    attributes = sorted({attribute for key in keys.values() for attribute in key})
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": _key_schema(keys[TABLE]),
            "AttributeDefinitions": [
                {"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes
            ],
            "GlobalSecondaryIndexes": [
                {"IndexName": index, "KeySchema": _key_schema(key)}
                for index, key in keys.items()
                if index != TABLE
            ],
        }
    )


def _key_schema(key: Key) -> list[dict[str, str]]:
    return [
        {"AttributeName": attribute, "KeyType": kind}
        for attribute, kind in zip(key, ("HASH", "RANGE"), strict=False)
    ]
