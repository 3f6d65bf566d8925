"""Keys are made, shown once, listed and revoked by the operator."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncepay.domain.api_key import hash_secret
from oncepay.domain.principal import MERCHANT_SCOPES, OPERATOR_SCOPES
from oncepay.services.authenticate import authenticate
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops import keys, merchants
from tests.books import Books
from tests.ops.operators_stack import ENVIRONMENT, Operator


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]) -> Operator:
    return Operator(monkeypatch, keys, tables)


@pytest.fixture
def merchant_id(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]) -> str:
    return Operator(monkeypatch, merchants, tables).run("add", "Corner Shop").stdout.strip()


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


def stored_keys(books: Books) -> list[dict[str, Any]]:
    return [item for item in books.items("directory") if item["part"].startswith("api_key#")]


def test_create__prints_the_key_alone_on_standard_output__and_it_works(
    operator: Operator, merchant_id: str, database: Database, budget: Budget
) -> None:
    result = operator.run("create", merchant_id)
    key = result.stdout.strip()
    assert result.stdout == f"{key}\n"
    assert key.startswith(f"sk_{ENVIRONMENT}_{merchant_id.removeprefix('mer_')}-")
    assert key not in result.stderr
    principal = authenticate(
        f"Bearer {key}",
        environment=ENVIRONMENT,
        database=database,
        now=datetime.now(UTC),
        budget=budget,
    )
    assert principal is not None
    assert principal.merchant_id == merchant_id


def test_create__the_secret_is_never_stored(
    operator: Operator, merchant_id: str, books: Books
) -> None:
    secret = operator.run("create", merchant_id).stdout.strip().rpartition("_")[2]
    [stored] = stored_keys(books)
    assert secret not in json.dumps(stored, default=str)
    assert stored["secret_sha256"] == hash_secret(secret)


@pytest.mark.parametrize(
    ("words", "scopes"),
    [
        ((), [scope for scope in MERCHANT_SCOPES if scope != "deposits:write"]),
        (
            ("--deposits",),
            [s for s in MERCHANT_SCOPES if s != "deposits:write"] + ["deposits:write"],
        ),
        (("--scope", "payments:read"), ["payments:read"]),
        (
            ("--scope", "payments:read", "--scope", "deposits:write", "--deposits"),
            ["payments:read", "deposits:write"],
        ),
    ],
    ids=["usual", "with deposits", "one", "asked for twice"],
)
def test_create__scopes_of_a_merchant__leave_deposits_out_unless_asked(
    operator: Operator, merchant_id: str, books: Books, words: tuple[str, ...], scopes: list[str]
) -> None:
    operator.run("create", merchant_id, *words)
    assert stored_keys(books)[0]["scopes"] == scopes


def test_create__for_the_operator__has_the_operators_scopes(operator: Operator) -> None:
    made = json.loads(operator.run("create", "operator", "--json").stdout)
    assert made["owner"] == "operator"
    assert made["scopes"] == [*OPERATOR_SCOPES, "events:read"]
    assert made["api_key"].startswith(f"sk_{ENVIRONMENT}_operator-")


def test_create__expiry__is_so_many_days_away(operator: Operator, merchant_id: str) -> None:
    made = json.loads(
        operator.run("create", merchant_id, "--expires-in-days", "30", "--json").stdout
    )
    lifetime = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(
        made["created_at"]
    )
    assert lifetime == timedelta(days=30)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mer_nobody",), "no merchant mer_nobody"),
        (("nobody",), "'nobody' is no merchant's id"),
        (("MERCHANT", "--scope", "all"), "unknown scope 'all'"),
        (("MERCHANT", "--scope", "metrics:read"), "never a merchant's"),
        (("MERCHANT", "--name", " "), "--name must be"),
        (("MERCHANT", "--name", "x" * 201), "--name must be"),
        (("MERCHANT", "--expires-in-days", "0"), "--expires-in-days must be"),
        (("MERCHANT", "--expires-in-days", "999999999"), "--expires-in-days must be"),
    ],
)
def test_create__bad_input__is_one_line_and_nothing_stored(
    operator: Operator, merchant_id: str, books: Books, words: tuple[str, ...], said: str
) -> None:
    result = operator.run("create", *(merchant_id if w == "MERCHANT" else w for w in words))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("oncepay keys create: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert stored_keys(books) == []


def test_list__shows_ids_and_states_but_no_secret(operator: Operator, merchant_id: str) -> None:
    first = json.loads(operator.run("create", merchant_id, "--name", "till", "--json").stdout)
    second = json.loads(operator.run("create", merchant_id, "--name", "web", "--json").stdout)
    operator.run("revoke", first["id"])
    shown = operator.run("list", merchant_id).stdout
    assert [line.split()[:2] for line in shown.splitlines()] == [
        [first["id"], "revoked"],
        [second["id"], "active"],
    ]
    listed = operator.run("list", merchant_id, "--json").stdout
    assert [(one["name"], one["state"]) for one in json.loads(listed)] == [
        ("till", "revoked"),
        ("web", "active"),
    ]
    for made in (first, second):
        secret = made["api_key"].rpartition("_")[2]
        assert secret not in shown + listed


def test_list__no_keys_yet__says_so(operator: Operator, merchant_id: str) -> None:
    result = operator.run("list", merchant_id)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "has no keys" in result.stderr


def test_list__unknown_merchant__is_one_line(operator: Operator) -> None:
    result = operator.run("list", "mer_nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "oncepay keys list: no merchant mer_nobody\n"


@pytest.mark.parametrize("form", ["id", "id with mer_", "whole key"])
def test_revoke__by_id_or_by_the_whole_key__ends_it(
    operator: Operator, merchant_id: str, books: Books, form: str
) -> None:
    made = json.loads(operator.run("create", merchant_id, "--json").stdout)
    named = {"id": made["id"], "id with mer_": f"mer_{made['id']}", "whole key": made["api_key"]}
    result = operator.run("revoke", named[form])
    assert result.exit_code == 0
    assert made["id"] in result.stdout
    assert made["api_key"] not in result.stdout + result.stderr
    assert "revoked_at" in stored_keys(books)[0]


def test_revoke__twice__keeps_the_first_time(operator: Operator, merchant_id: str) -> None:
    made = json.loads(operator.run("create", merchant_id, "--json").stdout)
    first = json.loads(operator.run("revoke", made["id"], "--json").stdout)
    second = json.loads(operator.run("revoke", made["id"], "--json").stdout)
    assert first["state"] == "revoked"
    assert first["revoked_at"] == second["revoked_at"]


@pytest.mark.parametrize(
    ("key_id", "said"),
    [
        ("nobody-key", "no API key nobody-key"),
        ("nodash", "has the form"),
        ("", "has the form"),
        ("sk_test_half-a_key", "has the form"),
    ],
)
def test_revoke__unknown__is_one_line(operator: Operator, key_id: str, said: str) -> None:
    result = operator.run("revoke", key_id)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_help__says_how_a_stack_is_named(operator: Operator, command: str) -> None:
    shown = operator.run(command, "--help").output
    assert "--stack-file" in shown
    assert "--stack-name" in shown
