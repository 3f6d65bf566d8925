"""Items become requests as PynamoDB itself would make them, and come back the same."""

import importlib
import pkgutil
from typing import Any

import pytest
from pynamodb.attributes import AttributeContainer, DiscriminatorAttribute, MapAttribute
from pynamodb.exceptions import AttributeDeserializationError, AttributeNullError
from pynamodb.models import Model

from oncepay import storage
from oncepay.domain.ledger import (
    EntryKind,
    ItemKey,
    LedgerEntry,
    payment_postings,
)
from oncepay.domain.payment import pay_from_balance
from oncepay.storage import ledger, payments
from oncepay.storage.ledger import BalanceItem, EntryItem
from oncepay.storage.payments import PaymentItem
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import KEYS, models_of
from tests.builders import MERCHANT, NOW


def an_entry() -> LedgerEntry:
    return LedgerEntry(
        id="le_a",
        ledger_id=f"{MERCHANT}#USD#0",
        kind=EntryKind.PAYMENT,
        item=ItemKey("pay_a", "payment"),
        payment_id="pay_a",
        currency="USD",
        postings=payment_postings(5_000, 100),
        created_at=NOW,
    )


def a_payment_item(**changes: Any) -> PaymentItem:
    payment = pay_from_balance(
        payment_id="pay_a",
        merchant_id=MERCHANT,
        fingerprint="f" * 64,
        amount_minor=5_000,
        currency="USD",
        fee_basis_points=200,
        now=NOW,
        metadata={"order": "1"},
    )
    item = payments.payment_item(payment)
    item.attribute_values |= {name: v for name, v in changes.items() if v is not None}
    return item


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("version", [None, 3])
def test_put__is_what_pynamodb_makes_of_it(version: int | None) -> None:
    item = a_payment_item(version=version)
    ours = item.get_save_kwargs_from_instance(
        condition=PaymentItem.amount_minor > 1, return_values_on_condition_failure="ALL_OLD"
    )
    theirs = Model.get_save_kwargs_from_instance(
        item, condition=PaymentItem.amount_minor > 1, return_values_on_condition_failure="ALL_OLD"
    )
    assert ours == theirs


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("version", [None, 3])
def test_update__is_what_pynamodb_makes_of_it(version: int | None) -> None:
    item = PaymentItem(id="pay_a", part="payment", version=version)
    actions = [PaymentItem.refunded_minor.set(5), PaymentItem.due_at.remove()]
    ours = item.get_update_kwargs_from_instance(
        list(actions), PaymentItem.amount_minor > 1, "ALL_OLD"
    )
    theirs = Model.get_update_kwargs_from_instance(
        item, list(actions), PaymentItem.amount_minor > 1, "ALL_OLD"
    )
    assert ours == theirs


@pytest.mark.usefixtures("database")
def test_update__of_an_item_without_version_and_condition__is_what_pynamodb_makes_of_it() -> None:
    item = BalanceItem(id=f"{MERCHANT}#USD#0", part="balance")
    actions = [BalanceItem.entry_count.add(1), BalanceItem.currency.set("USD")]
    ours = item.get_update_kwargs_from_instance(list(actions))
    assert ours == Model.get_update_kwargs_from_instance(item, list(actions))


@pytest.mark.parametrize("item", [a_payment_item(), ledger.entry_item(an_entry())])
def test_serialize__is_what_pynamodb_writes(item: StoredItem) -> None:
    assert item.serialize() == AttributeContainer._container_serialize(item)


@pytest.mark.parametrize("item", [a_payment_item(version=1), ledger.entry_item(an_entry())])
def test_from_raw_data__is_what_pynamodb_reads(item: StoredItem) -> None:
    raw = item.serialize()
    theirs = type(item)()
    theirs._container_deserialize(raw)
    assert type(item).from_raw_data(raw).attribute_values == theirs.attribute_values


def test_from_raw_data__unknown_and_null_attributes__are_passed_over() -> None:
    raw = ledger.entry_item(an_entry()).serialize()
    more = {**raw, "news": {"S": "x"}, "payment_id": {"NULL": True}}
    assert EntryItem.from_raw_data(more).payment_id is None


def test_from_raw_data__of_another_type__is_refused() -> None:
    raw = ledger.entry_item(an_entry()).serialize()
    with pytest.raises(AttributeDeserializationError):
        EntryItem.from_raw_data({**raw, "currency": {"N": "1"}})


def test_serialize__something_missing__is_refused() -> None:
    with pytest.raises(AttributeNullError):
        EntryItem(id="a", part="entry#le_a").serialize()


def test_item__unknown_attribute__is_refused() -> None:
    with pytest.raises(ValueError, match="EntryItem has no attribute colour"):
        EntryItem(id="a", colour="red")


def test_item__none__is_absent() -> None:
    assert EntryItem(id="a", payment_id=None).attribute_values == {"id": "a"}


def test_models__have_nothing_that_this_class_does_not_write() -> None:
    for module in pkgutil.iter_modules(storage.__path__):
        importlib.import_module(f"oncepay.storage.{module.name}")
    models = [model for role in KEYS for model in models_of(role)]
    assert len(models) > 15
    for model in models:
        assert issubclass(model, StoredItem)
        for name, attribute in model.get_attributes().items():
            assert (attribute.default, attribute.default_for_new) == (None, None)
            assert not isinstance(attribute, (MapAttribute, DiscriminatorAttribute))
            assert attribute.attr_name == name
