"""The oracle's books, held against outcomes that were worked out by hand."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.settlements.formats.books import Books, Bucket, FileOf, Judged
from tests.settlements.formats.judge import judge
from tests.settlements.formats.said import Row, Said, Unreadable
from tests.settlements.world import WorldDispute, WorldPayment, WorldRefund

TIME = "2026-11-01T00:00:00.000000Z"
REFUND = WorldRefund(id="re_a", amount_minor=700, created_at=TIME, reference="re_a")
DISPUTE = WorldDispute(
    id="dp_a", amount_minor=2_000, created_at=TIME, status="open", reference="dp_a"
)
PAYMENT = WorldPayment(
    id="pay_a",
    merchant_id="mer_m",
    amount_minor=5_000,
    fee_basis_points=200,
    fee_minor=100,
    currency="USD",
    status="succeeded",
    created_at=TIME,
    refunds=(REFUND,),
    disputes=(DISPUTE,),
    processor="stripe",
    reference="pi_a",
    captured_minor=5_000,
    pending_minor=4_900,
)
CHARGE = Said(
    number=1,
    line=2,
    kind="payment",
    row_id="txn_1",
    payment_id="pay_a",
    reference="pi_a",
    own_reference="ch_a",
    gross=5_000,
    cost=175,
    fee=None,
    currency="USD",
    batch="po_1",
    at=datetime(2026, 11, 10, tzinfo=UTC),
)
REFUNDED = CHARGE._replace(kind="refund", own_reference="re_a", gross=-700, cost=0)
DISPUTED = CHARGE._replace(kind="dispute", own_reference="dp_a", gross=-2_000, cost=1_500)
PAID_OUT = CHARGE._replace(
    kind="payout", payment_id=None, reference=None, own_reference="po_1", gross=-4_825, cost=0
)
FEE = PAID_OUT._replace(kind="fee", own_reference="fee_1", gross=0, cost=400)
OTHER = PAID_OUT._replace(kind="other", own_reference="tr_1", gross=900, cost=20)
STRIPE_FILE = FileOf(id="one", processor="stripe", charges_whole=True)


def judged(*rows: Row, payment: WorldPayment = PAYMENT, file: FileOf = STRIPE_FILE) -> Judged:
    return judge(rows, Books({payment.id: payment}), file)


def kinds(*rows: Row, payment: WorldPayment = PAYMENT, file: FileOf = STRIPE_FILE) -> list[object]:
    return [bucket.kind for bucket in judged(*rows, payment=payment, file=file).buckets]


def test_charge_and_its_payout__leave_nothing_at_the_processor() -> None:
    # The charge itself was booked as external:stripe -5000, pending +4900, fees +100.
    found = judged(CHARGE, PAID_OUT)
    assert found.changes == {
        ("mer_m", "USD", "pending"): -4_900,
        ("mer_m", "USD", "available"): 4_900,
        ("mer_m", "USD", "costs"): -175,
        ("mer_m", "USD", "external:stripe"): 175,
        ("operator", "USD", "external:bank"): -4_825,
        ("operator", "USD", "external:stripe"): 4_825,
        ("operator", "USD", "costs"): 0,
    }
    at_processor = [n for (_, _, account), n in found.changes.items() if "stripe" in account]
    assert sum(at_processor) == 5_000
    assert found.matched == {"USD": 5_000}
    assert found.broken == {}
    assert [bucket.settles for bucket in found.buckets] == ["pay_a", None]


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        (REFUNDED._replace(cost=30), {("mer_m", "costs"): -30, ("mer_m", "external:stripe"): 30}),
        (DISPUTED, {("mer_m", "costs"): -1_500, ("mer_m", "external:stripe"): 1_500}),
        (FEE, {("operator", "costs"): -400, ("operator", "external:stripe"): 400}),
        (
            FEE._replace(gross=-250, cost=0),
            {("operator", "costs"): -250, ("operator", "external:stripe"): 250},
        ),
        (
            OTHER,
            {
                ("operator", "suspense"): 900,
                ("operator", "external:stripe"): -880,
                ("operator", "costs"): -20,
            },
        ),
    ],
)
def test_matched_row__moves(row: Said, changes: dict[tuple[str, str], int]) -> None:
    found = judged(row)
    assert [bucket.kind for bucket in found.buckets] == [None]
    moved = {(owner, account): n for (owner, _, account), n in found.changes.items() if n}
    assert moved == changes


SUSPENDED = {"external:stripe": -4_825, "suspense": 5_000, "costs": -175}


@pytest.mark.parametrize(
    ("row", "changes", "kind", "correction"),
    [
        (CHARGE._replace(payment_id="pay_b", reference=None), {}, "missing_in_ledger", None),
        (
            CHARGE._replace(gross=5_007),
            {},
            "amount_mismatch",
            {
                "pending": -4_900,
                "available": 4_900,
                "costs": -175,
                "external:stripe": 168,
                "suspense": 7,
            },
        ),
        (CHARGE._replace(currency="EUR"), {}, "currency_mismatch", None),
        (CHARGE, {"status": "declined", "captured_minor": 0}, "status_mismatch", SUSPENDED),
        (CHARGE, {"settlement_id": "set_x"}, "already_settled", None),
        (
            REFUNDED._replace(gross=-900, own_reference=None),
            {"refunds": ()},
            "orphan_refund",
            {"external:stripe": 900, "suspense": -900},
        ),
        (DISPUTED, {"disputes": ()}, "missing_in_ledger", None),
        (CHARGE, {"processor": "paypal"}, "missing_in_ledger", None),
    ],
)
def test_broken_row__is_of_the_first_kind_that_applies__and_says_what_would_correct_it(
    row: Said, changes: dict[str, object], kind: str, correction: dict[str, int] | None
) -> None:
    payment = replace(PAYMENT, **changes)  # type: ignore[arg-type]
    found = judged(row, payment=payment)
    (bucket,) = found.buckets
    assert bucket.kind == kind
    assert found.changes == Counter()
    if correction is not None:
        assert bucket.correction == ("mer_m", correction)


def test_row_of_no_payment_of_the_files_processor__is_corrected_in_the_operators_books() -> None:
    (bucket,) = judged(CHARGE, payment=replace(PAYMENT, processor="paypal")).buckets
    assert bucket.correction == ("operator", SUSPENDED)


def test_rows__told_twice__are_duplicates__and_in_another_file_settled_already() -> None:
    rows = [CHARGE, REFUNDED, DISPUTED, FEE, OTHER, PAID_OUT]
    books = Books({PAYMENT.id: PAYMENT})
    first = judge([*rows, *rows], books, STRIPE_FILE)
    second = judge(rows, books, replace(STRIPE_FILE, id="two"))
    assert [bucket.kind for bucket in first.buckets] == [None] * 6 + ["duplicate_row"] * 6
    assert [bucket.kind for bucket in second.buckets] == ["already_settled"] * 6
    assert second.changes == Counter()


def test_fee__told_again_with_another_amount__differs() -> None:
    assert kinds(FEE, FEE._replace(cost=401)) == [None, "amount_mismatch"]


def test_payout__of_another_amount_than_the_processor_told__differs() -> None:
    books = Books({PAYMENT.id: PAYMENT}, {"po_1": 4_826})
    (bucket,) = judge([PAID_OUT], books, STRIPE_FILE).buckets
    moves = {"external:bank": -4_826, "external:stripe": 4_826}
    assert bucket == Bucket(1, "payout_total_mismatch", None, None, ("operator", moves))


def test_payment__is_found_by_our_id__else_by_the_processors() -> None:
    unnamed = CHARGE._replace(payment_id=None)
    assert kinds(unnamed) == [None]
    assert kinds(CHARGE._replace(payment_id="pay_b")) == [None]
    assert kinds(CHARGE._replace(reference="pi_b")) == [None]
    assert kinds(unnamed._replace(reference=None)) == ["missing_in_ledger"]
    assert kinds(REFUNDED._replace(payment_id=None, reference=None)) == [None]


def test_equal_refunds__are_settled_oldest_first() -> None:
    later = replace(REFUND, id="re_b", reference=None, created_at="2026-11-02T00:00:00.000000Z")
    payment = replace(PAYMENT, refunds=(later, replace(REFUND, reference=None)))
    unnamed = REFUNDED._replace(own_reference=None)
    found = judged(unnamed, unnamed, unnamed, payment=payment)
    assert [(one.settles, one.kind) for one in found.buckets] == [
        ("re_a", None),
        ("re_b", None),
        (None, "duplicate_row"),
    ]


def test_tolerance__what_is_off_within_it_is_a_cost() -> None:
    found = judged(CHARGE._replace(gross=4_999), file=replace(STRIPE_FILE, tolerance=1))
    assert found.changes["mer_m", "USD", "costs"] == -176
    assert found.changes["mer_m", "USD", "external:stripe"] == 176
    assert kinds(CHARGE._replace(gross=4_999)) == ["amount_mismatch"]


def test_charge_captured_in_part__and_its_release__are_what_was_captured() -> None:
    payment = replace(PAYMENT, captured_minor=3_000, pending_minor=2_900)
    release = CHARGE._replace(gross=-2_000, cost=0, own_reference="ch_a_release")
    for rows in ([CHARGE, release], [release, CHARGE]):
        found = judged(*rows, payment=payment)
        assert [one.kind for one in found.buckets] == [None, None]
        assert {account: n for (_, _, account), n in found.changes.items() if n} == {
            "pending": -2_900,
            "available": 2_900,
            "costs": -175,
            "external:stripe": 175,
        }


def test_row_below_zero__of_no_release__is_money_that_was_taken_back() -> None:
    (bucket,) = judged(CHARGE._replace(gross=-2_000, cost=0)).buckets
    assert bucket.kind == "amount_mismatch"
    assert bucket.correction == ("mer_m", {"external:stripe": 2_000, "suspense": -2_000})


def test_sums__leave_out_payouts_and_unreadable_rows() -> None:
    found = judged(CHARGE, CHARGE._replace(payment_id="x", reference=None), PAID_OUT)
    assert (found.matched, found.broken) == ({"USD": 5_000}, {"USD": 5_000})
    only_unreadable = judged(Unreadable(1, 2))
    assert only_unreadable.buckets == [Bucket(1, "rejected_row")]
    assert (only_unreadable.matched, only_unreadable.broken) == ({}, {})


@pytest.mark.parametrize(("fee", "kind"), [(100, None), (90, "fee_mismatch")])
def test_our_own_format__is_of_whoevers_the_payment_is__and_tells_our_fee(
    fee: int, kind: str | None
) -> None:
    row = CHARGE._replace(fee=fee, cost=0, reference=None, own_reference=None)
    assert kinds(row, file=FileOf(id="one", processor=None)) == [kind]
    from_balance = replace(PAYMENT, processor=None, pending_minor=0)
    assert kinds(row, payment=from_balance, file=FileOf(id="one", processor=None)) == [kind]
