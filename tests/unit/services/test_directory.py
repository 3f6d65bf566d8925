"""Merchants and API keys: made, found, revoked."""

from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain.api_key import ApiKey, Merchant
from oncepay.domain.errors import InvalidRequest, NotFound, RateLimited
from oncepay.domain.principal import ALL_SCOPES, MERCHANT_SCOPES, OPERATOR
from oncepay.services import add_merchant as add_merchant_module
from oncepay.services import create_api_key as create_api_key_module
from oncepay.services.add_merchant import add_merchant
from oncepay.services.authenticate import authenticate
from oncepay.services.create_api_key import create_api_key
from oncepay.services.list_api_keys import list_api_keys
from oncepay.services.revoke_api_key import revoke_api_key
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import DAY, NOW


class Directory:
    """The directory's services on some database."""

    def __init__(self, database: Database, budget: Budget) -> None:
        self.database = database
        self.budget = budget

    def add(self, **overrides: Any) -> Merchant:
        values: dict[str, Any] = {"name": "Acme", "fee_basis_points": None, "now": NOW}
        return add_merchant(**(values | overrides), database=self.database, budget=self.budget)

    def create_key(self, owner_id: str, **overrides: Any) -> tuple[ApiKey, str]:
        values: dict[str, Any] = {
            "environment": "local",
            "scopes": MERCHANT_SCOPES,
            "name": "",
            "expires_at": None,
            "now": NOW,
        }
        return create_api_key(
            owner_id=owner_id, **(values | overrides), database=self.database, budget=self.budget
        )

    def authenticate(self, authorization: str, **overrides: Any) -> Any:
        values: dict[str, Any] = {"environment": "local", "now": NOW}
        return authenticate(
            authorization, **(values | overrides), database=self.database, budget=self.budget
        )

    def revoke(self, public_id: str, **overrides: Any) -> ApiKey:
        values: dict[str, Any] = {"now": NOW} | overrides
        return revoke_api_key(public_id, **values, database=self.database, budget=self.budget)


@pytest.fixture
def directory(database: Database, budget: Budget) -> Directory:
    return Directory(database, budget)


@pytest.fixture
def merchant(directory: Directory) -> Merchant:
    return directory.add()


def test_key__of_a_merchant__says_who_and_what(directory: Directory) -> None:
    merchant = directory.add(fee_basis_points=150)
    api_key, text = directory.create_key(merchant.id, scopes=("payments:read",))
    principal = directory.authenticate(f"Bearer {text}")
    assert principal.merchant_id == merchant.id
    assert principal.scopes == {"payments:read"}
    assert principal.fee_basis_points == 150
    assert principal.key_id == api_key.public_id
    assert text.startswith(f"sk_local_{api_key.public_id}_")


def test_key__secret__is_not_stored(directory: Directory, merchant: Merchant, books: Books) -> None:
    _, text = directory.create_key(merchant.id)
    assert text.rsplit("_", 1)[1] not in repr(books.items("directory"))


def test_key__of_the_operator__has_no_merchant(directory: Directory) -> None:
    _, text = directory.create_key(OPERATOR, scopes=ALL_SCOPES)
    assert directory.authenticate(f"bearer {text}").merchant_id is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text,
        lambda text: f"Basic {text}",
        lambda text: f"Bearer {text}x",
        lambda text: f"Bearer {text[:-1]}{'a' if text[-1] != 'a' else 'b'}",
        lambda text: f"Bearer {text.replace('sk_local', 'sk_prod')}",
        lambda text: "Bearer " + "x" * 10_000,
        lambda text: "Bearer sk_local_nobody-key_" + "a" * 32,
    ],
    ids=["none", "bare", "basic", "longer", "other secret", "other stage", "huge", "unknown"],
)
def test_key__wrong__is_nobody(directory: Directory, merchant: Merchant, spoil: Any) -> None:
    _, text = directory.create_key(merchant.id)
    assert directory.authenticate(spoil(text)) is None


def test_key__expired__is_nobody(directory: Directory, merchant: Merchant) -> None:
    _, text = directory.create_key(merchant.id, expires_at=NOW + DAY)
    almost = NOW + DAY - timedelta(microseconds=1)
    assert directory.authenticate(f"Bearer {text}", now=almost) is not None
    assert directory.authenticate(f"Bearer {text}", now=NOW + DAY) is None


def test_key__revoked__is_nobody(directory: Directory, merchant: Merchant) -> None:
    api_key, text = directory.create_key(merchant.id)
    assert directory.revoke(api_key.public_id).revoked_at == NOW
    assert directory.authenticate(f"Bearer {text}") is None


def test_key__revoked_twice__keeps_its_first_time(directory: Directory, merchant: Merchant) -> None:
    api_key, _ = directory.create_key(merchant.id)
    directory.revoke(api_key.public_id)
    again = directory.revoke(api_key.public_id, now=NOW + DAY)
    assert (again.revoked_at, again.version) == (NOW, 2)


def test_key__changed_meanwhile__revoking_gives_up_after_some_turns(
    directory: Directory, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    api_key, _ = directory.create_key(merchant.id)
    monkeypatch.setattr(Database, "write", lambda *_: object())
    with pytest.raises(RateLimited):
        directory.revoke(api_key.public_id)


def test_key__unknown__cannot_be_revoked(directory: Directory) -> None:
    with pytest.raises(NotFound):
        directory.revoke("nobody-key")


def test_key__revoked_by_another_in_between__is_not_written_over(
    directory: Directory, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    api_key, _ = directory.create_key(merchant.id)
    write = Database.write

    def after_other(self: Database, *args: Any) -> Any:
        monkeypatch.setattr(Database, "write", write)
        directory.revoke(api_key.public_id)
        return write(self, *args)

    monkeypatch.setattr(Database, "write", after_other)
    assert directory.revoke(api_key.public_id, now=NOW + DAY).revoked_at == NOW


def test_key__id_taken__is_not_written_over(
    directory: Directory, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create_api_key_module, "KEY_ID_BYTES", 0)
    directory.create_key(merchant.id)
    with pytest.raises(InvalidRequest):
        directory.create_key(merchant.id)
    monkeypatch.undo()
    assert len(list_api_keys(merchant.id, database=directory.database, budget=Budget(9))) == 1


def test_merchant__id_taken__is_not_written_over(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, books: Books
) -> None:
    monkeypatch.setattr(add_merchant_module, "MERCHANT_ID_BYTES", 0)
    directory.add(name="first")
    with pytest.raises(InvalidRequest):
        directory.add(name="second")
    assert [item["name"] for item in books.items("directory")] == ["first"]


@pytest.mark.parametrize(
    "wrong",
    [{"name": "  "}, {"name": "x" * 201}, {"fee_basis_points": -1}, {"fee_basis_points": 10_001}],
    ids=["blank", "long", "negative fee", "fee above all"],
)
def test_merchant__wrong__is_refused(directory: Directory, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        directory.add(**wrong)


@pytest.mark.parametrize(
    "scopes", [(), ("payments:fly",), ("settlements:read",)], ids=["none", "unknown", "operator's"]
)
def test_key__scopes_not_to_be_had__are_refused(
    directory: Directory, merchant: Merchant, scopes: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidRequest):
        directory.create_key(merchant.id, scopes=scopes)


def test_key__for_nobody__is_refused(directory: Directory) -> None:
    with pytest.raises(NotFound):
        directory.create_key("mer_nobody")


def test_key__expiry_in_the_past__is_refused(directory: Directory, merchant: Merchant) -> None:
    with pytest.raises(InvalidRequest):
        directory.create_key(merchant.id, expires_at=NOW)


def test_keys__listed__oldest_first_revoked_too(directory: Directory, merchant: Merchant) -> None:
    first, _ = directory.create_key(merchant.id, name="first")
    directory.create_key(merchant.id, name="second", now=NOW + DAY)
    directory.revoke(first.public_id)
    listed = list_api_keys(merchant.id, database=directory.database, budget=Budget(9))
    assert [(key.name, key.revoked_at) for key in listed] == [("first", NOW), ("second", None)]
