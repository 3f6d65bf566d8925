"""Generator and oracle know nothing of each other, and agree about every row."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.settlements.generator import Case, generate
from tests.settlements.oracle import expect

MERCHANTS = ("mer_aaaaaaaaaaaaaaaa", "mer_bbbbbbbbbbbbbbbb")
KINDS = {
    "rejected_row",
    "missing_in_ledger",
    "amount_mismatch",
    "fee_mismatch",
    "currency_mismatch",
    "status_mismatch",
    "duplicate_row",
    "already_settled",
    "orphan_refund",
}
NEWLINES = ("\n", "\r\n", "\r")


def a_case(seed: int, **changes: object) -> Case:
    values: dict[str, object] = {
        "rows": 400,
        "merchant_ids": MERCHANTS,
        "broken_share": 0.6,
        "newline": NEWLINES[seed % 3],
        "byte_order_mark": seed % 2 == 1,
    }
    return generate(seed, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(60))
def test_seeded_breaks__are_those_of_the_oracle(seed: int) -> None:
    case = a_case(seed)
    expected = expect(case.world, case.content)
    assert expected.status == "completed"
    assert case.row_count == expected.counts["rows"] == 400
    assert case.seeded == expected.breaks
    assert case.settled_payments == expected.payments.keys()
    assert case.settled_refunds == expected.refunds.keys()


def test_seeded_breaks__are_of_every_kind() -> None:
    counted = Counter(kind for _, kind in a_case(1).seeded)
    assert counted.keys() == KINDS
    assert min(counted.values()) >= 5


def test_case__of_the_same_seed__is_the_same() -> None:
    first, second = a_case(7), a_case(7)
    assert (first.content, first.world) == (second.content, second.world)


def test_case__of_another_seed__is_another() -> None:
    assert a_case(7).content != a_case(8).content


def test_case__under_other_names__has_other_ids_and_the_same_outcome() -> None:
    first, second = a_case(7), a_case(7, names="others")
    assert first.world.keys().isdisjoint(second.world)
    assert first.seeded == second.seeded


def test_world__is_as_large_as_asked__beyond_what_the_file_needs() -> None:
    case = a_case(3, rows=10, payments=500)
    assert len(case.world) == 500
    assert case.row_count == 10


def test_world__has_several_merchants_and_currencies() -> None:
    world = a_case(2).world.values()
    assert {payment.merchant_id for payment in world} == set(MERCHANTS)
    assert len({payment.currency for payment in world}) == 5


def test_world__with_one_payment_changed__no_longer_agrees() -> None:
    """The comparison above can fail."""
    case = a_case(4)
    changed = case.world[min(case.settled_payments)]
    case.world[changed.id] = replace(changed, amount_minor=changed.amount_minor + 1)
    assert expect(case.world, case.content).breaks != case.seeded
