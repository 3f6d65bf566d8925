"""Rows of processors' settlement files about payments, refunds and disputes: they are found as the
services store them, and what the processor keeps is posted in the merchant's ledger.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from oncepay.domain.settlement import BreakKind, SettlementStatus
from oncepay.storage.database import Database
from tests.booked_files import MERCHANTS, OPERATORS, THEIRS, BookedFiles, charged, moved, refunded
from tests.books import Books
from tests.dropped_files import Drop
from tests.processor_files import (
    AdyenRow,
    PayPalRow,
    adyen_file,
    paypal_file,
    stripe_file,
    stripe_row,
)
from tests.processor_world import ProcessorWorld, running_world
from tests.unit.services.test_disputes import LOST, OPENED, WON, told


@pytest.fixture
def files(database: Database, tables: dict[str, str], books: Books) -> BookedFiles:
    return BookedFiles(Drop(database, tables), books)


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


def test_charge__of_stripe_with_our_id__is_matched_and_its_cost_is_the_merchants_ledgers(
    shop: ProcessorWorld, files: BookedFiles, books: Books
) -> None:
    payment_id, _ = charged(shop)
    run = files.book(stripe_file(stripe_row("charge", 5_000, 175, payment_id=payment_id)))
    assert (run.status, run.matched, run.breaks) == (SettlementStatus.COMPLETED, 1, 0)
    assert files.settled(MERCHANTS) == {
        "pending": -4_900, "available": 4_900, "costs": -175, THEIRS: 175,
    }  # fmt: skip
    stored = books.raw("payments", id=payment_id, part="payment")
    assert stored["settlement_id"] == {"S": run.id}
    # It is waited for no more.
    assert not {"due_bucket", "due_at", "pending_minor"} & stored.keys()


@pytest.mark.parametrize(
    "file_of",
    [
        pytest.param(
            lambda ref: stripe_file(stripe_row("charge", 5_000, 175, intent=ref)), id="stripe"
        ),
        pytest.param(lambda ref: paypal_file(PayPalRow("T0006", 5_000, 175, id=ref)), id="paypal"),
        pytest.param(
            lambda ref: adyen_file(
                AdyenRow("Settled", 5_000, 175, psp=ref, own="881B", currency="USD")
            ),
            id="adyen",
        ),
    ],
)
def test_charge__without_our_id__is_found_by_the_processors(
    shop: ProcessorWorld, files: BookedFiles, file_of: Callable[[str], bytes]
) -> None:
    payment_id, reference = charged(shop)
    run = files.book(file_of(reference))
    assert run.breaks == 0
    assert files.settled(MERCHANTS)["available"] == 4_900
    assert files.settled_by(payment_id) == run.id


@pytest.mark.parametrize(
    "file_of",
    [
        pytest.param(
            lambda id: paypal_file(PayPalRow("T0006", 5_000, 175, custom=id)), id="paypal_custom"
        ),
        pytest.param(
            lambda id: paypal_file(PayPalRow("T0006", 5_000, 175, invoice=id)), id="paypal_invoice"
        ),
        pytest.param(
            lambda id: adyen_file(
                AdyenRow("Settled", 5_000, 175, psp="881A", payment_id=id, currency="USD")
            ),
            id="adyen",
        ),
    ],
)
def test_charge__with_our_id__is_found_by_it_whatever_the_processor_calls_it(
    shop: ProcessorWorld, files: BookedFiles, file_of: Callable[[str], bytes]
) -> None:
    payment_id, _ = charged(shop)
    run = files.book(file_of(payment_id))
    assert run.breaks == 0
    assert files.settled(MERCHANTS)["costs"] == -175
    assert files.settled_by(payment_id) == run.id


def test_refund__of_which_only_its_own_reference_is_known__is_settled(
    shop: ProcessorWorld, files: BookedFiles, books: Books
) -> None:
    payment_id, _ = charged(shop)
    first = refunded(shop, books, payment_id)
    second = refunded(shop, books, payment_id, "refund-2")
    own = second["processor_reference"]["S"]
    run = files.book(stripe_file(stripe_row("refund", -2_000, 0, source=own)))
    assert run.breaks == 0
    parts = {item["part"] for item in books.items("payments") if "settlement_id" in item}
    assert parts == {second["part"]["S"]}
    assert first["part"]["S"] not in parts


def test_refund__of_paypal__is_found_by_the_reference_of_its_capture(
    shop: ProcessorWorld, files: BookedFiles, books: Books
) -> None:
    payment_id, reference = charged(shop)
    refund = refunded(shop, books, payment_id)
    run = files.book(paypal_file(PayPalRow("T1107", -2_000, 30, id="5AA2", reference=reference)))
    assert run.breaks == 0
    assert files.settled(MERCHANTS) == {"costs": -30, THEIRS: 30}
    stored = books.raw("payments", id=payment_id, part=refund["part"]["S"])
    assert stored["settlement_id"] == {"S": run.id}


@pytest.mark.parametrize(
    "file_of",
    [
        pytest.param(
            lambda own, _: stripe_file(stripe_row("refund_failure", 2_000, -5, source=own)),
            id="stripe",
        ),
        # PayPal's reversal names the refund, and is a transaction of its own.
        pytest.param(
            lambda own, _: paypal_file(PayPalRow("T1100", 2_000, -5, id="5AA9", reference=own)),
            id="paypal",
        ),
        pytest.param(
            lambda own, ref: adyen_file(
                AdyenRow("RefundedReversed", 2_000, -5, psp=ref, own=own, currency="USD")
            ),
            id="adyen",
        ),
    ],
)
def test_refund_that_came_back__is_matched_and_marks_nothing(
    shop: ProcessorWorld, files: BookedFiles, books: Books, file_of: Callable[[str, str], bytes]
) -> None:
    payment_id, reference = charged(shop)
    refund = refunded(shop, books, payment_id)
    came_back(shop, refund)
    run = files.book(file_of(refund["processor_reference"]["S"], reference))
    assert run.breaks == 0
    assert files.settled(MERCHANTS) == {"costs": 5, THEIRS: -5}
    assert "settlement_id" not in books.raw("payments", id=payment_id, part=refund["part"]["S"])


def test_refund_that_came_back__in_another_file_again__is_booked_once(
    shop: ProcessorWorld, files: BookedFiles, books: Books
) -> None:
    payment_id, _ = charged(shop)
    refund = refunded(shop, books, payment_id)
    came_back(shop, refund)
    own = refund["processor_reference"]["S"]
    row = stripe_row("refund_failure", 2_000, -5, source=own)
    first = files.book(stripe_file(row))
    again = files.book(stripe_file(row, stripe_row("fee", 0, 1, row_id="txn_2")), "incoming/b.csv")
    assert files.kinds(again) == ["already_settled"]
    assert files.breaks(again)[0].expected == {"settlement_id": first.id}
    assert files.settled(MERCHANTS) == {"costs": 5, THEIRS: -5}


def came_back(shop: ProcessorWorld, refund: Any) -> None:
    """The processor tells that a refund that succeeded has failed."""
    shop.processor.engine.end_pending(refund["part"]["S"].removeprefix("refund#"), "failed")
    assert shop.deliver_events()


def test_dispute__costs_what_the_processor_keeps_for_it(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    told(shop, OPENED)
    row = stripe_row("dispute", -2_000, 1_500, payment_id=payment_id, source="dp_there_1")
    run = files.book(stripe_file(row))
    assert (run.matched, run.breaks) == (1, 0)
    assert files.settled(MERCHANTS) == {"costs": -1_500, THEIRS: 1_500}


def test_dispute__of_which_only_its_own_reference_is_known__is_matched(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    charged(shop)
    told(shop, OPENED)
    run = files.book(stripe_file(stripe_row("dispute", -2_000, 1_500, source="dp_there_1")))
    assert (run.matched, run.breaks) == (1, 0)
    assert files.settled(MERCHANTS) == {"costs": -1_500, THEIRS: 1_500}


def test_dispute_won__in_the_same_file__gives_the_cost_back(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    told(shop, OPENED)
    told(shop, WON)
    of_it: dict[str, Any] = {"payment_id": payment_id, "source": "dp_there_1"}
    run = files.book(
        stripe_file(
            stripe_row("dispute", -2_000, 1_500, **of_it),
            stripe_row("dispute_reversal", 2_000, -1_500, row_id="txn_2", **of_it),
        )
    )
    assert (run.matched, run.breaks) == (2, 0)
    assert files.settled(MERCHANTS) == {}


def test_dispute_won__that_is_lost_in_our_books__is_a_break(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    told(shop, OPENED)
    told(shop, LOST)
    row = stripe_row("dispute_reversal", 2_000, payment_id=payment_id, source="dp_there_1")
    assert files.kinds(files.book(stripe_file(row))) == ["status_mismatch"]
    assert files.settled(MERCHANTS) == {}


def test_dispute__that_nobody_told_us_of__is_missing_in_ledger(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    row = stripe_row("dispute", -2_000, 1_500, payment_id=payment_id, source="dp_there_9")
    (found,) = files.breaks(files.book(stripe_file(row)))
    assert (found.kind, found.ledger_id) == (BreakKind.MISSING_IN_LEDGER, MERCHANTS)
    # The money is gone, and its cost: what it was is not known.
    assert moved(found) == {THEIRS: 3_500, "suspense": -2_000, "costs": -1_500}


def test_payment_of_another_processor__is_missing_in_ledger_and_untouched(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    content = paypal_file(PayPalRow("T0006", 5_000, 175, custom=payment_id))
    run = files.book(content, processors={"paypal": "paypal"})
    (found,) = files.breaks(run)
    assert (found.kind, found.payment_id) == (BreakKind.MISSING_IN_LEDGER, payment_id)
    assert found.reason.endswith("the payment was not made through paypal")
    assert found.ledger_id == OPERATORS
    assert moved(found) == {"external:paypal": -4_825, "suspense": 5_000, "costs": -175}
    assert files.settled_by(payment_id) is None


def test_charge_of_another_processor__with_the_same_reference__is_missing_in_ledger(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    _, reference = charged(shop)
    content = stripe_file(stripe_row("charge", 5_000, 175, intent=reference))
    run = files.book(content, processors={"stripe": "stripe"})
    (found,) = files.breaks(run)
    assert (found.kind, found.payment_id) == (BreakKind.MISSING_IN_LEDGER, None)


def test_our_fee__is_not_held_against_what_the_processor_keeps(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    run = files.book(stripe_file(stripe_row("charge", 5_000, 0, payment_id=payment_id)))
    assert run.breaks == 0
    assert files.settled(MERCHANTS) == {"pending": -4_900, "available": 4_900}


def test_amount_within_the_tolerance__is_matched_and_what_is_off_is_a_cost(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    content = stripe_file(stripe_row("charge", 4_998, 175, payment_id=payment_id))
    run = files.book(content, tolerance_minor=2)
    assert run.breaks == 0
    assert files.settled(MERCHANTS) == {
        "pending": -4_900, "available": 4_900, "costs": -177, THEIRS: 177,
    }  # fmt: skip


def test_amount_beyond_the_tolerance__is_a_break(shop: ProcessorWorld, files: BookedFiles) -> None:
    payment_id, _ = charged(shop)
    content = stripe_file(stripe_row("charge", 4_997, 175, payment_id=payment_id))
    assert files.kinds(files.book(content, tolerance_minor=2)) == ["amount_mismatch"]


def test_charge_captured_in_part__has_two_rows_that_settle_it_together(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id = shop.charge(manual=True).payment_id
    shop.capture(payment_id, 3_000)
    run = files.book(
        stripe_file(
            stripe_row("charge", 5_000, 120, payment_id=payment_id),
            stripe_row("partial_capture_reversal", -2_000, 0, row_id="t2", payment_id=payment_id),
        )
    )
    assert (run.matched, run.breaks) == (2, 0)
    assert files.settled(MERCHANTS) == {
        "pending": -2_940, "available": 2_940, "costs": -120, THEIRS: 120,
    }  # fmt: skip


def test_sums__of_matched_and_broken_rows__come_to_the_files(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    payment_id, _ = charged(shop)
    run = files.book(
        stripe_file(
            stripe_row("charge", 5_000, 175, payment_id=payment_id),
            stripe_row("charge", 900, 30, row_id="txn_2", intent="pi_unknown"),
            stripe_row("charge", 700, 30, row_id="txn_3", intent="pi_other", currency="eur"),
            stripe_row("refund", -100, row_id="txn_4", payment_id=payment_id),
            stripe_row("charge", 5_000, 175, row_id="txn_5", payment_id=payment_id),
        )
    )
    assert run.totals is not None
    assert run.totals.gross_minor == {"USD": 10_800, "EUR": 700}
    assert (run.matched_minor, run.broken_minor) == (
        {"USD": 5_000}, {"USD": 5_800, "EUR": 700},
    )  # fmt: skip
