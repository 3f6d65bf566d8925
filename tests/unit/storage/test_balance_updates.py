"""What an entry does to a balance, in DynamoDB's own words."""

import pytest

from oncepay.domain.ledger import EntryKind, ItemKey, LedgerEntry, Needs, Posting
from oncepay.storage.balance_updates import Values, condition_of, update_of
from oncepay.storage.ledger import BalanceItem
from tests.builders import NOW


def an_entry(*postings: tuple[str, int]) -> LedgerEntry:
    return LedgerEntry(
        id="le_a",
        ledger_id="mer_a#USD#3",
        kind=EntryKind.PAYMENT,
        item=ItemKey("pay_a", "payment"),
        payment_id="pay_a",
        currency="USD",
        postings=tuple(Posting(account, minor) for account, minor in postings),
        created_at=NOW,
    )


PAID = an_entry(("available", -102), ("external:bank", 100), ("fees", 2))


def test_update__of_a_payment__subtracts_if_it_is_there() -> None:
    assert update_of(PAID, Needs(at_least=102)) == {
        "UpdateExpression": "SET merchant_id = :merchant_id, currency = :currency"
        " ADD entry_count :one, available_minor :available",
        "ConditionExpression": "available_minor >= :least",
        "ExpressionAttributeValues": {
            ":merchant_id": {"S": "mer_a"},
            ":currency": {"S": "USD"},
            ":one": {"N": "1"},
            ":available": {"N": "-102"},
            ":least": {"N": "102"},
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def test_update__that_needs_nothing__has_no_condition() -> None:
    update = update_of(PAID, None)
    assert set(update) == {"UpdateExpression", "ExpressionAttributeValues"}


def test_update__of_several_accounts__adds_to_each() -> None:
    update = update_of(an_entry(("available", -5), ("refunding", 5)), None)
    assert update["UpdateExpression"].endswith(
        "ADD entry_count :one, available_minor :available, refunding_minor :refunding"
    )


def test_update__of_a_deposit_over_shards__sets_how_many_there_are() -> None:
    update = update_of(an_entry(("external:bank", -5), ("available", 5)), Needs(shards=4))
    assert "shards = :shards" in update["UpdateExpression"]
    assert update["ExpressionAttributeValues"][":shards"] == {"N": "4"}


@pytest.mark.parametrize(
    ("needs", "condition"),
    [
        (Needs(), None),
        (Needs(at_least=1), "available_minor >= :least"),
        (Needs(at_least=0), "(attribute_not_exists(available_minor) OR available_minor >= :least)"),
        (Needs(exactly=1), "available_minor = :exactly"),
        (Needs(exactly=0), "(attribute_not_exists(available_minor) OR available_minor = :exactly)"),
        (Needs(entries=7), "entry_count = :entries"),
        (Needs(unsharded=True), "attribute_not_exists(shards)"),
        (Needs(shards=2), "(attribute_not_exists(shards) OR shards <= :shards)"),
        (
            Needs(at_least=3, shards=2),
            "available_minor >= :least AND (attribute_not_exists(shards) OR shards <= :shards)",
        ),
    ],
)
def test_condition__of_each_need(needs: Needs, condition: str | None) -> None:
    assert condition_of(needs, {}) == condition


def test_condition__its_values_are_those_it_names() -> None:
    values: Values = {}
    condition_of(Needs(at_least=-7, exactly=5, shards=2), values)
    assert values == {":least": {"N": "-7"}, ":exactly": {"N": "5"}, ":shards": {"N": "2"}}


def test_attributes__that_are_named__are_those_of_the_model() -> None:
    accounts = [("available", 1), ("pending", 1), ("refunding", 1), ("disputed", -3)]
    text = update_of(an_entry(*accounts), Needs(shards=2))["UpdateExpression"]
    named = set(text.replace(",", " ").replace("=", " ").split()) - {"SET", "ADD"}
    names = {name for name in named if not name.startswith(":")}
    assert names == set(BalanceItem.get_attributes()) - {"id", "part"}
