"""A world on moto."""

from typing import Any

import pytest

from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import World


@pytest.fixture
def world(database: Database, budget: Budget) -> World:
    """Empty."""
    return World(database, budget)


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    """What is really in the tables."""
    return Books(dynamodb, tables)
