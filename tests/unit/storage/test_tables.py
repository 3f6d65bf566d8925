"""Kinds of item are bound to their tables, whichever is there first."""

from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.models import Model

from oncepay.storage import tables
from oncepay.storage.tables import models_of, open_table, stored_in


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role of this test's own."""
    key = {"": ("id", "part"), "by_due": ("due_bucket", "due_at")}
    monkeypatch.setattr(tables, "KEYS", {"orders": key})
    monkeypatch.setattr(tables, "_models", {"orders": []})
    monkeypatch.setattr(tables, "_opened", {})
    yield "orders"


def declared() -> type[Model]:
    @stored_in("orders")
    class OrderItem(Model):
        class Meta:
            table_name = ""

        id = UnicodeAttribute(hash_key=True)
        part = UnicodeAttribute(range_key=True)

    return OrderItem


def bound_to(model: type[Model]) -> tuple[Any, Any]:
    table = model._get_connection()
    return table.table_name, table.connection


def test_stored_in__before_the_table_is_opened__binds_the_item_then() -> None:
    model, connection = declared(), Connection(region="us-east-1")
    open_table("orders", "orders-dev", connection)
    assert bound_to(model) == ("orders-dev", connection)


def test_stored_in__after_the_table_was_opened__binds_the_item_at_once() -> None:
    connection = Connection(region="us-east-1")
    open_table("orders", "orders-dev", connection)
    assert bound_to(declared()) == ("orders-dev", connection)


def test_open_table__again_by_another_connection__binds_anew() -> None:
    model = declared()
    open_table("orders", "orders-dev", Connection(region="us-east-1"))
    other = Connection(region="us-east-1")
    open_table("orders", "orders-dev", other)
    assert bound_to(model) == ("orders-dev", other)


def test_open_table__tells_the_connection_the_keys_though_no_item_is_declared() -> None:
    connection = Connection(region="us-east-1")
    open_table("orders", "orders-dev", connection)
    keys = connection.get_meta_table("orders-dev")
    assert (keys.hash_keyname, keys.range_keyname) == ("id", "part")
    assert keys.get_index_hash_keyname("by_due") == "due_bucket"
    assert keys.get_attribute_type("due_at") == "S"


def test_models_of__are_those_declared() -> None:
    assert models_of("orders") == []
    model = declared()
    assert models_of("orders") == [model]
