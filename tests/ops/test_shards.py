"""A merchant's books are given more shards by the operator."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from oncepay.services.add_merchant import add_merchant
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops import main, shards
from ops.stack import Stack
from ops.verify.prover import verify
from tests.books import Books
from tests.builders import NOW, World
from tests.ops.operators_stack import a_stack

type Run = Callable[..., Result]


@pytest.fixture
def asked() -> list[dict[str, Any]]:
    """What stack the command asked for."""
    return []


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], asked: list[dict[str, Any]]
) -> Run:
    """The command."""

    def choose(**options: Any) -> Stack:
        asked.append(options)
        return a_stack(tables)

    monkeypatch.setattr(shards, "choose_stack", choose)
    return lambda *words: CliRunner().invoke(main.app, ["shards", *words])


@pytest.fixture
def merchant_id(database: Database) -> str:
    return add_merchant(
        name="Hot", fee_basis_points=None, database=database, now=NOW, budget=Budget(9)
    ).id


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


def available(books: Books) -> dict[str, int]:
    """In each shard, by its currency and number."""
    return {
        str(item["id"]).partition("#")[2]: int(item["available_minor"])
        for item in books.items("ledger")
        if item["part"] == "balance"
    }


def test_shards__more_than_there_were__says_what_was_done(
    run: Run, merchant_id: str, database: Database, books: Books
) -> None:
    World(database).deposit(1_000, merchant_id=merchant_id)
    World(database).deposit(1, merchant_id=merchant_id, currency="EUR", key="eur")
    result = run(merchant_id, "4")
    assert (result.exit_code, result.stdout) == (0, f"{merchant_id}: 1 -> 4 shards\n")
    assert result.stderr == (
        "Its books in EUR, USD have them; in 1 book money was moved.\n"
        "Payments use them within a minute: so long the gateway remembers who calls.\n"
    )
    assert available(books) == {
        "EUR#0": 1, "USD#0": 250, "USD#1": 250, "USD#2": 250, "USD#3": 250,
    }  # fmt: skip


def test_shards__for_a_script__is_json(run: Run, merchant_id: str, database: Database) -> None:
    World(database).deposit(1_000, merchant_id=merchant_id)
    run(merchant_id, "2")
    result = run(merchant_id, "4", "--json")
    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "merchant_id": merchant_id,
        "before": 2,
        "shards": 4,
        "currencies": ["USD"],
        "levelled": 1,
    }


def test_shards__merchant_without_books__says_when_they_get_them(
    run: Run, merchant_id: str
) -> None:
    result = run(merchant_id, "32")
    assert result.stdout == f"{merchant_id}: 1 -> 32 shards\n"
    assert result.stderr.startswith("It has no books yet: each gets them with its first deposit.\n")


def test_shards__as_many_as_there_are__moves_nothing(
    run: Run, merchant_id: str, database: Database
) -> None:
    World(database).deposit(1_000, merchant_id=merchant_id)
    run(merchant_id, "4")
    result = run(merchant_id, "4")
    assert (result.exit_code, result.stdout) == (0, f"{merchant_id}: 4 -> 4 shards\n")
    assert "in 0 books money was moved" in result.stderr


def test_shards__given__are_proved(
    run: Run, merchant_id: str, database: Database, dynamodb: Any, tables: dict[str, str]
) -> None:
    World(database).deposit(1_000, merchant_id=merchant_id)
    run(merchant_id, "4")
    assert [one.line() for one in verify(tables, client=dynamodb).findings] == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("3", "there are 4 shards already; they only grow"),
        ("0", "shards must be 1..32"),
        ("33", "shards must be 1..32"),
    ],
)
def test_shards__number_that_cannot_be__is_one_line_and_nothing_changed(
    run: Run, merchant_id: str, books: Books, number: str, said: str
) -> None:
    run(merchant_id, "4")
    before = books.items("directory"), books.items("payments")
    result = run(merchant_id, number)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"oncepay shards: {said}\n"
    assert (books.items("directory"), books.items("payments")) == before


@pytest.mark.parametrize(
    ("merchant", "said"),
    [
        ("mer_nobody", "no merchant mer_nobody"),
        ("operator", "'operator' is no merchant's id (mer_...)"),
        ("", "'' is no merchant's id (mer_...)"),
    ],
)
def test_shards__of_nobody__is_one_line_and_nothing_stored(
    run: Run, books: Books, merchant: str, said: str
) -> None:
    result = run(merchant, "4")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"oncepay shards: {said}\n"
    assert books.items("payments") == []


def test_shards__no_number__is_refused_in_words(run: Run, merchant_id: str) -> None:
    result = run(merchant_id, "many")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Invalid value for 'N'" in result.stderr


def test_shards__options__name_the_stack(
    run: Run, merchant_id: str, asked: list[dict[str, Any]]
) -> None:
    run(merchant_id, "2", "--stack-name", "oncepay-dev", "--region", "eu-west-1")
    assert asked == [{"stack_file": None, "stack_name": "oncepay-dev", "region": "eu-west-1"}]
