"""Merchants are added by the operator."""

import json
from typing import Any

import pytest

from ops import merchants
from tests.books import Books
from tests.ops.operators_stack import Operator


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]) -> Operator:
    return Operator(monkeypatch, merchants, tables)


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


def test_add__prints_the_id_alone_on_standard_output(operator: Operator, books: Books) -> None:
    result = operator.run("add", "Corner Shop")
    [stored] = books.items("directory")
    assert result.exit_code == 0
    assert result.stdout == f"{stored['id']}\n"
    assert "Corner Shop" in result.stderr
    assert (stored["name"], stored["part"]) == ("Corner Shop", "merchant")
    assert "fee_basis_points" not in stored


def test_add__its_own_fee__is_kept(operator: Operator, books: Books) -> None:
    result = operator.run("add", "Corner Shop", "--fee-basis-points", "0", "--json")
    [stored] = books.items("directory")
    assert json.loads(result.stdout) == {
        "id": stored["id"],
        "name": "Corner Shop",
        "fee_basis_points": 0,
    }
    assert stored["fee_basis_points"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", " "), "name must be"),
        (("add", "x" * 201), "name must be"),
        (("add", "x", "--fee-basis-points", "10001"), "fee_basis_points must be 0..10000"),
        (("add", "x", "--fee-basis-points", "-1"), "fee_basis_points must be 0..10000"),
    ],
)
def test_add__bad_input__is_one_line_and_nothing_stored(
    operator: Operator, books: Books, words: tuple[str, ...], said: str
) -> None:
    result = operator.run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("oncepay merchants add: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert books.items("directory") == []


def test_add__options__name_the_stack(operator: Operator) -> None:
    operator.run("add", "x", "--stack-name", "oncepay-dev", "--region", "eu-west-1")
    assert operator.asked == [
        {"stack_file": None, "stack_name": "oncepay-dev", "region": "eu-west-1"}
    ]


def test_add__stack_that_is_not_there__is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    result = CliRunner().invoke(merchants.app, ["add", "x", "--stack-file", "nowhere.json"])
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "oncepay merchants add: there is no nowhere.json: run `make up`"
    )


def test_add__table_that_is_not_there__is_one_line(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]
) -> None:
    operator = Operator(monkeypatch, merchants, tables | {"directory": "gone"})
    result = operator.run("add", "x")
    assert result.exit_code == 1
    assert result.stderr.startswith("oncepay merchants add: ")
    assert result.stderr.count("\n") == 1
